package facts

import (
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
