package guard

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		"an add without a seat stays so":     {6, 5, []plan.Change{skipped(plan.Add, plan.NoSeat, "no seat"), add}, "*+", 6},
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

// A join without a seat says how many seats all joins lack: those without one
// come first in the next run too, so seating twice says the same.
func TestS19HowManySeatsAreSaidToBeMissing(t *testing.T) {
	act := func(a plan.Action, s plan.State) plan.Change { return plan.Change{Action: a, State: s} }
	add, gone := act(plan.Add, plan.Ready), act(plan.Remove, plan.Ready)
	for name, x := range map[string]struct {
		limit, before int
		changes       []plan.Change
		want          string
	}{
		"one of two":                       {6, 5, []plan.Change{add, add}, "1 seat is missing: 6 are allowed, 5 are taken (S19)"},
		"both":                             {5, 5, []plan.Change{add, add}, "2 seats are missing: 5 are allowed, 5 are taken (S19)"},
		"one leaves":                       {5, 5, []plan.Change{add, gone, add, add}, "2 seats are missing: 5 are allowed, 5 are taken, 1 becomes free (S19)"},
		"one leaves, and still too many":   {3, 7, []plan.Change{add, gone}, "1 seat is missing: 3 are allowed, 7 are taken, 1 becomes free (S19)"},
		"what waits asks for none":         {5, 5, []plan.Change{act(plan.Add, plan.Held), add}, "1 seat is missing: 5 are allowed, 5 are taken (S19)"},
		"a change of role asks for none":   {5, 5, []plan.Change{act(plan.SetRole, plan.Ready), add}, "1 seat is missing: 5 are allowed, 5 are taken (S19)"},
		"what is skipped asks for none":    {5, 5, []plan.Change{skipped(plan.Add, plan.Protected), add}, "1 seat is missing: 5 are allowed, 5 are taken (S19)"},
		"what had no seat before asks too": {5, 5, []plan.Change{skipped(plan.Add, plan.NoSeat, "no seat before"), add}, "2 seats are missing: 5 are allowed, 5 are taken (S19)"},
	} {
		o := &plan.Organization{Seats: plan.Seats{Before: x.before, Limit: x.limit}, Changes: x.changes}
		for range 2 {
			seat(o)
			n := 0
			for _, c := range o.Changes {
				if c.SkippedFor() != plan.NoSeat || c.Why == "no seat before (S19)" {
					continue
				}
				if n++; c.Why != x.want {
					t.Errorf("%s: %q, want %q", name, c.Why, x.want)
				}
			}
			if n == 0 {
				t.Errorf("%s: everybody has a seat", name)
			}
		}
	}
}

// skipped is a change that is left out for that reason.
func skipped(a plan.Action, r plan.Reason, values ...any) plan.Change {
	c := plan.Change{Action: a}
	c.Skip(r, values...)
	return c
}

