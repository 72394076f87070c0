package statuspage

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// clock writes times as the page shows them: in the zone of the schedule.
type clock struct {
	now  time.Time
	zone *time.Location // nil is UTC
}

func (c clock) in(t time.Time) time.Time {
	if c.zone == nil {
		return t.UTC()
	}
	return t.In(c.zone)
}

// moment is a time to the second.
func (c clock) moment(t time.Time) string { return c.in(t).Format("2006-01-02 15:04:05 MST") }

// brief is a time in a sentence: without the day if that is today.
func (c clock) brief(t time.Time) string {
	const day = "2006-01-02"
	if c.in(t).Format(day) == c.in(c.now).Format(day) {
		return c.in(t).Format("15:04")
	}
	return c.in(t).Format("2006-01-02 15:04")
}

// kinds are what changes do to people, in the order of reading.
var kinds = []struct {
	word    string
	actions []plan.Action
}{
	{"leave", []plan.Action{plan.Remove}},
	{"join", []plan.Action{plan.Add, plan.CreateUser}},
	{"invited", []plan.Action{plan.Invite}},
	{"change", []plan.Action{plan.SetRole, plan.SetMetadata}},
	{"adopted", []plan.Action{plan.Adopt}},
	{"revoked", []plan.Action{plan.RevokeInvitation}},
	{"locked or banned", []plan.Action{plan.Lock, plan.Ban}},
	{"signed out", []plan.Action{plan.EndSessions}},
	{"without API keys", []plan.Action{plan.RevokeAPIKeys}},
	{"unlocked or unbanned", []plan.Action{plan.Unlock, plan.Unban}},
}

// counted says what changes did: "9 leave, 20 join". The counts are by the words
// of the history.
func counted(changes map[string]int) string {
	var parts []string
	for _, k := range kinds {
		n := 0
		for _, a := range k.actions {
			n += changes[a.String()]
		}
		if n > 0 {
			parts = append(parts, facts.Number(n)+" "+k.word)
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}

// outcomeOf says how a run of the history ended.
func outcomeOf(r *journal.Run, running bool) string {
	switch {
	case r.Finished.IsZero() && running:
		return "running"
	case r.Finished.IsZero():
		return "cut off"
	case stateOf(r.ExitCode) == heldState:
		return "waits for approval"
	}
	return escape.Brief(r.Outcome)
}

// stages are what a run does, as a sentence goes on with it.
var stages = map[plan.Stage]string{plan.ReadSources: "reads the sources", plan.ReadClerk: "reads Clerk", plan.Applying: "applies the changes"}

// progressText says how far a run is.
func progressText(p plan.Progress) string {
	switch {
	case p.Stage == 0:
		return "begins"
	case p.Total == 0:
		return stages[p.Stage]
	}
	return fmt.Sprintf("%s: %s of %s %s", stages[p.Stage], facts.Number(p.Done), facts.Number(p.Total), p.Unit)
}
