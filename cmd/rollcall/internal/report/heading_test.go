package report

import (
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
