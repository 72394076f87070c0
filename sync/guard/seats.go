package guard

import (
	"fmt"
	"slices"

	"rollcall/sync/plan"
)

// Seats, last admins and renewals depend on the changes that are left (S19).

// skipLastAdmins leaves out demotions and removals of admins that would bring
// the organization below min_admins, counting only what will be applied (S19).
func skipLastAdmins(o *plan.Organization, minimum int) {
	after, floor := o.AdminsBefore, o.AdminFloor(minimum)
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.State == plan.Ready {
			after += c.AdminDelta()
		}
	}
	for i := len(o.Changes) - 1; i >= 0 && after < floor; i-- {
		c := &o.Changes[i]
		if c.State == plan.Ready && c.Admin == plan.AdminLost {
			c.Skip(plan.LastAdmin, plan.Count(minimum, "admin"))
			after++
		}
	}
	o.AdminsAfter = after
}

// seat skips adds for which there is no place even when every ready removal
// has been made (S19), and moves removals that free places before the adds,
// as far as needed; never those of admins, whose number must not dip.
func seat(o *plan.Organization) {
	if !o.Seats.Limited() {
		return
	}
	free, early := freePlaces(o)
	places := max(0, free+early)
	var joins []*plan.Change
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.SeatDelta() > 0 && (c.State == plan.Ready || c.SkippedFor() == plan.NoSeat) {
			joins = append(joins, c)
		}
	}
	adds := 0
	for _, c := range joins {
		switch {
		case c.State != plan.Ready: // skipped by an earlier call, which has said how many are missing
		case adds < places:
			adds++
		default:
			c.Skip(plan.NoSeat, o.Seats.MissingText(len(joins)-places, early))
		}
	}
	if adds > 0 {
		removeEarly(o, adds-free)
	}
}

// noteMissingSeats counts the seats that all joins lack, also those that wait for
// another reason: whoever approves them is to know. It says so where some wait.
func noteMissingSeats(o *plan.Organization) {
	o.Notes = slices.DeleteFunc(slices.Clone(o.Notes), func(n plan.Note) bool { return n.Kind == plan.SeatsMissing })
	o.Seats.Missing, o.Seats.Freed = 0, 0
	if !o.Seats.Limited() {
		return
	}
	joins, waiting, leaving := 0, 0, 0
	for i := range o.Changes {
		c := &o.Changes[i]
		switch {
		case c.State == plan.Skipped && c.SkippedFor() != plan.NoSeat:
		case c.SeatDelta() > 0:
			joins++
			if c.State == plan.Held {
				waiting++
			}
		case c.SeatDelta() < 0 && c.Admin != plan.AdminLost:
			leaving++
		}
	}
	missing := joins - max(0, o.Seats.Limit-o.Seats.Before+leaving)
	if missing <= 0 {
		return
	}
	o.Seats.Missing, o.Seats.Freed = missing, leaving
	if waiting > 0 {
		o.Notes = append(o.Notes, plan.Note{Kind: plan.SeatsMissing, Rule: "S19", Organization: o.ID,
			Text: fmt.Sprintf("%s, and %s", o.Seats.MissingText(missing, leaving), joinsWait(waiting))})
	}
}

func joinsWait(n int) string {
	if n == 1 {
		return "1 join waits: buy seats before it can be made"
	}
	return fmt.Sprintf("%d joins wait: buy seats before they can be made", n)
}

// tieRenewals keeps the revocation of an invitation and the one that takes its
// place together: nobody loses the first because the second waits.
func tieRenewals(o *plan.Organization) {
	follows := map[string]*plan.Change{}
	for i := range o.Changes {
		if c := &o.Changes[i]; c.Action == plan.Invite {
			follows[c.Email] = c
		}
	}
	for i := range o.Changes {
		c := &o.Changes[i]
		next := follows[c.Email]
		if c.Action != plan.RevokeInvitation || !c.Replaced || next == nil {
			continue
		}
		switch {
		case c.State == plan.Ready && next.State != plan.Ready:
			c.Follow(next, plan.Renewal, "new")
		case c.State != plan.Ready && next.State == plan.Ready:
			next.Follow(c, plan.Renewal, "end of the old")
		}
	}
}
