package report

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// A digest leads with what somebody has to decide, and says what it leaves out.
func TestDigestPutsHoldsFirstAndCountsTheRest(t *testing.T) {
	r := &sync.Report{Plan: &plan.Plan{Instance: production}}
	for i := range 30 {
		o := plan.Organization{ID: fmt.Sprint("org_", i), Slug: fmt.Sprint("team-", i)}
		for range 7 {
			o.Changes = append(o.Changes, plan.Change{Action: plan.Add, Organization: o.ID, Email: "a@corp.example", State: plan.Ready})
		}
		r.Plan.Organizations = append(r.Plan.Organizations, o)
		r.Plan.Failures = append(r.Plan.Failures, plan.Failure{Source: "hr", Text: "down"})
	}
	r.Plan.Organizations = append(r.Plan.Organizations, plan.Organization{ID: "org_quiet"})
	r.Plan.Holds = []plan.Hold{
		{Guard: "S22", Rule: "S22", Organization: "nowhere", Text: "no such organization"},
		held(plan.Adds, "org_29", "too many", &r.Plan.Organizations[29].Changes[0]),
		held(plan.Adds.OfRun(), "", "too many in all", &r.Plan.Organizations[28].Changes[0], &r.Plan.Organizations[27].Changes[0]),
	}
	d := NewDigest(r, facts.Options{Color: true}, 5)
	var titles []string
	for _, s := range d.Sections[:4] {
		titles = append(titles, s.Title)
	}
	if got := strings.Join(titles, ", "); got != "team-29: 1 person would join (0 members now), all organizations: 1 person would join, Organization \"nowhere\", team-0: 0 → 7 members, 0 admins" {
		t.Errorf("sections %s", got)
	}
	if len(d.Sections) != maxSections || d.More != 13 {
		t.Errorf("%d sections and %d more", len(d.Sections), d.More)
	}
	if held := d.Sections[1]; held.Held.All != 2 || held.Held.More() != 0 || held.Done.All != 0 {
		t.Errorf("section %+v", held)
	}
	if len(d.Problems) != maxProblems+1 || d.Problems[maxProblems] != "and 20 more problems" {
		t.Errorf("problems %q", d.Problems)
	}
	if got := d.Sections[0].Ways[0].String(); got != "To approve: rollcall apply --approve "+r.Plan.Holds[1].Approval {
		t.Errorf("way %q", got)
	}
}
