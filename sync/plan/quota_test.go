package plan

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whoever waits, and however many requests there are: each is in one request
// or waits still, no request has more than ten or two organizations, and nobody
// who goes alone overtakes somebody who waits.
func TestAllotKeepsToTheHour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		single, bulk := rapid.IntRange(0, 30).Draw(t, "single"), rapid.IntRange(0, 6).Draw(t, "bulk")
		var waiting []*Change
		for i, o := range rapid.SliceOfN(rapid.IntRange(0, 5), 0, 120).Draw(t, "organizations") {
			waiting = append(waiting, &Change{Action: Invite, Organization: fmt.Sprint("org_", o), Email: fmt.Sprint(i, "@corp.example")})
		}
		calls, rest := Allot(waiting, single, bulk)
		place := map[*Change]int{}
		for i, c := range waiting {
			place[c] = i
		}
		seen := slices.Clone(rest)
		alone, shared, last := 0, 0, -1
		for _, call := range calls {
			seen = append(seen, call...)
			if len(call) == 1 {
				alone++
				last = max(last, place[call[0]])
				continue
			}
			shared++
			if len(call) > PerBulk || slices.ContainsFunc(call, func(c *Change) bool { return c.Organization != call[0].Organization }) {
				t.Errorf("a request of %d", len(call))
			}
		}
		if alone > single || shared > bulk {
			t.Errorf("%d of %d single, %d of %d shared", alone, single, shared, bulk)
		}
		slices.SortFunc(seen, func(a, b *Change) int { return place[a] - place[b] })
		if !slices.Equal(seen, waiting) {
			t.Errorf("%d of %d are somewhere", len(seen), len(waiting))
		}
		if len(rest) > 0 && (alone < single || place[rest[0]] < last) {
			t.Errorf("%d wait although %d of %d go alone, the last at %d", len(rest), alone, single, last)
		}
	})
}

// Where fifty times ten wait, an hour takes 750.
func TestAllotTakesAllThatClerkAllows(t *testing.T) {
	for _, each := range []int{10, 11, 15, 20, 99, 800} {
		var waiting []*Change
		for o := 0; len(waiting) < 800; o++ {
			for i := range each {
				waiting = append(waiting, &Change{Organization: fmt.Sprint(o), Email: fmt.Sprint(i)})
			}
		}
		taken := 0
		calls, _ := Allot(waiting, SinglesPerHour, BulksPerHour)
		for _, call := range calls {
			taken += len(call)
		}
		if taken != 750 {
			t.Errorf("%d of each: %d", each, taken)
		}
	}
}

// The highest rule goes first, then who starts first, then the plan's order.
func TestRankOfInvitations(t *testing.T) {
	p := &Plan{Organizations: []Organization{{ID: "a", Changes: []Change{
		{Action: Invite, State: Ready, Email: "rule 2", Priority: Priority{Rule: 2}},
		{Action: Invite, State: Ready, Email: "rule 1, in March", Priority: Priority{Rule: 1, Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Unix()}},
		{Action: Invite, State: Held, Email: "held"},
		{Action: Add, State: Ready, Email: "an add"},
	}}, {ID: "b", Changes: []Change{
		{Action: Invite, State: Ready, Email: "rule 1, in February", Priority: Priority{Rule: 1, Start: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).Unix()}},
		{Action: Invite, State: Ready, Email: "rule 1, always", Priority: Priority{Rule: 1}},
	}}}}
	var got []string
	for _, c := range p.Waiting() {
		got = append(got, c.Email)
	}
	want := []string{"rule 1, always", "rule 1, in February", "rule 1, in March", "rule 2"}
	if !slices.Equal(got, want) {
		t.Errorf("order %q", got)
	}
}

// Invitations that a clock wrote down which was years ahead fill no hour: nobody
// would be invited until then.
func TestS28HourOfAWrongClock(t *testing.T) {
	now := time.Now()
	for ago, counts := range map[time.Duration]bool{0: true, time.Minute: true, -time.Minute: true, time.Hour: false, -9000 * time.Hour: false} {
		if got := len(LastHour([]time.Time{now.Add(-ago)}, now)); (got == 1) != counts {
			t.Errorf("sent %s ago counts: %v", ago, got == 1)
		}
	}
}
