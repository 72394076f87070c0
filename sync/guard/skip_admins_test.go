package guard

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/sync/plan"
)

func TestS19LastAdmins(t *testing.T) {
	table := []struct {
		name                  string
		minimum, before       int
		losses, gains         int
		skipped, after        int
		inviting, heldPromise bool
	}{
		{name: "last one", minimum: 1, before: 1, losses: 1, skipped: 1, after: 1},
		{name: "one of two", minimum: 1, before: 2, losses: 1, after: 1},
		{name: "replaced", minimum: 1, before: 1, losses: 1, gains: 1, after: 1},
		{name: "an invited admin is none yet", minimum: 1, before: 1, losses: 1, gains: 1, inviting: true, skipped: 1, after: 1},
		{name: "a held promotion is none yet", minimum: 1, before: 1, losses: 1, gains: 1, heldPromise: true, skipped: 1, after: 1},
		{name: "fewer than the minimum already, not lowered", minimum: 3, before: 2, losses: 1, gains: 1, after: 2},
		{name: "fewer than the minimum already, lowered", minimum: 3, before: 2, losses: 1, skipped: 1, after: 2},
		{name: "none at all", minimum: 1, before: 0, after: 0},
		{name: "no minimum", minimum: 0, before: 1, losses: 1, after: 0},
		{name: "two of three, minimum two", minimum: 2, before: 3, losses: 2, skipped: 1, after: 2},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			o := &plan.Organization{AdminsBefore: tt.before}
			for range tt.gains {
				c := plan.Change{Action: plan.Add, Admin: plan.AdminGained, State: plan.Ready}
				if tt.inviting {
					c.Action = plan.Invite
				}
				if tt.heldPromise {
					c.State = plan.Held
				}
				o.Changes = append(o.Changes, c)
			}
			for range tt.losses {
				o.Changes = append(o.Changes, plan.Change{Action: plan.Remove, Admin: plan.AdminLost, State: plan.Ready})
			}
			skipLastAdmins(o, tt.minimum)
			skipped := 0
			for _, c := range o.Changes {
				if c.SkippedFor() == plan.LastAdmin {
					skipped++
				}
			}
			if skipped != tt.skipped || o.AdminsAfter != tt.after {
				t.Errorf("skipped %d, %d admins after", skipped, o.AdminsAfter)
			}
		})
	}
}

// Who is left an admin, and which changes are left out, the last ones first
// (S19); a change that waits or is left out counts for nothing.
func TestS19WhichAdminsStay(t *testing.T) {
	lost, gained := plan.Change{Action: plan.Remove, Admin: plan.AdminLost, State: plan.Ready}, plan.Change{Action: plan.SetRole, Admin: plan.AdminGained, State: plan.Ready}
	invited, held := plan.Change{Action: plan.Invite, Admin: plan.AdminGained, State: plan.Ready}, plan.Change{Action: plan.Remove, Admin: plan.AdminLost, State: plan.Held}
	neutral := plan.Change{Action: plan.Remove, State: plan.Ready}
	for name, x := range map[string]struct {
		before, minimum int
		changes         []plan.Change
		skipped         string // the numbers of those left out
		after           int
	}{
		"the last of two losses stays":        {2, 1, []plan.Change{lost, lost}, "1", 1},
		"a neutral one is not left out":       {1, 1, []plan.Change{lost, neutral}, "0", 1},
		"nobody is left out who is held":      {1, 1, []plan.Change{lost, held}, "0", 1},
		"a held loss takes nobody":            {2, 1, []plan.Change{lost, held}, "", 1},
		"only as many as needed":              {4, 2, []plan.Change{lost, lost, lost, lost}, "2 3", 2},
		"a promotion makes room":              {1, 1, []plan.Change{gained, lost}, "", 1},
		"an invitation does not":              {1, 1, []plan.Change{invited, lost}, "1", 1},
		"fewer than the minimum, not lowered": {1, 3, []plan.Change{neutral}, "", 1},
		"fewer than the minimum, lowered":     {1, 3, []plan.Change{lost}, "0", 1},
		"more than the minimum":               {5, 1, []plan.Change{lost}, "", 4},
	} {
		o := &plan.Organization{AdminsBefore: x.before, Changes: x.changes}
		skipLastAdmins(o, x.minimum)
		var skipped []string
		for i, c := range o.Changes {
			if c.State == plan.Skipped {
				skipped = append(skipped, fmt.Sprint(i))
			}
		}
		if got := strings.Join(skipped, " "); got != x.skipped || o.AdminsAfter != x.after {
			t.Errorf("%s: left out %q, %d admins after; want %q, %d", name, got, o.AdminsAfter, x.skipped, x.after)
		}
	}
}
