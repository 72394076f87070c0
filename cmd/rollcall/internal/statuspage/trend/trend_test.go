package trend

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/sync"
	"rollcall/sync/plan"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// membersRun is a report that finds so many members in acme.
func membersRun(members int) *sync.Report {
	return &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Members: members}}}}
}

// A clock that is set back loses no figure, and what is kept is bounded.
func TestTrendIsBounded(t *testing.T) {
	r := membersRun(5)
	first := (*Trend)(nil).With(r, noon)
	back := first.With(membersRun(6), noon.Add(-3*day))
	if got := back.Members["org_1"]; !back.Last.Equal(first.Last) || got[trendDays-1] != 6 || got[0] != unknown {
		t.Errorf("%v %v", back.Last, got)
	}
	for i := range 2 * trendOrganizations {
		r.Plan.Organizations = append(r.Plan.Organizations, plan.Organization{ID: fmt.Sprintf("org_%04d", i)})
	}
	if got := first.With(r, noon); len(got.Members) != trendOrganizations {
		t.Errorf("%d organizations are kept", len(got.Members))
	}
	flat := first.With(membersRun(5), noon.Add(day)).Sparkline("org_1")
	if !strings.HasSuffix(flat.Points, ",12.0") {
		t.Errorf("flat: %+v", flat)
	}
	damaged := &Trend{Members: map[string][]int{"org_1": {1}}}
	if got := damaged.Sparkline("org_1"); got != (Sparkline{}) {
		t.Errorf("damaged: %+v", got)
	}
}
