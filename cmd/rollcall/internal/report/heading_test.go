package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// The heading of an organization counts members who had gone before we removed
// them, and does not count those whom Clerk refused to remove.
func TestTheHeadingCountsWhatWasSoAlready(t *testing.T) {
	for result, want := range map[apply.Result]string{
		apply.Done: "acme: 4 → 3 members, 2 → 1 admin\n", apply.Found: "acme: 4 → 3 members, 2 → 1 admin\n",
		apply.Failed: "acme: 4 members, 2 admins\n", apply.NotSent: "acme: 4 members, 2 admins\n",
	} {
		c := plan.Change{Action: plan.Remove, Organization: "org_1", UserID: "user_ben", Email: "ben@corp.example", Admin: plan.AdminLost, State: plan.Ready}
		r := &sync.Report{Applied: true, Plan: &plan.Plan{Organizations: []plan.Organization{
			{ID: "org_1", Slug: "acme", Members: 4, AdminsBefore: 2, AdminsAfter: 1, Changes: []plan.Change{c}},
		}}}
		r.Outcomes = []apply.Outcome{{Change: c, Result: result}}
		var b strings.Builder
		if err := Text(&b, r, facts.Options{}); err != nil || !strings.Contains(b.String(), "\n"+want) {
			t.Errorf("%s: %v, %s", result, err, b.String())
		}
	}
}

// The rows about admins count what is listed below them: memberships. One person may be
// admin of two organizations, here of one now, and of the other until somebody approves.
func TestRowsAboutAdminsCountWhatTheyList(t *testing.T) {
	r := &sync.Report{Plan: &plan.Plan{}}
	for slug, state := range map[string]plan.State{"acme": plan.Ready, "beta": plan.Held} {
		c := plan.Change{Action: plan.Remove, Organization: slug, UserID: "user_ben", Email: "ben@corp.example", Admin: plan.AdminLost, State: state}
		r.Plan.Organizations = append(r.Plan.Organizations, plan.Organization{ID: slug, Slug: slug, Members: 4, AdminsBefore: 2, Changes: []plan.Change{c}})
	}
	slices.SortFunc(r.Plan.Organizations, func(a, b plan.Organization) int { return strings.Compare(a.ID, b.ID) })
	r.Plan.Holds = []plan.Hold{plan.NewHold(plan.AdminLosses, "beta", "1 of 2")}
	var b strings.Builder
	want := `
  people:                     now    waits
  lose access                   1        0
  memberships:
  become admin                  0        0
  no longer admin               1        1
      now: acme: ben@corp.example
      waits: beta: ben@corp.example
`
	if err := Text(&b, r, facts.Options{}); err != nil || !strings.Contains(b.String(), want) {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// What to do next stands once on a small screen, and at both ends of a longer report.
func TestNextIsSaidOnceOnAScreen(t *testing.T) {
	for people, want := range map[int]int{2: 1, 40: 2} {
		o := plan.Organization{ID: "org_1", Slug: "acme", Members: 99}
		for i := range people {
			o.Changes = append(o.Changes, plan.Change{Action: plan.Remove, Organization: "org_1", UserID: fmt.Sprint("user_", i), From: "org:member"})
		}
		o.Hold(func(*plan.Change) bool { return true }, plan.Removals)
		r := &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{o}, Holds: []plan.Hold{plan.NewHold(plan.Removals, "org_1", "many")}}}
		r.Plan.Holds[0].Approval = "h"
		var b strings.Builder
		if err := Text(&b, r, facts.Options{Kept: true}); err != nil || strings.Count(b.String(), "\nNext:") != want || strings.Contains(b.String(), "asks about each") {
			t.Errorf("%d people, want it %d times: %v\n%s", people, want, err, b.String())
		}
	}
	// Where nothing waits, it stands at the end alone.
	c := plan.Change{Action: plan.Add, Organization: "org_1", UserID: "user_1", To: "org:member", State: plan.Ready}
	r := &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Changes: []plan.Change{c}}}}}
	var b strings.Builder
	if err := Text(&b, r, facts.Options{}); err != nil || strings.Count(b.String(), "Next: rollcall apply") != 1 {
		t.Errorf("%v\n%s", err, b.String())
	}
}
