package facts

import (
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// Facts are what every form says of a report, in the same words.
type Facts struct {
	terminal.Style
	Commands
	Report   *sync.Report
	Options  Options
	Outcomes map[plan.Change]apply.Outcome
	// Holds are those of the plan's organizations, by id. Elsewhere are those of the
	// whole run, and of organizations that do not exist.
	Holds     map[string][]plan.Hold
	Elsewhere []plan.Hold
	// Domain is that of most addresses, which a terminal says once; empty if none is.
	Domain string
}

// New are the facts of a report.
func New(r *sync.Report, o Options) *Facts {
	f := &Facts{Style: terminal.Style{On: o.Color}, Commands: Commands{Program: o.Program, Flags: o.Flags, Plan: r.Plan}, Report: r, Options: o, Outcomes: map[plan.Change]apply.Outcome{}}
	for _, outcome := range r.Outcomes {
		f.Outcomes[outcome.Change] = outcome
	}
	f.indexHolds()
	if o.Width > 0 {
		f.Domain = commonDomain(r.Plan)
	}
	return f
}
