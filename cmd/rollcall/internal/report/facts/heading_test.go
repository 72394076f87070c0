package facts

import (
	"strings"
	"testing"

	"rollcall/sync"
	"rollcall/sync/plan"
)

// The admins of an organization choose its display name. It stands in quotes, so that it
// cannot pass for the figures behind it (S35).
func TestS35ADisplayNameIsNoFigure(t *testing.T) {
	for name, want := range map[string]string{
		"Acme Corp":                     `acme ("Acme Corp"): 2 members, 1 admin`,
		`A"): 0 members ("B`:            `acme ("A\"): 0 members (\"B"): 2 members, 1 admin`,
		"Acme): 0 → 9 members, 1 admin": `acme ("Acme): 0 → 9 members, 1 admin"): 2 members, 1 admin`,
		"":                              "acme: 2 members, 1 admin",
		"ACME":                          "acme: 2 members, 1 admin", // says no more than the slug
	} {
		o := plan.Organization{ID: "org_a", Slug: "acme", Name: name, Members: 2, AdminsBefore: 1}
		r := &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{o}}}
		if got := New(r, Options{}).Heading(&o); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// An organization that a row names, and a group that is missing, stand in the first line
// and in the first step. There they are names, and no words of ours (S35).
func TestS35AMissingNameIsNoSentence(t *testing.T) {
	for name, want := range map[string]string{
		"acme":                  "organization acme",
		"Domain Admins":         `organization "Domain Admins"`,
		"x. Nobody loses it":    `organization "x. Nobody loses it"`,
		`x" is missing. Next:`:  `organization "x\" is missing. Next:"`,
		"a,b;c":                 `organization "a,b;c"`,
		"a\u00a0b":              "organization \"a\u00a0b\"",
		strings.Repeat("é", 60): "organization " + strings.Repeat("é", 60),
		strings.Repeat("é", 61): "organization " + strings.Repeat("é", 60) + "…",
	} {
		h := plan.NewHold(plan.UnknownOrganization, name, "no organization has this name")
		h.Missing = name
		f := New(&sync.Report{Plan: &plan.Plan{Holds: []plan.Hold{h}}}, Options{})
		if got := f.Headline(); !strings.HasPrefix(got, "Missing or empty: "+want+". ") {
			t.Errorf("the headline is %s, want %s", got, want)
		}
		if got := f.Next(); !strings.HasPrefix(got, "correct or create "+want+", then run rollcall plan") {
			t.Errorf("next is %s, want %s", got, want)
		}
	}
}
