package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Somebody has unlocked an account by hand, while a later step of the ladder still fails:
// rollcall does not lock it again, and lets it be. A lock that has ended by itself is
// repeated (S30).
func TestS30NobodyIsLockedAgainAfterAHand(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		lasts, after time.Duration
		unlocked     bool
		again        bool
	}{
		"still locked":              {lasts: 9 * time.Hour, again: true},
		"for good, and unlocked":    {after: 48 * time.Hour, unlocked: true},
		"for hours, and unlocked":   {lasts: 9 * time.Hour, unlocked: true},
		"for hours, which are over": {lasts: 9 * time.Hour, after: 8 * time.Hour, unlocked: true, again: true},
		"for hours, not quite over": {lasts: 9 * time.Hour, after: 6 * time.Hour, unlocked: true},
	} {
		c := ladder(t)
		c.config.Leavers.Account = policy.AccountLock
		c.clerk.Accounts[1].LockEndsIn = x.lasts
		c.apply()
		c.clerk.Faults["keys * user_ben"] = &clerkapi.Error{Status: 403, Code: "not_allowed_access", Attempts: 1}
		c.depart(1)
		c.apply()
		c.apply() // what the first run knew is still known
		if !c.clerk.Accounts[1].Locked || len(c.due()) != 1 {
			t.Fatalf("%s: %s, due %v", name, c.closed("ben"), c.due())
		}
		c.now = c.now.Add(x.after)
		c.clerk.Accounts[1].Locked = !x.unlocked
		c.clerk.Sessions["user_ben"] = []string{"sess_new"}
		clear(c.clerk.Faults)
		p := c.apply().Plan
		want := "1 sessions, 1 keys"
		if x.again {
			want = "0 sessions, 0 keys, locked"
		}
		if got := c.closed("ben"); got != want || len(c.due()) != 0 {
			t.Errorf("%s: %s, due %v, %v", name, got, c.due(), lines(p))
		}
		if why := p.Accounts().Changes[0].Why; !x.again && why != "somebody has unlocked the account since rollcall locked it (S04)" {
			t.Errorf("%s: %q", name, why)
		}
		c.othersAreOpen()
	}
}

// A claim on the account of a leaver that ends lets the ladder go on. Otherwise somebody
// who leaves would stay signed in because of an address that another entry has for a day.
// A claim that lasts a month ends the ladder (S04).
func TestS04AClaimThatEndsLetsTheLadderGoOn(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		lasts    time.Duration
		claimant string
		end      func(c *chronicle, p *source.Person)
		banned   bool
	}{
		"a day":                 {24 * time.Hour, "x9 ben@corp.example", isGone, true},
		"almost a month":        {29 * 24 * time.Hour, "x9 ben@corp.example", isGone, true},
		"a month":               {30 * 24 * time.Hour, "x9 ben@corp.example", isGone, false},
		"a new address":         {24 * time.Hour, "x9 ben@corp.example", func(_ *chronicle, p *source.Person) { p.Email = "new@corp.example" }, false},
		"no id":                 {24 * time.Hour, "ben@corp.example ben@corp.example", isGone, false},
		"disabled":              {24 * time.Hour, "x9 ben@corp.example", func(_ *chronicle, p *source.Person) { p.Disabled = "left" }, true},
		"the source is no more": {24 * time.Hour, "x9 ben@corp.example", func(c *chronicle, _ *source.Person) { c.sources = c.sources[:1] }, false},
	} {
		c := ladder(t)
		c.apply()
		c.depart(1)
		other := c.otherSource(x.claimant)
		p := c.apply().Plan
		if c.closed("ben") != openAccount || c.clerk.Find("org_acme", "user_ben") != nil || p.Accounts().Changes[0].Reasons.First() != plan.LeaverClaimed {
			t.Fatalf("%s: %s, %v", name, c.closed("ben"), lines(p))
		}
		c.apply()
		c.now = c.now.Add(x.lasts - 2*time.Hour)
		c.apply() // the claim is still there
		if c.closed("ben") != openAccount {
			t.Fatalf("%s: %s", name, c.closed("ben"))
		}
		x.end(c, &other.Snapshot.People[0])
		if c.apply(); c.isBanned() != x.banned || len(c.due()) != 0 {
			t.Errorf("%s: %s, due %v, %v", name, c.closed("ben"), c.due(), lines(c.plan()))
		}
		c.othersAreOpen()
	}
	// Somebody who is back has a membership or an entry, and is no leaver whatever was claimed.
	c := ladder(t)
	c.apply()
	people, groups := slices.Clone(c.source().Snapshot.People), slices.Clone(c.source().Snapshot.Groups)
	c.depart(1)
	c.source().Snapshot.People = append(c.source().Snapshot.People, source.Person{ID: "77", Email: "ben@corp.example"})
	c.apply()
	c.source().Snapshot.People, c.source().Snapshot.Groups = people, groups
	if c.apply(); c.closed("ben") != openAccount || len(c.due()) != 0 {
		t.Errorf("back: %s, due %v", c.closed("ben"), c.due())
	}
}

