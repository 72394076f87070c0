package sync

import (
	"encoding/json"
	"testing"
)

// The smallest patch that makes the managed keys agree, with what it meets and
// how much it takes away; nothing else is touched, at any depth (RFC 7396).
func TestPatchOfMetadata(t *testing.T) {
	for name, x := range map[string]struct {
		want, have, diff, before string
		nulls                    int
	}{
		"the same":                    {`{"a":1}`, `{"a":1,"b":2}`, `{}`, `{}`, 0},
		"the same number":             {`{"a":1}`, `{"a":1.0}`, `{}`, `{}`, 0},
		"the same number, far down":   {`{"a":[{"b":1}]}`, `{"a":[{"b":1.0}]}`, `{}`, `{}`, 0},
		"another number, far down":    {`{"a":[{"b":1}]}`, `{"a":[{"b":2}]}`, `{"a":[{"b":1}]}`, `{"a":[{"b":2}]}`, 0},
		"a number too long to round":  {`{"a":10000000000000001}`, `{"a":10000000000000002}`, `{"a":10000000000000001}`, `{"a":10000000000000002}`, 0},
		"new":                         {`{"a":1}`, `{"b":2}`, `{"a":1}`, `{}`, 0},
		"another value":               {`{"a":1}`, `{"a":"1"}`, `{"a":1}`, `{"a":"1"}`, 0},
		"gone":                        {`{"a":null}`, `{"a":1}`, `{"a":null}`, `{"a":1}`, 1},
		"gone already":                {`{"a":null}`, `{"b":1}`, `{}`, `{}`, 0},
		"null, and shall be gone":     {`{"a":null}`, `{"a":null}`, `{"a":null}`, `{"a":null}`, 1},
		"a key within":                {`{"o":{"a":1}}`, `{"o":{"a":2,"b":3}}`, `{"o":{"a":1}}`, `{"o":{"a":2}}`, 0},
		"gone within":                 {`{"o":{"a":null,"b":null}}`, `{"o":{"a":2,"c":3}}`, `{"o":{"a":null}}`, `{"o":{"a":2}}`, 1},
		"the same within":             {`{"o":{"a":1}}`, `{"o":{"a":1,"b":3}}`, `{}`, `{}`, 0},
		"an object that is new":       {`{"o":{"a":1,"b":null}}`, `{}`, `{"o":{"a":1}}`, `{}`, 0},
		"an object of nothing":        {`{"o":{"b":null}}`, `{}`, `{}`, `{}`, 0},
		"an object for a value":       {`{"o":{"a":1,"b":null,"c":{"d":null}}}`, `{"o":"x"}`, `{"o":{"a":1}}`, `{"o":"x"}`, 0},
		"a value for an object":       {`{"o":"x"}`, `{"o":{"a":1}}`, `{"o":"x"}`, `{"o":{"a":1}}`, 0},
		"an object that is null here": {`{"o":{"a":1}}`, `{"o":null}`, `{"o":{"a":1}}`, `{"o":null}`, 0},
	} {
		want, have := decodeObject(json.RawMessage(x.want)), decodeObject(json.RawMessage(x.have))
		diff, before, nulls := patch(want, have)
		if a, b := encoded(t, diff), encoded(t, before); a != x.diff || b != x.before || nulls != x.nulls {
			t.Errorf("%s: %s over %s, %d nulls; want %s over %s, %d", name, a, b, nulls, x.diff, x.before, x.nulls)
		}
		if left, _, _ := patch(want, merged(have, diff)); len(left) > 0 {
			t.Errorf("%s: once more: %s", name, encoded(t, left))
		}
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// However a marker is spelled, the quick way of reading it says what the slow
// one does; what cannot be read is nobody's, and foreign to everybody (S26).
func TestS26MarkersHoweverTheyAreSpelled(t *testing.T) {
	plain := &Marker{"rollcall", "hr", "1"}
	for private, x := range map[string]struct {
		want *Marker
		bare bool
	}{
		`{"rollcall":{"id":"1","owner":"rollcall","source":"hr"}}`:          {plain, true},
		`{"rollcall":{"source":"hr","id":"1","owner":"rollcall"}}`:          {plain, true},
		`{"rollcall": {"id":"1","owner":"rollcall","source":"hr"}}`:         {plain, false},
		`{"rollcall":{"id" :"1","owner":"rollcall","source":"hr"}}`:         {plain, false},
		`{"rollcall":{"id":"\u0031","owner":"rollcall","source":"hr"}}`:     {plain, false},
		`{"a":1,"rollcall":{"id":"1","owner":"rollcall","source":"hr"}}`:    {plain, false},
		`{"rollcall":{"id":"1","owner":"rollcall","source":"hr"},"a":1}`:    {plain, false},
		`{"rollcall":{"id":"1","owner":"rollcall","source":"hr","x":"y"}}`:  {plain, false},
		`{"rollcall":{"id":"1","source":"hr"}}`:                             {&Marker{"", "hr", "1"}, false},
		`{"rollcall":{"id":"é","owner":"rollcall","source":"hr"}}`:          {&Marker{"rollcall", "hr", "é"}, false},
		`{"rollcall":{"id":"2","id":"1","owner":"rollcall","source":"hr"}}`: {plain, false},
		`{"rollcall":{"id":"","owner":"rollcall","source":"hr"}}`:           {&Marker{}, false},
		`{"rollcall":{"id":1,"owner":"rollcall","source":"hr"}}`:            {&Marker{}, false},
		`{"rollcall":"mine"}`:              {&Marker{}, false},
		`{"rollcall":[]}`:                  {&Marker{}, false},
		`{"rollcall":null}`:                {&Marker{}, false},
		`{"note":"rollcall"}`:              {nil, false},
		`{"note":{"rollcall":{"id":"1"}}}`: {nil, false},
		`{}`:                               {nil, false},
		``:                                 {nil, false},
		`{"rollcall":{"id":"1","owner":"r`: {nil, false},
		`{"rollcall":{"id":"1","owner"`:    {nil, false},
		`{"rollcall":{"id":"1","owner":`:   {nil, false},
		`{"rollcall":{`:                    {nil, false},
	} {
		m, bare := newMarkerReader()(json.RawMessage(private))
		if slow := parseMarker(json.RawMessage(private)); bare != x.bare || (m == nil) != (x.want == nil) || m != nil && *m != *x.want || (slow == nil) != (m == nil) || m != nil && *slow != *m {
			t.Errorf("%s: %+v, bare %t; slowly %+v", private, m, bare, slow)
		}
	}
}
