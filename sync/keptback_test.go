package sync

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
)

// A review whose file may be cut short takes nothing until it can be trusted;
// what else feeds the organization goes on (S11).
func TestS11ReviewThatMayBeCutShort(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	f.User("user_eve", "eve@rival.example")
	f.User("user_dan", "dan@corp.example")
	f.Member("acme", "user_eve", "org:member", "")
	review, _ := reviewOf(f, "user_eve", "eve@rival.example")
	review.Snapshot.NoRemovals = []string{"review.csv ends without a newline"}
	review.Snapshot.Decisions = append(review.Snapshot.Decisions, review.Snapshot.Decisions[0])
	src := s.sources[0].(*fake.Source) //nolint:errcheck,forcetypeassert // company made it
	src.Snapshot.People = append(src.Snapshot.People, fake.HR("4 dan@corp.example").Snapshot.People...)
	src.Group("more", len(src.Snapshot.People)-1)
	s.rules[0].Groups.Names = append(s.rules[0].Groups.Names, "more")
	s.sources = append(s.sources, review)
	p := s.run(Run{}).Plan
	if got := lines(p); !slices.Equal(got, []string{"ready add acme user_dan member", "held remove acme user_eve"}) {
		t.Errorf("%q", got)
	}
	if len(p.Holds) != 1 || p.Holds[0].Rule != "S11" || !strings.Contains(p.Holds[0].Text, "source review: review.csv ends without a newline") {
		t.Errorf("holds %+v", p.Holds)
	}
	review.Snapshot.NoRemovals = nil
	if got := removed(s.run(Run{}).Plan); got != "user_eve" {
		t.Errorf("removed %q by a review that is whole", got)
	}
}

// An organization that only earlier runs fed is held while a source of it is
// down: it may feed it still (S14). One that is deleted needs nothing (S15).
func TestS14OrganizationOfThePastWhoseSourceIsDown(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		down    bool
		deleted bool
		guard   string
		note    string
	}{
		"there":               {guard: "S15"},
		"its source is down":  {down: true, guard: "S14"},
		"deleted":             {deleted: true, note: "the organization was deleted in Clerk; earlier runs added members to it"},
		"deleted, while down": {deleted: true, down: true, note: "the organization was deleted in Clerk; earlier runs added members to it"},
	} {
		s, f := company(t)
		c := begin(t, s)
		c.clean(c.apply().Plan)
		c.rules[0].Organization, c.rules[0].Source = "beta", "hr" // which feeds beta now, and nothing else
		c.sources = append(c.sources, fake.HR("1 ann@corp.example").Named("crm").Group("staff", 0))
		c.rule("beta", "org:member", "staff").Source = "crm"
		if x.down {
			c.source().Err = errors.New("no route to host")
		}
		if x.deleted {
			f.Organizations = slices.DeleteFunc(f.Organizations, func(o clerkapi.Organization) bool { return o.Slug == "acme" })
		}
		p := c.plan()
		got := ""
		for _, h := range p.Holds {
			if h.Organization == "org_acme" && h.Reason != plan.IdentityConflict { // ann of crm has the address of hr's account
				got = h.Rule
			}
		}
		if got != x.guard || removed(p) != "" {
			t.Errorf("%s: held by %q, removed %q; %+v", name, got, removed(p), p.Holds)
		}
		said := false
		for _, n := range p.Notes {
			said = said || n.Organization == "org_acme" && n.Rule == "S15" && n.Text == x.note
		}
		if said != (x.note != "") {
			t.Errorf("%s: notes %+v", name, p.Notes)
		}
	}
}
