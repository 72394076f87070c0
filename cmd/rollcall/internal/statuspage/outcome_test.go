package statuspage

import (
	"strings"
	"testing"
	"time"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// Organizations in which something waits come first, then those that changed, then the
// others; within each, by name.
func TestOrderOfOrganizations(t *testing.T) {
	t.Parallel()
	held := plan.Change{Action: plan.Remove, Organization: "org_4", UserID: "user_1", State: plan.Ready}
	held.Hold(plan.Removals)
	done := plan.Change{Action: plan.Add, Organization: "org_3", UserID: "user_2", State: plan.Ready}
	r := &sync.Report{Applied: true, Plan: &plan.Plan{Organizations: []plan.Organization{
		{ID: "org_1", Slug: "beta"}, {ID: "org_2", Slug: "acme"}, {ID: "org_3", Slug: "gamma", Changes: []plan.Change{done}}, {ID: "org_4", Slug: "omega", Changes: []plan.Change{held}}}}}
	r.Outcomes = []apply.Outcome{{Change: done, Result: apply.Done}}
	var names []string
	for _, o := range organizationsOf(r) {
		names = append(names, o.Name)
	}
	if got := strings.Join(names, " "); got != "omega gamma acme beta" {
		t.Error(got)
	}
}

// A section counts the people whom it does not name.
func TestPeopleWhoAreNotNamed(t *testing.T) {
	t.Parallel()
	s := section{Section: report.Section{Held: report.Lines{All: 5}}, People: make([]report.Line, 3)}
	if s.More() != 2 {
		t.Error(s.More())
	}
}

// The last good run of the history is one that ended well, or left something waiting. An
// undo says nothing about the directory, and a run without an end is not good.
func TestLastGoodRunOfTheHistory(t *testing.T) {
	t.Parallel()
	at := func(hour int) time.Time { return time.Date(2026, 11, 24, hour, 0, 0, 0, time.UTC) }
	run := func(hour, code int, undoes int64) journal.Run {
		return journal.Run{Started: at(hour), Finished: at(hour), ExitCode: code, Undoes: undoes}
	}
	for name, x := range map[string]struct {
		runs []journal.Run // the newest first
		want time.Time
	}{
		"no run":            {nil, time.Time{}},
		"the newest":        {[]journal.Run{run(3, 0, 0), run(2, 0, 0)}, at(3)},
		"something waits":   {[]journal.Run{run(3, 3, 0), run(2, 0, 0)}, at(3)},
		"after a failure":   {[]journal.Run{run(3, 1, 0), run(2, 0, 0)}, at(2)},
		"interrupted":       {[]journal.Run{run(3, 130, 0), run(2, 0, 0)}, at(2)},
		"after an undo":     {[]journal.Run{run(3, 0, 1), run(2, 0, 0)}, at(2)},
		"without an end":    {[]journal.Run{{Started: at(3)}, run(2, 0, 0)}, at(2)},
		"none of them good": {[]journal.Run{run(3, 1, 0), run(2, 4, 0)}, time.Time{}},
	} {
		h := past{runs: x.runs}
		if got := h.good(); !got.Equal(x.want) {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}
