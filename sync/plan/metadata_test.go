package plan

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
		"an absent key below a value": {`{"o":{"a":null,"b":{"c":null}}}`, `{"o":"x"}`, `{}`, `{}`, 0},
		"an absent key below a list":  {`{"o":{"a":null}}`, `{"o":["x"]}`, `{}`, `{}`, 0},
		"an absent key below null":    {`{"o":{"a":null}}`, `{"o":null}`, `{}`, `{}`, 0},
		"a value for an object":       {`{"o":"x"}`, `{"o":{"a":1}}`, `{"o":"x"}`, `{"o":{"a":1}}`, 1},
		"a value for no keys":         {`{"o":"x"}`, `{"o":{}}`, `{"o":"x"}`, `{"o":{}}`, 0},
		"an object that is null here": {`{"o":{"a":1}}`, `{"o":null}`, `{"o":{"a":1}}`, `{"o":null}`, 0},
	} {
		want, have := Decode(json.RawMessage(x.want)), Decode(json.RawMessage(x.have))
		diff, before, nulls := Patch(want, have)
		if a, b := encoded(t, diff), encoded(t, before); a != x.diff || b != x.before || nulls != x.nulls {
			t.Errorf("%s: %s over %s, %d nulls; want %s over %s, %d", name, a, b, nulls, x.diff, x.before, x.nulls)
		}
		if left, _, _ := Patch(want, Patched(have, diff)); len(left) > 0 {
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

// FuzzMetadata: a patch leads from what is there to what is wanted, and no
// further; in canonical form the same object is the same bytes (RFC 7396).
func FuzzMetadata(f *testing.F) {
	for _, s := range [][2]string{{`{"a":1}`, `{"a":2,"b":{"c":[1,null]}}`}, {`{"a":{"b":1}}`, `{"a":{"c":null}}`}, {`{"a":1e400}`, `{}`}, {`{"a":1.0}`, `{"a":1}`},
		{`{"a":"é"}`, `{"a":"\u00e9"}`}, {`[]`, `null`}, {`{"a":1,"a":2}`, `{"a":12345678901234567890}`}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, have, want string) {
		before, wanted := Decode([]byte(have)), Decode([]byte(want))
		if before == nil || wanted == nil {
			return
		}
		text := Canonical(wanted)
		var again JSON
		if err := json.Unmarshal([]byte(text), &again); err != nil && len(wanted) > 0 || len(wanted) > 0 && again != text {
			t.Fatalf("%s came back as %s, %v", text, again, err)
		}
		change, old, _ := Patch(wanted, before)
		after := Patched(before, change)
		if rest, _, nulls := Patch(wanted, after); len(rest) > 0 || nulls > 0 {
			t.Fatalf("%s wanted of %s: the patch %s leaves %s", want, have, Canonical(change), Canonical(rest))
		}
		for key := range change {
			if _, managed := wanted[key]; !managed {
				t.Fatalf("%s wanted of %s: the patch touches %q", want, have, key)
			}
		}
		for key := range old {
			if _, touched := change[key]; !touched {
				t.Fatalf("%s wanted of %s: the value before of %q, which stays", want, have, key)
			}
		}
	})
}
