package guard

import (
	"strings"
	"testing"

	"rollcall/sync/plan"
)

func TestS19Seats(t *testing.T) {
	table := []struct {
		name                  string
		limit, before         int
		adds, leavers, admins int
		order                 string // of what is ready: - removal, + add, a removal of an admin
	}{
		{"room", 10, 5, 2, 1, 0, "++-"},
		{"no limit", 0, 5, 3, 0, 0, "+++"},
		{"just room", 7, 5, 2, 1, 0, "++-"},
		{"one short, one leaves", 6, 5, 2, 2, 0, "-++-"},
		{"full, two leave, three come", 5, 5, 3, 2, 0, "--++"},
		{"full, nobody leaves", 5, 5, 2, 0, 0, ""},
		{"only an admin leaves", 5, 5, 1, 0, 1, "a"},
		{"over the limit already", 3, 5, 1, 4, 0, "---+-"},
		{"over the limit, nobody comes", 3, 5, 0, 2, 1, "--a"},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			o := &plan.Organization{Seats: plan.Seats{Before: tt.before, Limit: tt.limit}}
			add := func(n int, c plan.Change) {
				for range n {
					c.State = plan.Ready
					o.Changes = append(o.Changes, c)
				}
			}
			add(tt.adds, plan.Change{Action: plan.Add})
			add(tt.leavers, plan.Change{Action: plan.Remove})
			add(tt.admins, plan.Change{Action: plan.Remove, Admin: plan.AdminLost})
			for range 2 { // settling twice is settling once
				seat(o)
				var b strings.Builder
				for _, c := range o.Changes {
					switch {
					case c.State != plan.Ready:
					case c.Admin == plan.AdminLost:
						b.WriteString("a")
					default:
						b.WriteString(c.Action.Symbol())
					}
				}
				if b.String() != tt.order {
					t.Fatalf("order %q, want %q", b.String(), tt.order)
				}
			}
			if want := tt.before + strings.Count(tt.order, "+") - strings.Count(tt.order, "-") - strings.Count(tt.order, "a"); o.SeatsAfter() != want {
				t.Errorf("%d seats after, want %d", o.SeatsAfter(), want)
			}
		})
	}
}

// Places: those that held or skipped changes would take or free do not count,
// nor do those of admins, who go last.
func TestS19WhoHasAPlace(t *testing.T) {
	act := func(a plan.Action, s plan.State) plan.Change { return plan.Change{Action: a, State: s} }
	add, gone := act(plan.Add, plan.Ready), act(plan.Remove, plan.Ready)
	boss := plan.Change{Action: plan.Remove, Admin: plan.AdminLost, State: plan.Ready}
	for name, x := range map[string]struct {
		limit, before int
		changes       []plan.Change
		want          string // what is ready by its symbol, a the removal of an admin, * skipped, ? held, in order
		after         int
	}{
		"one place, two come":                {6, 5, []plan.Change{add, add}, "+*", 6},
		"no limit":                           {0, 5, []plan.Change{add, add, gone}, "++-", 6},
		"a held removal frees nothing":       {5, 5, []plan.Change{add, act(plan.Remove, plan.Held)}, "*?", 5},
		"a held add takes nothing":           {6, 5, []plan.Change{act(plan.Add, plan.Held), add}, "?+", 6},
		"a skipped add takes nothing":        {6, 5, []plan.Change{act(plan.Add, plan.Skipped), add}, "*+", 6},
		"a revoked invitation frees":         {5, 5, []plan.Change{act(plan.Invite, plan.Ready), act(plan.RevokeInvitation, plan.Ready)}, "-+", 5},
		"an admin's removal frees none":      {5, 5, []plan.Change{add, boss}, "*a", 4},
		"an admin goes last":                 {5, 5, []plan.Change{add, boss, gone}, "-+a", 4},
		"far too many already":               {3, 7, []plan.Change{add, gone}, "*-", 6},
		"a change of role frees none":        {5, 5, []plan.Change{add, act(plan.SetRole, plan.Ready)}, "*~", 5},
		"a change of role stays where it is": {5, 5, []plan.Change{add, act(plan.SetRole, plan.Ready), gone}, "-+~", 5},
		"just as many go first as needed":    {5, 4, []plan.Change{add, add, gone, gone}, "-++-", 4},
		"held removals stay where they are":  {5, 5, []plan.Change{add, act(plan.Remove, plan.Held), gone}, "-+?", 5},
		"changes of role take none":          {5, 5, []plan.Change{act(plan.SetRole, plan.Ready), gone}, "~-", 4},
	} {
		o := &plan.Organization{Seats: plan.Seats{Before: x.before, Limit: x.limit}, Changes: x.changes}
		seat(o)
		var got strings.Builder
		for _, c := range o.Changes {
			switch c.State {
			case plan.Skipped:
				got.WriteString("*")
			case plan.Held:
				got.WriteString("?")
			default:
				got.WriteString(map[bool]string{false: c.Action.Symbol(), true: "a"}[c.Admin == plan.AdminLost])
			}
		}
		if got.String() != x.want || o.SeatsAfter() != x.after {
			t.Errorf("%s: %s, %d after; want %s, %d", name, got.String(), o.SeatsAfter(), x.want, x.after)
		}
	}
}

