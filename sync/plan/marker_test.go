package plan

import (
	"encoding/json"
	"reflect"
	"testing"
)

// However a marker is spelled, the quick way of reading it says what the slow
// one does; what cannot be read is nobody's, and foreign to everybody (S26).
func TestS26MarkersHoweverTheyAreSpelled(t *testing.T) {
	plain := &Marker{Owner: "rollcall", Source: "hr", ID: "1"}
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
		`{"rollcall":{"id":"1","source":"hr"}}`:                             {&Marker{Owner: "", Source: "hr", ID: "1"}, false},
		`{"rollcall":{"id":"é","owner":"rollcall","source":"hr"}}`:          {&Marker{Owner: "rollcall", Source: "hr", ID: "é"}, false},
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
		m, bare := NewMarkerReader()(json.RawMessage(private))
		if slow := ParseMarker(json.RawMessage(private)); bare != x.bare || (m == nil) != (x.want == nil) || m != nil && *m != *x.want || (slow == nil) != (m == nil) || m != nil && *slow != *m {
			t.Errorf("%s: %+v, bare %t; slowly %+v", private, m, bare, slow)
		}
	}
}

// FuzzMarker: the quick reader finds what the close one finds; and what is
// written is read again.
func FuzzMarker(f *testing.F) {
	for _, s := range []string{`{"rollcall":{"id":"1","owner":"rollcall","source":"hr"}}`, `{}`, `{"rollcall":{"owner":"a","source":"b","id":"c"},"x":1}`, `{"rollcall":7}`, `{"rollcall":{"id":"","owner":"","source":""}}`,
		`{"rollcall":{"id":"1","id":"2","owner":"a","source":"b"}}`, `{"rollcall":{"ID":"1","owner":"a","source":"b"}}`, `{"rollcall":{"id":"1","owner":"a","source":"b"}} `, `{"a":"\"rollcall\""}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, private string) {
		exact := ParseMarker(json.RawMessage(private))
		quick, bare := NewMarkerReader()(json.RawMessage(private))
		if json.Valid([]byte(private)) && !reflect.DeepEqual(quick, exact) {
			t.Fatalf("%q: quick %+v, close %+v", private, quick, exact)
		}
		if bare && !json.Valid([]byte(private)) {
			t.Fatalf("%q is bare and no JSON", private)
		}
		if exact == nil || exact.Source == "" {
			return
		}
		written := Canonical(map[string]any{MarkerKey: exact.Object()})
		if again := ParseMarker(written.Raw()); again == nil || *again != *exact {
			t.Fatalf("%q: %+v came back as %+v", private, exact, again)
		}
	})
}
