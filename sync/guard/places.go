package guard

import "rollcall/sync/plan"

// freePlaces counts the free seats, and the seats that ready removals of members
// who are no admins can free before the adds.
func freePlaces(o *plan.Organization) (free, early int) {
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == plan.Ready && c.SeatDelta() < 0 && c.Admin != plan.AdminLost {
			early++
		}
	}
	return o.Seats.Limit - o.Seats.Before, early
}

// removeEarly moves the first n ready removals of members who are no admins to
// the front.
func removeEarly(o *plan.Organization, n int) {
	var first, rest []plan.Change
	for _, c := range o.Changes {
		if len(first) < n && c.State == plan.Ready && c.SeatDelta() < 0 && c.Admin != plan.AdminLost {
			first = append(first, c)
			continue
		}
		rest = append(rest, c)
	}
	o.Changes = append(first, rest...)
}
