package explain

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// judgeUndos says of each change of the past whether an undo of its run would take it
// back today. It is asked as rollcall undo asks, so the two cannot differ (S25).
func (x *explainer) judgeUndos(ctx context.Context, changes []journal.Change, past []Past) error {
	if x.Undo == nil {
		return nil
	}
	var runs [][]journal.Change
	for i := range changes {
		c := &changes[i]
		if !c.Open() && c.Result != journal.Done {
			continue
		}
		at := slices.IndexFunc(runs, func(list []journal.Change) bool { return list[0].Run == c.Run })
		if at < 0 {
			at, runs = len(runs), append(runs, nil)
		}
		runs[at] = append(runs[at], *c)
	}
	if len(runs) == 0 {
		return nil
	}
	plans, err := x.Undo(ctx, runs)
	if err != nil {
		return err
	}
	for i := range past {
		at := slices.IndexFunc(runs, func(list []journal.Change) bool { return list[0].Run == past[i].Run })
		if p := &past[i]; at >= 0 && p.Result == journal.Done {
			p.Undoable, p.UndoText = undoable(plans[at], &p.Change)
		}
	}
	return nil
}

// undoable reports whether the plan of an undo takes a change back, and why not.
func undoable(made *plan.Plan, c *plan.Change) (ok bool, why string) {
	created := c.Action == plan.CreateUser
	at := slices.IndexFunc(made.Reversed, func(u plan.Reversed) bool {
		return u.Organization == c.Organization && u.Subject() == c.Subject() && (u.Left == plan.LeftAccount) == created
	})
	if at < 0 {
		return false, "the history does not say how it was before"
	}
	u := &made.Reversed[at]
	why = cmp.Or(u.Text, map[plan.LeftReason]string{plan.LeftAsBefore: fmt.Sprintf("it is already as it was before run %d", made.Undoes[0])}[u.Left])
	if created {
		return false, why
	}
	for _, back := range made.Changes() {
		if plan.MembershipKey(back) != plan.MembershipKey(c) {
			continue
		}
		if back.State == plan.Ready || back.HeldByGuard() {
			ok = true
			continue
		}
		why = cmp.Or(why, back.Why)
	}
	return ok, why
}