// isGone takes an entry out of its source.
func isGone(_ *chronicle, p *source.Person) {
	*p = source.Person{ID: "nobody", Disabled: "an empty place"}
}

// manyLeavers is acme with so many people, half of whom have left.
func manyLeavers(t *testing.T, n int) *chronicle {
	t.Helper()
	c := ladder(t)
	s := &c.source().Snapshot
	for i := range n {
		user, id := fmt.Sprintf("user_x%02d", i), fmt.Sprint(100+i)
		c.clerk.User(user, user+"@corp.example")
		c.clerk.Member("acme", user, "org:member", fake.Ours(id))
		c.clerk.Sessions[user], c.clerk.Keys[user] = []string{"sess_" + user}, []string{"ak_" + user}
		s.People = append(s.People, source.Person{ID: id, Email: user + "@corp.example"})
		s.Groups[0].Members = append(slices.Clone(s.Groups[0].Members), source.Member{Person: len(s.People) - 1})
	}
	most := policy.Limit{People: 1 << 30}
	c.config.Guards.EndSessions, c.config.Guards.RevokeAPIKeys, c.config.Guards.LockOrBan = most, most, most
	c.apply()
	for i := range n {
		c.depart(6 + i)
	}
	return c
}

// Whoever cannot be banned is signed out: neither a code that ends other calls nor the
// error budget of one step keeps the other steps from anybody (S39).
func TestS39AStepThatIsRefusedEndsNoOther(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"authorization_invalid", "not_allowed_access", "organization_not_enabled_in_instance"} {
		c := manyLeavers(t, 24)
		c.clerk.Faults["ban accounts *"] = &clerkapi.Error{Status: 403, Code: code, Attempts: 1}
		r := c.apply()
		for i := range 24 {
			if got := c.closed(fmt.Sprintf("x%02d", i)); got != "0 sessions, 0 keys" {
				t.Errorf("%s: x%02d: %s", code, i, got)
			}
		}
		if len(c.due()) != 24 || len(r.Stopped) != 1 {
			t.Errorf("%s: due %d, stopped %+v", code, len(c.due()), r.Stopped)
		}
		clear(c.clerk.Faults)
		c.apply()
		for i := range 24 {
			if got := c.closed(fmt.Sprintf("x%02d", i)); got != closedAccount {
				t.Errorf("%s, the next run: x%02d: %s", code, i, got)
			}
		}
		if len(c.due()) != 0 {
			t.Errorf("%s: due %v", code, c.due())
		}
		c.othersAreOpen()
	}
	// A key that Clerk accepts no more ends all of it.
	c := manyLeavers(t, 24)
	c.clerk.Faults["ban accounts *"] = &clerkapi.Error{Status: 401, Code: "clerk_key_invalid", Attempts: 1}
	c.clerk.Calls = nil
	if c.apply(); len(c.due()) != 24 || strings.Contains(strings.Join(c.clerk.Calls, ","), "end ") {
		t.Errorf("due %d, called %v", len(c.due()), c.clerk.Calls)
	}
}

// One session that cannot be ended keeps no other session of the person alive.
func TestS39OneSessionKeepsNoOther(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{
		"refused": &clerkapi.Error{Status: 403, Code: "authorization_invalid", Attempts: 1},
		"down":    &clerkapi.Error{Status: 500, Attempts: 3},
		"no code": &clerkapi.Error{Status: 422, Code: "form_param_value_invalid", Attempts: 1},
	} {
		c := ladder(t)
		c.config.Leavers = policy.Leavers{EndSessions: true, RevokeAPIKeys: true}
		c.apply()
		c.depart(1)
		c.clerk.Keys["user_ben"] = []string{"ak_ben", "ak_other"}
		c.clerk.Faults["end session sess_ben"], c.clerk.Faults["end key ak_ben"] = fault, fault
		if c.apply(); !slices.Equal(c.clerk.Sessions["user_ben"], []string{"sess_ben"}) || !slices.Equal(c.clerk.Keys["user_ben"], []string{"ak_ben"}) || len(c.due()) != 1 {
			t.Errorf("%s: %v, %v, due %v", name, c.clerk.Sessions["user_ben"], c.clerk.Keys["user_ben"], c.due())
		}
		clear(c.clerk.Faults)
		if c.apply(); c.closed("ben") != "0 sessions, 0 keys" || len(c.due()) != 0 {
			t.Errorf("%s, the next run: %s, due %v", name, c.closed("ben"), c.due())
		}
	}
}

