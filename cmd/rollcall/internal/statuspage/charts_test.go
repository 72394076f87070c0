package statuspage

import (
	"errors"
	"testing"
	"time"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// The timeline has the last 48 runs, the oldest first: the height says how much
// changed, the class how a run ended, and the title both in words.
func TestTimeline(t *testing.T) {
	v := &view{frame: frame{at: clock{now: noon}}, running: true}
	var runs []journal.Run
	for i := range int64(60) { // the newest first
		r := journal.Run{ID: 60 - i, Started: noon, Finished: noon, Outcome: "done"}
		switch r.ID {
		case 60:
			r.Finished = time.Time{}
		case 59:
			r.ExitCode, r.Outcome = 1, "failed"
		case 58:
			r.ExitCode, r.Outcome, r.Changes = 3, "held", map[string]int{"set_metadata": 2, "remove": 2}
		case 57:
			r.Changes = map[string]int{"add": 16}
		}
		runs = append(runs, r)
	}
	line := v.newTimeline(runs)
	if line.Label != "The last 48 runs: 45 ended well, 1 wait for approval, 1 failed, 1 did not end" {
		t.Error(line.Label)
	}
	want := []struct {
		class  state
		height int
		title  string
	}{
		{goodState, leastBar, "Run 56, 2026-11-24 12:00:00 UTC: done. Changes: none."},
		{goodState, barsHeight, "Run 57, 2026-11-24 12:00:00 UTC: done. Changes: 16 join."},
		{heldState, 32, "Run 58, 2026-11-24 12:00:00 UTC: waits for approval. Changes: 2 leave, 2 change."},
		{badState, leastBar, "Run 59, 2026-11-24 12:00:00 UTC: failed. Changes: none."},
		{noState, leastBar, "Run 60, 2026-11-24 12:00:00 UTC: running. Changes: none."},
	}
	for i, b := range line.Bars[43:] {
		if w := want[i]; b.Class != w.class || b.Height != w.height || b.Title != w.title || b.Y+b.Height != barsHeight {
			t.Errorf("got %+v, want %+v", b, w)
		}
	}
	if runs[0].ID != 60 {
		t.Error("the runs of the list were turned round")
	}
}

// The page shows the timeline of its history, and no empty one.
func TestPageShowsTheTimeline(t *testing.T) {
	c := config(t)
	unexpect(t, get(t, New(c), "/"), "<svg")
	writeHistory(t, c.State)
	expect(t, get(t, New(c), "/"), `<svg role="img" aria-label="The last 2 runs: 1 ended well, 1 did not end"`,
		`<rect class="good" x="0" y="56" width="14" height="4" rx="2"><title>Run 1, `)
}

const day = 24 * time.Hour

// membersRun is a run that finds so many members in acme.
func membersRun(at time.Time, members int) *notify.Run {
	return &notify.Run{Verb: "serve", Finished: at, Report: &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Members: members}}}}}
}

// A sparkline needs two days, goes on after a restart, and forgets after 30 days.
func TestMembersOfThirtyDays(t *testing.T) {
	c := config(t)
	p := New(c)
	p.Observe(membersRun(noon, 40))
	p.Observe(membersRun(noon.Add(time.Hour), 41))
	unexpect(t, get(t, p, "/"), `class="trend"`)
	p = New(c)
	p.Observe(&notify.Run{Verb: "serve", Finished: noon.Add(day), ExitCode: 1, Err: errors.New("no answer")})
	p.Observe(membersRun(noon.Add(2*day), 21))
	for _, p := range []*Page{p, New(c)} {
		expect(t, get(t, p, "/"), "Members from 41 on 2026-11-24 to 21 on 2026-11-26, between 21 and 41", `<polyline points="110.0,2.0 118.0,22.0"/>`)
	}
	p.Observe(membersRun(noon.Add(31*day), 30))
	expect(t, get(t, p, "/"), "Members from 21 on 2026-11-26 to 30 on 2026-12-25")
	p.Observe(membersRun(noon.Add(90*day), 30))
	unexpect(t, get(t, p, "/"), `class="trend"`)
}
