package guard

import (
	"time"

	"rollcall/source"
	"rollcall/sync/diff"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Judge decides which changes of a plan may be sent.
type Judge struct {
	Config  policy.Config
	Sources []source.Source
	Clerk   memory.ClerkClock
	Now     func() time.Time
}

// Request is the part of a run's options that concerns the judge.
type Request struct {
	Approved *Approvals
	History  *History
	Saved    *plan.Plan
	Subset   bool
	Part     plan.Part
	// Undoing says that the plan takes runs back.
	Undoing bool
}

// Judge marks the plan of a comparison, and returns the part of it that was
// asked for.
func (r *Judge) Judge(by *diff.Comparison, asked Request) *plan.Plan {
	r.mark(by.Plan, by, asked)
	p := by.Plan.Limit(asked.Part)
	r.settle(p)
	tieSteps(p, by.Plan)
	return p
}

// mark says which changes are skipped and which wait. It adds and removes
// none.
func (r *Judge) mark(p *plan.Plan, by *diff.Comparison, asked Request) {
	t := r.newEvidence(p, by, asked)
	for i, d := range by.Proposals {
		o := organization{evidence: t, plan: &p.Organizations[i], proposal: d}
		o.plan.Changes = d.Changes
		p.Holds = append(p.Holds, o.judge()...)
		o.foretell()
	}
	t.judgeAccounts(p, asked)
	noteUnread(p)
	done := asked.History.run
	done.people = r.managed(by, done.closed)
	p.Holds = append(p.Holds, checkRun(r.Config.Guards, p, done, asked.Approved)...)
	p.Notes = append(p.Notes, asked.Approved.stale(p.HeldByGuards())...)
	r.settle(p)
	r.deferInvitations(p, by.Memory) // after the guards, which are to see the whole wave
	matchSaved(p, asked)
}

// settle skips adds without a seat and keeps the last admins (S19). It depends
// on the changes that are ready, so it is called again when there are fewer of
// them.
func (r *Judge) settle(p *plan.Plan) {
	for i := range p.Organizations {
		o := &p.Organizations[i]
		seat(o)
		skipLastAdmins(o, r.Config.MinAdmins)
		tieRenewals(o)
		o.Seats.After = o.SeatsAfter()
		noteMissingSeats(o)
	}
}

// changeable is the base of the percentages: the members that rollcall may
// change, and by how much earlier runs made them more within the window (S17).
func (r *Judge) changeable(o *plan.Organization, done tally) base {
	switch {
	case r.Config.Removals != policy.RemovalsAll:
		return base{o.Ours, done.ours}
	case r.Config.Takeover:
		return base{o.Members, done.members}
	}
	return base{o.Members - o.Foreign, done.members}
}

// base is a number of members or admins today, and its growth since the window
// began.
type base struct{ today, grown int }
