package diff

import (
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// Who is removed stays if they are a member elsewhere, and are not removed there.
func TestWhoStaysElsewhere(t *testing.T) {
	remove := func(organization, user string) plan.Change {
		return plan.Change{Action: plan.Remove, Organization: organization, UserID: user}
	}
	members := func(id string, users ...string) *roster.Organization {
		o := &roster.Organization{Organization: clerkapi.Organization{ID: id}}
		for _, u := range users {
			o.Members = append(o.Members, roster.Member{UserID: u})
		}
		return o
	}
	p := &plan.Plan{Organizations: []plan.Organization{
		{ID: "a", Changes: []plan.Change{remove("a", "leaves"), remove("a", "leaves_both"), remove("a", "stays"), {Action: plan.SetRole, Organization: "a", UserID: "other"}}},
		{ID: "b", Changes: []plan.Change{remove("b", "leaves_both")}},
	}}
	markStays(p, &roster.Roster{Organizations: []*roster.Organization{members("a", "leaves", "leaves_both", "other", "stays"), members("b", "leaves_both", "other", "stays")}})
	for _, c := range p.Changes() {
		if want := c.UserID == "stays"; c.Stays != want {
			t.Errorf("%s of %s: %t", c.Action, c.UserID, c.Stays)
		}
	}
}