// An invitation that is renewed ends only when the new one is sent, and the new
// one is sent only when the old one ends.
func TestRenewalsStayTogether(t *testing.T) {
	const email = "n@corp.example"
	act := func(a plan.Action, s plan.State) plan.Change {
		return plan.Change{Action: a, Email: email, State: s, Replaced: a != plan.Invite}
	}
	old, next := func(s plan.State) plan.Change { return act(plan.RevokeInvitation, s) }, func(s plan.State) plan.Change { return act(plan.Invite, s) }
	kept := old(plan.Ready)
	kept.Replaced = false
	waitsForNew, waitsForOld := "waits for the new invitation", "waits for the end of the old invitation"
	for name, x := range map[string]struct {
		changes []plan.Change
		want    []plan.State
		why     []string
	}{
		"both go":                    {[]plan.Change{old(plan.Ready), next(plan.Ready)}, []plan.State{plan.Ready, plan.Ready}, []string{"", ""}},
		"the new one waits":          {[]plan.Change{old(plan.Ready), next(plan.Held)}, []plan.State{plan.Held, plan.Held}, []string{waitsForNew, ""}},
		"the new one waits, first":   {[]plan.Change{next(plan.Held), old(plan.Ready)}, []plan.State{plan.Held, plan.Held}, []string{"", waitsForNew}},
		"the new one is skipped":     {[]plan.Change{old(plan.Ready), next(plan.Skipped)}, []plan.State{plan.Skipped, plan.Skipped}, []string{waitsForNew, ""}},
		"the old one waits":          {[]plan.Change{old(plan.Held), next(plan.Ready)}, []plan.State{plan.Held, plan.Held}, []string{"", waitsForOld}},
		"both wait":                  {[]plan.Change{old(plan.Held), next(plan.Skipped)}, []plan.State{plan.Held, plan.Skipped}, []string{"", ""}},
		"no new one":                 {[]plan.Change{old(plan.Ready)}, []plan.State{plan.Ready}, []string{""}},
		"ended for another reason":   {[]plan.Change{kept, next(plan.Held)}, []plan.State{plan.Ready, plan.Held}, []string{"", ""}},
		"another change of somebody": {[]plan.Change{act(plan.Remove, plan.Ready), next(plan.Held)}, []plan.State{plan.Ready, plan.Held}, []string{"", ""}},
	} {
		o := &plan.Organization{Changes: x.changes}
		tieRenewals(o)
		for i, c := range o.Changes {
			if c.State != x.want[i] || c.Why != x.why[i] {
				t.Errorf("%s: change %d is %s (%q), want %s (%q)", name, i, c.State, c.Why, x.want[i], x.why[i])
			}
		}
	}
}
