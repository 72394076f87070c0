package diff

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/sync/plan"
)

// A key below a value that is no object has no place (S26): with nothing to
// write nothing is said, and with something to write the value's path is.
func TestS26ManagedKeysBelowSomebodysValue(t *testing.T) {
	for name, x := range map[string]struct{ want, have, patch, obstacles string }{
		"absent, a text":         {`{"desk":{"floor":null}}`, `{"desk":"x"}`, `{}`, ``},
		"absent, a list":         {`{"desk":{"floor":null}}`, `{"desk":[1]}`, `{}`, ``},
		"absent, false":          {`{"desk":{"floor":null}}`, `{"desk":false}`, `{}`, ``},
		"absent, far down":       {`{"a":{"b":{"c":null},"d":"1"}}`, `{"a":{"b":"x"}}`, `{"a":{"d":"1"}}`, ``},
		"an empty object":        {`{"desk":{}}`, `{"desk":"x"}`, `{}`, ``},
		"present, a text":        {`{"desk":{"floor":"3"}}`, `{"desk":"x"}`, `{}`, `desk`},
		"present, a list":        {`{"desk":{"floor":"3"}}`, `{"desk":["x"]}`, `{}`, `desk`},
		"present, zero":          {`{"desk":{"floor":"3"}}`, `{"desk":0}`, `{}`, `desk`},
		"present, far down":      {`{"a":{"b":{"c":1},"d":"1"}}`, `{"a":{"b":"x"}}`, `{"a":{"d":"1"}}`, `a.b`},
		"one of each":            {`{"a":{"x":null},"b":{"x":1},"c":1}`, `{"a":1,"b":1}`, `{"c":1}`, `b`},
		"present, an object":     {`{"desk":{"floor":"3"}}`, `{"desk":{"chair":"y"}}`, `{"desk":{"floor":"3"}}`, ``},
		"absent, an object":      {`{"desk":{"floor":null}}`, `{"desk":{"floor":"3","chair":"y"}}`, `{"desk":{"floor":null}}`, ``},
		"present, nothing there": {`{"desk":{"floor":"3"}}`, `{"mine":1}`, `{"desk":{"floor":"3"}}`, ``},
		"present, null":          {`{"desk":{"floor":"3"}}`, `{"desk":null}`, `{"desk":{"floor":"3"}}`, ``},
	} {
		rest, obstacles := spare(plan.Decode(json.RawMessage(x.want)), plan.Decode(json.RawMessage(x.have)))
		patch, _, nulls := plan.Patch(rest, plan.Decode(json.RawMessage(x.have)))
		if got := encoded(t, patch); got != x.patch || strings.Join(obstacles, " ") != x.obstacles {
			t.Errorf("%s: %s, obstacles %v; want %s, %s", name, got, obstacles, x.patch, x.obstacles)
		}
		if nulls != strings.Count(x.patch, "null") {
			t.Errorf("%s: %d nulls", name, nulls)
		}
	}
}

// What the rule does not name is there afterwards as it was before, and what it
// does name is there too, except below the obstacles that are told (S26).
func TestS26MetadataOfOthersSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, have := drawObject(t, "want", 3, true), drawObject(t, "have", 3, false)
		before := plan.Canonical(want)
		rest, obstacles := spare(want, have)
		if plan.Canonical(want) != before {
			t.Fatalf("the rule's own values became %s, were %s", plan.Canonical(want), before)
		}
		change, _, nulls := plan.Patch(rest, have)
		after := plan.Patched(have, change)
		if lost := lostValues(want, have, after, ""); len(lost) > 0 {
			t.Fatalf("%s wanted of %s gives %s, which lost %v", before, plan.Canonical(have), plan.Canonical(after), lost)
		}
		if missed := missedValues(want, after, "", obstacles); len(missed) > 0 {
			t.Fatalf("%s wanted of %s gives %s without %v, obstacles %v", before, plan.Canonical(have), plan.Canonical(after), missed, obstacles)
		}
		if again, _, _ := plan.Patch(rest, after); len(again) > 0 {
			t.Fatalf("once more: %s", plan.Canonical(again))
		}
		if taken := leaves(have) > leaves(after); taken && nulls == 0 {
			t.Fatalf("%s wanted of %s takes keys away and counts none", before, plan.Canonical(have))
		}
	})
}

// drawObject draws metadata; those of a rule have absent and odd values too.
func drawObject(t *rapid.T, label string, depth int, rule bool) map[string]any {
	out := map[string]any{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID).Draw(t, label) {
		switch kind := rapid.IntRange(0, 6).Draw(t, label+" kind"); {
		case kind < 3 && depth > 0:
			out[key] = drawObject(t, label, depth-1, rule)
		case kind == 3 && rule:
			out[key] = nil
		case kind == 4 && rule:
			out[key] = plan.Untouched{}
		case kind == 5:
			out[key] = []any{"x"}
		default:
			out[key] = rapid.SampledFrom([]string{"x", "y"}).Draw(t, label+" value")
		}
	}
	return out
}

// lostValues are the paths of have that the rule does not manage and that after
// has no more, or with another value.
func lostValues(want, have, after map[string]any, at string) (lost []string) {
	for key, h := range have {
		w, named := want[key]
		inner, object := w.(map[string]any)
		held, place := h.(map[string]any)
		switch {
		case named && !object: // the rule's own key
		case named && place:
			left, _ := after[key].(map[string]any)
			lost = append(lost, lostValues(inner, held, left, at+key+".")...)
		case !reflect.DeepEqual(h, after[key]):
			lost = append(lost, at+key)
		}
	}
	return lost
}

// missedValues are the paths of single values that the rule wants and after
// lacks, except below the obstacles.
func missedValues(want, after map[string]any, at string, obstacles []string) (missed []string) {
	for key, w := range want {
		inner, object := w.(map[string]any)
		_, odd := w.(plan.Untouched)
		switch {
		case odd || slices.Contains(obstacles, at+key):
		case object:
			left, _ := after[key].(map[string]any)
			missed = append(missed, missedValues(inner, left, at+key+".", obstacles)...)
		case w == nil && after[key] != nil, w != nil && !reflect.DeepEqual(w, after[key]):
			missed = append(missed, at+key)
		}
	}
	return missed
}

// leaves counts the single values of an object.
func leaves(o map[string]any) (n int) {
	for _, v := range o {
		if inner, object := v.(map[string]any); object {
			n += leaves(inner)
			continue
		}
		n++
	}
	return n
}

// encoded is a value as JSON.
func encoded(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
