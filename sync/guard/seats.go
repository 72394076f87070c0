package guard

import "rollcall/sync/plan"

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
	free, early := o.FreePlaces()
	if o.Seats.Limit == 0 {
		return
	}
	adds := 0
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.State != plan.Ready || c.SeatDelta() <= 0 {
			continue
		}
		if free+early <= adds {
			c.Skip(plan.NoSeat, o.Seats.Before, o.Seats.Limit)
			continue
		}
		adds++
	}
	if adds > 0 {
		o.RemoveEarly(adds - free)
	}
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
			c.Follow(next, "new")
		case c.State != plan.Ready && next.State == plan.Ready:
			next.Follow(c, "end of the old")
		}
	}
}
