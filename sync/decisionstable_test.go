package sync

import (
	"encoding/json"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
)

// A reviewer's remove takes whom no rule wants; where it comes to nothing, a
// note says why, and nobody else's member goes.
func TestWhatBecomesOfAReviewersWord(t *testing.T) {
	remove, keep := &source.Decision{Remove: true, Origin: source.Origin{Source: "review"}}, &source.Decision{}
	for name, x := range map[string]struct {
		removals Removals
		members  map[string]string // as newWishing takes them
		word     *source.Decision
		wants    []want
		shows    string
		rule     string
		says     string // the one note; empty for none
	}{
		"ours":                       {RemovalsManaged, map[string]string{"u1": "1"}, remove, nil, "", "", ""},
		"somebody added by hand":     {RemovalsManaged, map[string]string{"u1": ""}, remove, nil, "", "", ""},
		"to be kept":                 {RemovalsManaged, map[string]string{"u1": ""}, keep, nil, "=u1", "", ""},
		"to be kept, and ours":       {RemovalsManaged, map[string]string{"u1": "1"}, keep, nil, "", "", ""},
		"wanted by a rule":           {RemovalsManaged, map[string]string{"u1": "1"}, remove, []want{wish("1", "u1")}, "+u1", "", "whom rule 1 wants here: take them out of that group or row first"},
		"kept and wanted":            {RemovalsManaged, map[string]string{"u1": "1"}, keep, []want{wish("1", "u1")}, "+u1", "", ""},
		"nobody is ever removed":     {RemovalsNone, map[string]string{"u1": "1"}, remove, nil, "=u1", "", "removals: none removes nobody"},
		"marked by somebody else":    {RemovalsAll, map[string]string{"u1": "other"}, remove, nil, "=u1", "S26", `whose marker names the owner "other": left alone`},
		"wanted, and not ours":       {RemovalsManaged, map[string]string{"u1": ""}, remove, []want{wish("1", "u1")}, "=u1", "", "says remove of user u1, whom a rule wants, or of whom it is not clear"},
		"nobody knows who it is":     {RemovalsManaged, map[string]string{"u1": "1"}, remove, []want{wish("2", "", troubled("S02", true, "u1"))}, "=u1", "", "says remove of user u1, whom a rule wants, or of whom it is not clear"},
		"kept, and somebody else's ": {RemovalsAll, map[string]string{"u1": "other"}, keep, nil, "=u1", "", ""},
	} {
		w := newWishing(x.removals, x.members)
		if len(w.o.members) > 0 && x.members["u1"] == "other" {
			w.o.members[0].marker = &Marker{"other", "x", "1"}
			w.o.members[0].Private = json.RawMessage(`{"rollcall":{"id":"1","owner":"other","source":"x"}}`)
		}
		w.o.decided = map[string]*source.Decision{"u1": x.word}
		got, f := w.shows(x.wants...)
		switch {
		case got != x.shows:
			t.Errorf("%s: %q, want %q", name, got, x.shows)
		case x.says == "" && len(f.notes) != 0, x.says != "" && (len(f.notes) != 1 || f.notes[0].Rule != x.rule || !strings.Contains(f.notes[0].Text, x.says)):
			t.Errorf("%s: notes %+v", name, f.notes)
		}
	}
}

// Of two reviewers who disagree the one who keeps counts, in whatever order and
// under whichever of the organization's names they say it.
func TestReviewersWhoDisagree(t *testing.T) {
	for name, x := range map[string]struct {
		words string // slug or id, then - to remove and = to keep
		stays bool
	}{
		"one removes":            {"acme-", false},
		"by id":                  {"org_a-", false},
		"both remove":            {"acme- acme-", false},
		"both, by slug and id":   {"acme- org_a-", false},
		"remove, then keep":      {"acme- acme=", true},
		"keep, then remove":      {"acme= acme-", true},
		"by slug and id":         {"acme= org_a-", true},
		"by id and slug":         {"org_a= acme-", true},
		"in another":             {"beta-", true},
		"kept in another only":   {"acme- beta=", false},
		"nobody says who it was": {"acme-nobody", true},
	} {
		a := &assignments{decided: map[string]map[string]*source.Decision{}}
		for word := range strings.FieldsSeq(x.words) {
			at := strings.IndexAny(word, "-=")
			d := source.Decision{Organization: word[:at], Remove: word[at] == '-', UserID: "u1", MembershipID: "m1"}
			if word[at+1:] != "" {
				d.UserID = ""
			}
			a.addDecisions(&source.Snapshot{Decisions: []source.Decision{d}})
		}
		o := &organizationState{names: []string{"acme", "org_a"}, members: []member{{UserID: "u1", Role: "org:member"}}, memberships: map[string]string{"m1": "u1"}}
		r, _, v := confirming(newFake(), Config{})
		if err := r.decide(t.Context(), a, &state{organizations: []*organizationState{o}}, v); err != nil {
			t.Fatal(err)
		}
		if o.removed(&o.members[0]) == x.stays {
			t.Errorf("%s: stays %t, want %t", name, !x.stays, x.stays)
		}
		if (name == "nobody says who it was") != (len(a.notes) == 1) {
			t.Errorf("%s: notes %+v", name, a.notes)
		}
	}
}

// Where the users whom a review names cannot be read, nothing is planned: what
// it says could be of somebody else (S04, S09).
func TestS09ReviewedUsersThatCannotBeRead(t *testing.T) {
	s, f := company(t)
	review, _ := reviewOf(f, "user_ann", "ann@corp.example")
	s.sources = append(s.sources, review)
	f.faults["users_by_id * *"] = &clerkapi.Error{Status: 500}
	if _, err := s.try(t.Context(), Run{}); err == nil || !strings.Contains(err.Error(), "read the users whom a review names") {
		t.Errorf("%v", err)
	}
}
