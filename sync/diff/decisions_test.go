package diff

import (
	"encoding/json"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A reviewer's remove takes whom no rule wants; where it comes to nothing, a
// note says why, and nobody else's member goes.
func TestWhatBecomesOfAReviewersWord(t *testing.T) {
	remove, keep := &source.Decision{Remove: true, Origin: source.Origin{Source: "review"}}, &source.Decision{}
	for name, x := range map[string]struct {
		removals policy.Removals
		members  map[string]string // as newWishing takes them
		word     *source.Decision
		wants    []assign.Entitlement
		shows    string
		rule     string
		says     string // the one note; empty for none
	}{
		"ours":                       {policy.RemovalsManaged, map[string]string{"u1": "1"}, remove, nil, "", "", ""},
		"somebody added by hand":     {policy.RemovalsManaged, map[string]string{"u1": ""}, remove, nil, "", "", ""},
		"to be kept":                 {policy.RemovalsManaged, map[string]string{"u1": ""}, keep, nil, "=u1", "", ""},
		"to be kept, and ours":       {policy.RemovalsManaged, map[string]string{"u1": "1"}, keep, nil, "", "", ""},
		"wanted by a rule":           {policy.RemovalsManaged, map[string]string{"u1": "1"}, remove, []assign.Entitlement{wish("1", "u1")}, "+u1", "", "but rule 1 adds this person again: remove the person from that group or row first"},
		"kept and wanted":            {policy.RemovalsManaged, map[string]string{"u1": "1"}, keep, []assign.Entitlement{wish("1", "u1")}, "+u1", "", ""},
		"nobody is ever removed":     {policy.RemovalsNone, map[string]string{"u1": "1"}, remove, nil, "=u1", "", "removals: none removes nobody"},
		"marked by somebody else":    {policy.RemovalsAll, map[string]string{"u1": "other"}, remove, nil, "=u1", "S26", `but its marker names the owner "other": not changed`},
		"wanted, and not ours":       {policy.RemovalsManaged, map[string]string{"u1": ""}, remove, []assign.Entitlement{wish("1", "u1")}, "=u1", "", "says remove for account u1, but a rule leads here for it, or rollcall cannot tell whose account it is: not changed;"},
		"nobody knows who it is":     {policy.RemovalsManaged, map[string]string{"u1": "1"}, remove, []assign.Entitlement{wish("2", "", troubled("S02", true, "u1"))}, "=u1", "", "says remove for account u1, but a rule leads here for it, or rollcall cannot tell whose account it is: not changed;"},
		"kept, and somebody else's ": {policy.RemovalsAll, map[string]string{"u1": "other"}, keep, nil, "=u1", "", ""},
	} {
		w := newWishing(x.removals, x.members)
		if len(w.o.Members) > 0 && x.members["u1"] == "other" {
			w.o.Members[0].Marker = &plan.Marker{Owner: "other", Source: "x", ID: "1"}
			w.o.Members[0].Private = json.RawMessage(`{"rollcall":{"id":"1","owner":"other","source":"x"}}`)
		}
		w.o.Decisions = map[string]*source.Decision{"u1": x.word}
		got, f := w.shows(x.wants...)
		switch {
		case got != x.shows:
			t.Errorf("%s: %q, want %q", name, got, x.shows)
		case x.says == "" && len(f.notes) != 0, x.says != "" && (len(f.notes) != 1 || f.notes[0].Rule != x.rule || !strings.Contains(f.notes[0].Text, x.says)):
			t.Errorf("%s: notes %+v", name, f.notes)
		}
	}
}