// The seats that are missing are counted for all joins, also those that wait for
// something else. A note is about these only: the others say it themselves.
func TestS19SeatsThatAreMissing(t *testing.T) {
	act := func(a plan.Action, s plan.State) plan.Change { return plan.Change{Action: a, State: s} }
	add, waits := act(plan.Add, plan.Ready), act(plan.Add, plan.Held)
	none := skipped(plan.Add, plan.NoSeat, "no seat")
	gone := act(plan.Remove, plan.Ready)
	boss := plan.Change{Action: plan.Remove, Admin: plan.AdminLost, State: plan.Ready}
	const buy, buySeats = ": buy seats before it can be made", ": buy seats before they can be made"
	for name, x := range map[string]struct {
		limit, before  int
		changes        []plan.Change
		missing, freed int
		note           string
	}{
		"no limit":                         {0, 5, []plan.Change{waits, waits}, 0, 0, ""},
		"nothing changes":                  {5, 5, nil, 0, 0, ""},
		"room":                             {7, 5, []plan.Change{add, gone}, 0, 0, ""},
		"just room":                        {6, 5, []plan.Change{waits}, 0, 0, ""},
		"just room, one leaves":            {5, 5, []plan.Change{waits, gone}, 0, 0, ""},
		"nobody waits":                     {5, 5, []plan.Change{none}, 1, 0, ""},
		"nobody waits, one leaves":         {5, 5, []plan.Change{none, add, gone}, 1, 1, ""},
		"one waits":                        {5, 5, []plan.Change{waits}, 1, 0, "1 seat is missing: 5 are allowed, 5 are taken, and 1 join waits" + buy},
		"two wait, one has no seat":        {6, 5, []plan.Change{waits, none, add, waits}, 3, 0, "3 seats are missing: 6 are allowed, 5 are taken, and 2 joins wait" + buySeats},
		"an invitation waits":              {5, 5, []plan.Change{act(plan.Invite, plan.Held)}, 1, 0, "1 seat is missing: 5 are allowed, 5 are taken, and 1 join waits" + buy},
		"one leaves":                       {5, 5, []plan.Change{waits, waits, gone}, 1, 1, "1 seat is missing: 5 are allowed, 5 are taken, 1 becomes free, and 2 joins wait" + buySeats},
		"two leave, one of them waits":     {5, 5, []plan.Change{waits, waits, waits, gone, act(plan.Remove, plan.Held)}, 1, 2, "1 seat is missing: 5 are allowed, 5 are taken, 2 become free, and 3 joins wait" + buySeats},
		"an invitation ends":               {5, 5, []plan.Change{waits, waits, act(plan.RevokeInvitation, plan.Ready)}, 1, 1, "1 seat is missing: 5 are allowed, 5 are taken, 1 becomes free, and 2 joins wait" + buySeats},
		"an admin leaves":                  {5, 5, []plan.Change{waits, boss}, 1, 0, "1 seat is missing: 5 are allowed, 5 are taken, and 1 join waits" + buy},
		"who leaves is protected":          {5, 5, []plan.Change{waits, skipped(plan.Remove, plan.Protected)}, 1, 0, "1 seat is missing: 5 are allowed, 5 are taken, and 1 join waits" + buy},
		"who would join is denied":         {5, 5, []plan.Change{skipped(plan.Add, plan.DeniedUser)}, 0, 0, ""},
		"over the limit":                   {3, 5, []plan.Change{waits}, 1, 0, "1 seat is missing: 3 are allowed, 5 are taken, and 1 join waits" + buy},
		"over the limit, nobody comes":     {3, 5, []plan.Change{gone}, 0, 0, ""},
		"a change of role takes no seat":   {5, 5, []plan.Change{act(plan.SetRole, plan.Held)}, 0, 0, ""},
		"a change of role frees no seat":   {5, 5, []plan.Change{waits, act(plan.SetRole, plan.Ready)}, 1, 0, "1 seat is missing: 5 are allowed, 5 are taken, and 1 join waits" + buy},
		"whoever leaves waits for no seat": {5, 5, []plan.Change{none, none, act(plan.Remove, plan.Held)}, 1, 1, ""},
	} {
		other := plan.Note{Rule: "S26", Text: "another note"}
		notes := []plan.Note{{Kind: plan.SeatsMissing, Rule: "S19", Text: "an earlier one"}, other}
		o := &plan.Organization{ID: "org_a", Seats: plan.Seats{Before: x.before, Limit: x.limit, Missing: 9, Freed: 9}, Changes: x.changes, Notes: notes}
		want := []plan.Note{other}
		if x.note != "" {
			want = append(want, plan.Note{Kind: plan.SeatsMissing, Rule: "S19", Organization: "org_a", Text: x.note})
		}
		for range 2 {
			noteMissingSeats(o)
			if o.Seats.Missing != x.missing || o.Seats.Freed != x.freed {
				t.Errorf("%s: %d missing, %d freed; want %d, %d", name, o.Seats.Missing, o.Seats.Freed, x.missing, x.freed)
			}
			if diff := cmp.Diff(want, o.Notes); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if notes[0].Text != "an earlier one" {
			t.Errorf("%s: the list of notes that others may have is changed", name)
		}
	}
}
