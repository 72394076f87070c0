package guard

import (
	"fmt"

	"rollcall/sync/plan"
)

// refusedBefore is the row of the table for one reason for which Clerk refuses
// whole organizations (S39). It is no rule of undo, which has no next run.
func refusedBefore(reason plan.Reason) rule {
	return rule{reasons: []plan.Reason{reason}, lift: byData, marks: func(o *organization) { o.leaveRefused(reason) }}
}

// leaveRefused leaves out the changes that Clerk would refuse, as the last run
// showed. The run after that tries them again, and the plan says so.
func (o *organization) leaveRefused(reason plan.Reason) {
	f, ok := o.compared.Memory.RefusalOf(o.plan.ID, reason)
	if !ok {
		return
	}
	if reason == plan.SeatRefused && o.plan.Seats.Known && o.plan.Seats.Limited() {
		f.Told = true // the seats that are paid for say more than the last refusal
	}
	n := 0
	for i := range o.plan.Changes {
		c := &o.plan.Changes[i]
		switch {
		case c.State != plan.Ready || !reason.Ends(c):
		case f.Told:
			n++
		default:
			c.Skip(reason)
			c.Why += fmt.Sprintf("; it said %s in the last run, and the next run tries again", f.Code)
		}
	}
	if n > 0 {
		o.plan.Notes = append(o.plan.Notes, plan.Note{Rule: reason.Rule(), Organization: o.plan.ID, Text: fmt.Sprintf(
			"%s: Clerk said %s in an earlier run; if it says so again, this run leaves out the rest of %s", reason.Sentence(), f.Code, plan.Count(n, "change"))})
	}
}
