package report

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/sync"
)

// A digest leads with what somebody has to decide, and says what it leaves out.
func TestDigestPutsHoldsFirstAndCountsTheRest(t *testing.T) {
	r := &sync.Report{Plan: &sync.Plan{}}
	for i := range 30 {
		o := sync.OrganizationPlan{ID: fmt.Sprint("org_", i), Slug: fmt.Sprint("team-", i)}
		for range 7 {
			o.Changes = append(o.Changes, sync.Change{Action: sync.Add, Email: "a@corp.example", State: sync.Ready})
		}
		r.Plan.Organizations = append(r.Plan.Organizations, o)
		r.Plan.Failures = append(r.Plan.Failures, sync.Failure{Source: "hr", Text: "down"})
	}
	r.Plan.Organizations = append(r.Plan.Organizations, sync.OrganizationPlan{ID: "org_quiet"})
	r.Plan.Organizations[29].Changes[0].State = sync.Held
	r.Plan.Holds = []sync.Hold{
		{Guard: "S22", Rule: "S22", Organization: "nowhere", Text: "no such organization"},
		{Guard: "adds", Rule: "S17", Organization: "org_29", Text: "too many", Approval: strings.Repeat("ab", 32)},
		{Guard: "adds", Rule: "S17", Text: "too many in all", Changes: 200, Approval: strings.Repeat("cd", 32)},
	}
	d := NewDigest(r, Options{Color: true}, 5)
	var titles []string
	for _, s := range d.Sections[:4] {
		titles = append(titles, s.Title)
	}
	if got := strings.Join(titles, ", "); got != "The whole run, team-29: 0 → 6 members, 0 admins, nowhere, team-0: 0 → 7 members, 0 admins" {
		t.Errorf("sections %s", got)
	}
	if len(d.Sections) != maxSections || d.More != 12 {
		t.Errorf("%d sections and %d more", len(d.Sections), d.More)
	}
	if held := d.Sections[1]; held.Held.All != 1 || held.Done.All != 6 || held.Done.More() != 1 {
		t.Errorf("section %+v", held)
	}
	if len(d.Problems) != maxProblems+1 || d.Problems[maxProblems] != "and 20 more problems" {
		t.Errorf("problems %q", d.Problems)
	}
	if got := d.Sections[0].Ways[0].String(); got != "if this is meant: rollcall apply --approve "+strings.Repeat("cd", 32) {
		t.Errorf("way %q", got)
	}
}