// A code about API keys says nothing about a lock, a ban or a session.
func TestACodeOfAnotherCallIsNoSuccess(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"ban accounts user_ben", "sessions * user_ben"} {
		c := ladder(t)
		c.apply()
		c.depart(1)
		c.clerk.Faults[call] = &clerkapi.Error{Status: 422, Code: "api_keys_not_enabled", Attempts: 1}
		if r := c.apply(); r.Tally("failed") != 1 || len(c.due()) != 1 {
			t.Errorf("%s: %+v", call, r.Outcomes)
		}
	}
}

// An undo whose unban fails gives the banned account no membership (S08). The next undo
// gives both.
func TestS08UndoGivesABannedAccountNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{
		"refused": &clerkapi.Error{Status: 402, Code: "unsupported_subscription_plan_features", Attempts: 1},
		"down":    &clerkapi.Error{Status: 500, Attempts: 3},
		"silent":  errors.New("no answer"),
	} {
		c := ladder(t)
		c.apply()
		people, groups := slices.Clone(c.source().Snapshot.People), slices.Clone(c.source().Snapshot.Groups)
		c.depart(1)
		c.apply()
		c.source().Snapshot.People, c.source().Snapshot.Groups = people, groups
		c.clerk.Faults["unban accounts user_ben"] = fault
		r := c.next(Run{Apply: true, Undo: []int64{2}})
		if c.clerk.Find("org_acme", "user_ben") != nil || !c.isBanned() || r.Tally("dropped") != 1 {
			t.Errorf("%s: %s, member %v, %+v", name, c.closed("ben"), c.clerk.Find("org_acme", "user_ben"), r.Outcomes)
		}
		clear(c.clerk.Faults)
		if c.next(Run{Apply: true, Undo: []int64{2}}); c.clerk.Find("org_acme", "user_ben") == nil || c.isBanned() {
			t.Errorf("%s, again: %s", name, c.closed("ben"))
		}
	}
}

// Killed at any write of the journal, and after any call, while an undo opens the account
// again: a banned account never has a membership (S08), and the next undo gives both back.
func TestS32TheUndoOfTheLadderIsKilledAtEachPoint(t *testing.T) {
	t.Parallel()
	for point := 1; ; point++ {
		c := ladder(t)
		c.apply()
		before := c.clerk.State()
		people, groups := slices.Clone(c.source().Snapshot.People), slices.Clone(c.source().Snapshot.Groups)
		c.depart(1)
		c.apply()
		c.source().Snapshot.People, c.source().Snapshot.Groups = people, groups
		left := point
		ctx, cancel := context.WithCancel(t.Context())
		tick := func() error {
			if left--; left <= 0 {
				cancel()
				return errKilled
			}
			return nil
		}
		c.wrapJournal = func(j Journal) Journal { return doomed{j, tick} }
		c.clerk.After = func(string) { _ = tick() }
		c.clerk.During = func(call string) {
			if left <= 0 {
				c.clerk.Faults[call] = errKilled
			}
		}
		_, _ = c.once(ctx, Run{Apply: true, Undo: []int64{2}})
		cancel()
		c.wrapJournal, c.clerk.After, c.clerk.During = nil, nil, nil
		clear(c.clerk.Faults)
		killed := left <= 0
		if c.isBanned() && c.clerk.Find("org_acme", "user_ben") != nil {
			t.Errorf("killed at point %d: a banned member", point)
		}
		c.next(Run{Apply: true, Undo: []int64{2}})
		if c.closed("ben") != "0 sessions, 0 keys" || c.clerk.State() != before {
			t.Errorf("killed at point %d: %s\n%s\nwant\n%s", point, c.closed("ben"), c.clerk.State(), before)
		}
		if c.apply(); c.isBanned() || c.clerk.Find("org_acme", "user_ben") == nil || len(c.due()) != 0 {
			t.Errorf("killed at point %d, and then a run: %s, due %v", point, c.closed("ben"), c.due())
		}
		c.othersAreOpen()
		if !killed {
			if t.Logf("%d points", point-1); point < 6 {
				t.Errorf("only %d points", point)
			}
			return
		}
	}
}
