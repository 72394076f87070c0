package sync

import (
	"context"
	"errors"
	"slices"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// unfinished is a ladder that has removed ben, and could not ban him.
func unfinished(t *testing.T) *chronicle {
	t.Helper()
	c := ladder(t)
	c.apply()
	c.clerk.Faults["ban accounts user_ben"] = &clerkapi.Error{Status: 500, Attempts: 3}
	c.depart(1)
	c.apply()
	clear(c.clerk.Faults)
	if due := c.due(); !slices.Equal(due, []string{"user_ben"}) {
		t.Fatalf("due %v", due)
	}
	return c
}

// isBanned reports whether ben's account is banned.
func (c *chronicle) isBanned() bool { return c.clerk.Accounts[1].Banned }

// A part of the plan that leaves a removal of the person out closes no account: the
// section of the accounts alone, or the removals under an address that the account has not
// verified. An address that it has verified means all of it.
func TestNoStepWithoutTheRemovalInThePart(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]Run{
		"the accounts":   {Apply: true, Organization: "accounts"},
		"the other one":  {Apply: true, Only: "ben.other@corp.example"},
		"the other part": {Apply: true, Organization: "beta"},
	} {
		for _, whole := range []string{"user_ben", "ben@corp.example"} {
			c := ladder(t)
			c.clerk.Member("beta", "user_ben", "org:member", fake.Ours("2"))
			c.clerk.Find("org_beta", "user_ben").Identifier = "ben.other@corp.example"
			c.source().Group("sales", 1)
			c.apply()
			c.depart(1)
			if p := c.next(part).Plan; c.closed("ben") != openAccount {
				t.Errorf("%s: %s, %v", name, c.closed("ben"), lines(p))
			}
			if p := c.next(Run{Apply: true, Only: whole}).Plan; c.closed("ben") != closedAccount || len(c.due()) != 0 {
				t.Errorf("%s: the whole person: %s, due %v, %v", name, c.closed("ben"), c.due(), lines(p))
			}
		}
	}
}

// Somebody whose id an enabled entry has is there, whatever other entries with that id
// say and in whatever order they stand (S02).
func TestS02ADisabledEntryHidesNoEnabledOne(t *testing.T) {
	t.Parallel()
	old := source.Person{ID: "2", Email: "ben@corp.example", Disabled: "left"}
	back := source.Person{ID: "2", Email: "ben.new@corp.example"}
	for name, x := range map[string]struct {
		entries []source.Person
		banned  bool
	}{
		"enabled first":  {[]source.Person{back, old}, false},
		"disabled first": {[]source.Person{old, back}, false},
		"only disabled":  {[]source.Person{old}, true},
	} {
		c := unfinished(t)
		c.source().Snapshot.People = append(c.source().Snapshot.People, x.entries...)
		if p := c.apply().Plan; c.isBanned() != x.banned {
			t.Errorf("%s: %s, %v", name, c.closed("ben"), lines(p))
		}
	}
	for name, person := range map[string]string{"enabled": "2 ben.new@corp.example", "disabled": "2 ben.new@corp.example off=left"} {
		c := ladder(t)
		c.config.SameIDs = policy.SameIDs{"hr": "hr", "crm": "hr"}
		c.apply()
		c.depart(1)
		c.source().Snapshot.People = append(c.source().Snapshot.People, old)
		c.otherSource(person)
		if p := c.apply().Plan; c.isBanned() != (name == "disabled") {
			t.Errorf("%s in a source with the same ids: %s, %v", name, c.closed("ben"), lines(p))
		}
	}
}

// The removal is approved and done while something else keeps the step. The step asks for
// its own approval when it can go (S23).
func TestS23AStepThatWaitsAsksLater(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ keep, free func(c *chronicle) }{
		"the memberships cannot be read": {
			func(c *chronicle) { c.clerk.Faults["memberships_of * user_ben"] = errors.New("no answer") },
			func(c *chronicle) { clear(c.clerk.Faults) }},
		"over the limit": {
			func(c *chronicle) { c.config.Guards.LockOrBan = policy.Limit{} },
			func(c *chronicle) { c.config.Guards.LockOrBan = policy.DefaultGuards().LockOrBan }},
	} {
		c := ladder(t)
		c.apply()
		c.config.Leavers = policy.Leavers{Account: policy.AccountBan}
		c.config.Guards.Removals = policy.Limit{People: 0}
		c.depart(1)
		x.keep(c)
		c.apply(c.plan().Holds[0].Approval)
		if c.clerk.Find("org_acme", "user_ben") != nil || c.isBanned() {
			t.Fatalf("%s: %s", name, c.closed("ben"))
		}
		x.free(c)
		h := c.held(c.apply().Plan, "lock_or_ban")
		if c.isBanned() {
			t.Errorf("%s: nobody approved the ban", name)
		}
		if c.apply(h.Approval); !c.isBanned() {
			t.Errorf("%s: approved, and not banned", name)
		}
	}
}

// Somebody who has left one group may be the member of another one who cannot be read: the
// removal is done, and the account waits (S10). A member who could not be read while they
// were there is somebody else.
func TestS10WhoHasMovedMayBeUnreadable(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		member                  source.Unusable
		before, unknown, banned bool
	}{
		"known by the DN":            {member: source.Unusable{Ref: "uid=ben"}},
		"a new DN with the name":     {member: source.Unusable{Ref: "uid=BEN,ou=hidden"}},
		"the name in an old state":   {member: source.Unusable{Ref: "uid=BEN,ou=hidden"}, unknown: true},
		"the name of another one":    {member: source.Unusable{Ref: "uid=BEN,ou=hidden"}, before: true, banned: true},
		"a group":                    {member: source.Unusable{Ref: "cn=inner", Group: true}},
		"somebody else":              {member: source.Unusable{Ref: "uid=cy"}, banned: true},
		"a new DN and name":          {member: source.Unusable{Ref: "uid=zoe,ou=hidden"}},
		"a stranger":                 {member: source.Unusable{Ref: "uid=zoe,ou=hidden"}, before: true, banned: true},
		"something without a name":   {member: source.Unusable{Ref: "S-1-5-21"}, before: true, banned: true},
		"something new without one":  {member: source.Unusable{Ref: "S-1-5-21"}},
		"a DN with an empty name":    {member: source.Unusable{Ref: "uid=,ou=hidden"}, before: true, banned: true},
		"the address as the name":    {member: source.Unusable{Ref: "mail=ben@corp.example,ou=hidden"}, unknown: true},
		"the id as the name":         {member: source.Unusable{Ref: "employeeNumber=2, ou=hidden"}, unknown: true},
		"a stranger in an old state": {member: source.Unusable{Ref: "uid=zoe,ou=hidden"}, unknown: true, banned: true},
		"a colleague's name":         {member: source.Unusable{Ref: "uid=cy"}, banned: true},
		"the id within a long name":  {member: source.Unusable{Ref: "cn=2 of us,ou=hidden"}, before: true, banned: true},
	} {
		c := ladder(t)
		for i, dn := range []string{"uid=ann", "uid=ben", "uid=cy", "uid=dan", "uid=eve", "uid=fay"} {
			c.source().Snapshot.People[i].Origin.DN = dn
		}
		c.source().Group("sales")
		if x.before { // the member stood beside ben, and is somebody else
			c.source().Snapshot.Groups[1].Unusable = []source.Unusable{x.member}
		}
		c.apply()
		if x.unknown {
			if err := c.db.Remember(t.Context(), 0, nil, []journal.Fact{{Kind: memory.FactUnreadable, Key: "hr"}}); err != nil {
				t.Fatal(err)
			}
		}
		if name == "a colleague's name" { // people write their own, and cy cannot be read today
			c.clerk.Accounts[1].Emails = append(c.clerk.Accounts[1].Emails, clerkapi.EmailAddress{Address: "cy@home.example", Verified: true})
		}
		c.depart(1)
		c.source().Snapshot.Groups[1].Unusable = []source.Unusable{x.member}
		if p := c.apply().Plan; c.isBanned() != x.banned || c.clerk.Find("org_acme", "user_ben") != nil {
			t.Errorf("%s: %s, %v", name, c.closed("ben"), lines(p))
		}
		c.source().Snapshot.Groups[1].Unusable = nil
		if c.apply(); !c.isBanned() || len(c.due()) != 0 {
			t.Errorf("%s, and readable again: %s, due %v", name, c.closed("ben"), c.due())
		}
	}
}

// The second answer of a directory proves nobody's absence if it is in doubt, as the first
// one would be (S09, S10, S13). The next run looks again.
func TestS09TheSecondAnswerIsWholeToo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *source.Snapshot){
		"whole":            func(*source.Snapshot) {},
		"not synchronized": func(s *source.Snapshot) { s.NoRemovals = []string{"the server is not synchronized"} },
		"without a canary": func(s *source.Snapshot) { s.MissingCanaries = []string{"person ann"} },
		"with a hidden part": func(s *source.Snapshot) {
			s.Groups = slices.Clone(s.Groups)
			s.Groups[0].Unusable = []source.Unusable{{Ref: "cn=inner", Group: true}}
		},
	} {
		c := ladder(t)
		c.apply()
		c.depart(1)
		s, reads := c.source(), 0
		first := s.Snapshot
		s.Before = func() {
			if reads++; reads == 2 {
				change(&s.Snapshot)
			}
		}
		if p := c.apply().Plan; c.isBanned() != (name == "whole") || reads != 2 {
			t.Errorf("%s: %s after %d reads, %v", name, c.closed("ben"), reads, lines(p))
		}
		s.Before, s.Snapshot = nil, first
		if c.apply(); !c.isBanned() || len(c.due()) != 0 {
			t.Errorf("%s, and whole again: %s, due %v", name, c.closed("ben"), c.due())
		}
	}
}

// What an earlier run has left waits while removals is none, and is forgotten if the source
// that had the person is configured no longer: nothing says that they are not in it (S26).
func TestS26TheRestOfTheLadderFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	c := unfinished(t)
	c.config.Removals = policy.RemovalsNone
	if p := c.apply().Plan; c.isBanned() || len(c.due()) != 1 {
		t.Errorf("removals: none: %s, due %v, %v", c.closed("ben"), c.due(), lines(p))
	}
	c.config.Removals = policy.RemovalsManaged
	if c.apply(); !c.isBanned() || len(c.due()) != 0 {
		t.Errorf("managed again: %s, due %v", c.closed("ben"), c.due())
	}

	c = unfinished(t)
	c.otherSource("x1 zoe@corp.example")
	c.sources, c.rules = c.sources[1:], nil
	c.config.Retire = map[string]policy.Retire{"acme": policy.RetireKeep, "beta": policy.RetireKeep}
	c.rule("acme", "org:member", "leads")
	if p := c.apply().Plan; c.isBanned() || len(c.due()) != 0 {
		t.Errorf("another source: %s, due %v, %v", c.closed("ben"), c.due(), lines(p))
	}
}

// The rest of the sessions in an organization ends only there where nobody stopped it, and
// where Clerk shows that the user is no member (S16, S25, S26).
func TestS16TheSessionsInAnOrganizationThatIsNotRead(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		change, back func(c *chronicle)
		due          int
	}{
		"not listed": {func(c *chronicle) { c.clerk.Unlisted["org_acme"] = errors.New("does not add up") },
			func(c *chronicle) { clear(c.clerk.Unlisted) }, 1},
		"removals: none": {func(c *chronicle) { c.config.Removals = policy.RemovalsNone },
			func(c *chronicle) { c.config.Removals = policy.RemovalsManaged }, 1},
		"paused": {func(c *chronicle) {
			if err := c.db.Pause(c.t.Context(), journal.Pause{Organization: "org_acme", Reason: "a test", By: "ops"}); err != nil {
				c.t.Fatal(err)
			}
		}, func(c *chronicle) {
			if err := c.db.Resume(c.t.Context(), "org_acme"); err != nil {
				c.t.Fatal(err)
			}
		}, 1},
		"the plan adds them again": {func(c *chronicle) {
			g := &c.source().Snapshot.Groups[0]
			g.Members = append(slices.Clone(g.Members), source.Member{Person: 1})
		}, nil, 0},
		"another one is paused": {func(c *chronicle) {
			if err := c.db.Pause(c.t.Context(), journal.Pause{Organization: "org_own", Reason: "a test", By: "ops"}); err != nil {
				c.t.Fatal(err)
			}
		}, nil, 0},
		"in no rule, a member by hand": {func(c *chronicle) {
			c.clerk.Member("acme", "user_ben", "org:member", `{}`)
			c.rules = c.rules[1:]
			c.config.Retire = map[string]policy.Retire{"acme": policy.RetireKeep}
		}, nil, 0},
	} {
		c := moves(t)
		c.clerk.Faults["sessions * user_ben"] = &clerkapi.Error{Status: 500, Attempts: 3}
		c.apply()
		clear(c.clerk.Faults)
		x.change(c)
		want := 4
		if name == "another one is paused" {
			want = 2
		}
		if p := c.apply().Plan; len(c.clerk.Sessions["user_ben"]) != want || len(c.due()) != x.due {
			t.Errorf("%s: %v, due %v, %v", name, c.clerk.Sessions["user_ben"], c.due(), lines(p))
		}
		if x.back == nil {
			continue
		}
		x.back(c)
		if c.apply(); len(c.clerk.Sessions["user_ben"]) != 2 || len(c.due()) != 0 {
			t.Errorf("%s, and back: %v, due %v", name, c.clerk.Sessions["user_ben"], c.due())
		}
	}
}

// An account that one short list leaves out is not banned: only with Clerk's word that there
// is no such account, the step is done (S09).
func TestS09AShortListOfUsersIsNoBan(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	c.depart(1)
	all := slices.Clone(c.clerk.Accounts)
	c.clerk.Faults["ban accounts user_ben"] = &clerkapi.Error{Status: 500, Attempts: 3}
	c.clerk.During = func(call string) {
		if call == "ban accounts user_ben" {
			c.clerk.Accounts = slices.Delete(slices.Clone(all), 1, 2)
		}
	}
	r := c.apply()
	c.clerk.During, c.clerk.Accounts = nil, all
	clear(c.clerk.Faults)
	if r.Tally("failed") != 1 || len(c.due()) != 1 {
		t.Errorf("%+v, due %v", r.Outcomes, c.due())
	}
	if c.apply(); !c.isBanned() || len(c.due()) != 0 {
		t.Errorf("%s, due %v", c.closed("ben"), c.due())
	}
}

// Somebody has unbanned an account by hand, while a later step of the ladder still fails:
// rollcall does not ban it again, and lets it be (S30).
func TestS30NobodyIsBannedAgainAfterAHand(t *testing.T) {
	t.Parallel()
	for _, unbanned := range []bool{true, false} {
		c := ladder(t)
		c.apply()
		c.clerk.Faults["keys * user_ben"] = &clerkapi.Error{Status: 403, Code: "not_allowed_access", Attempts: 1}
		c.depart(1)
		c.apply()
		c.apply()
		if !c.isBanned() || len(c.due()) != 1 {
			t.Fatalf("%s, due %v", c.closed("ben"), c.due())
		}
		c.clerk.Accounts[1].Banned = !unbanned
		c.clerk.Sessions["user_ben"] = []string{"sess_new"}
		c.clerk.Calls = nil
		p := c.apply().Plan
		if unbanned && (len(c.clerk.Calls) != 0 || len(c.due()) != 0 || p.Accounts().Changes[0].Reasons.First() != plan.LeaverClaimed) {
			t.Errorf("unbanned: %s, due %v, called %v, %v", c.closed("ben"), c.due(), c.clerk.Calls, lines(p))
		}
		clear(c.clerk.Faults)
		if c.apply(); len(c.due()) != 0 || c.isBanned() == unbanned || (len(c.clerk.Keys["user_ben"]) == 0) == unbanned {
			t.Errorf("unbanned %t: %s, due %v", unbanned, c.closed("ben"), c.due())
		}
	}
}

// The account in whose name rollcall invites stays, or no invitation could be sent. Once it
// is another one, the ladder goes on.
func TestTheInviterIsNotBanned(t *testing.T) {
	t.Parallel()
	for inviter, banned := range map[string]bool{"user_ben": false, "user_ann": true} {
		c := ladder(t)
		c.config.Invitations.Inviter = inviter
		c.apply()
		c.depart(1)
		if p := c.apply().Plan; c.isBanned() != banned || (len(c.due()) == 0) != banned {
			t.Errorf("%s: %s, due %v, %v", inviter, c.closed("ben"), c.due(), lines(p))
		}
		c.config.Invitations.Inviter = "user_cy"
		if c.apply(); !c.isBanned() || len(c.due()) != 0 {
			t.Errorf("%s, and then another one: %s, due %v", inviter, c.closed("ben"), c.due())
		}
	}
}

// A list of users that leaves the account out ends the ladder only if Clerk also says that
// there is no such account (S09).
func TestS09AShortListOfUsersEndsNoLadder(t *testing.T) {
	t.Parallel()
	c := unfinished(t)
	short := &shortUsers{Clerk: c.clerk, without: "user_ben"}
	c.wrapClerk = func(Clerk) Clerk { return short }
	if p := c.apply().Plan; c.isBanned() || len(c.due()) != 1 || p.Accounts().Changes[0].Reasons.First() != plan.LeaverUnproven {
		t.Errorf("a short list: %s, due %v, %v", c.closed("ben"), c.due(), lines(p))
	}
	c.wrapClerk = nil
	if c.apply(); !c.isBanned() || len(c.due()) != 0 {
		t.Errorf("whole again: %s, due %v", c.closed("ben"), c.due())
	}

	c = unfinished(t)
	c.clerk.Accounts = slices.Delete(slices.Clone(c.clerk.Accounts), 1, 2)
	if p := c.apply().Plan; p.Accounts() != nil || len(c.due()) != 0 {
		t.Errorf("an account that is gone: due %v, %v", c.due(), lines(p))
	}
}

// shortUsers leaves a user out of each list of users.
type shortUsers struct {
	*fake.Clerk
	without string
}

func (s *shortUsers) Users(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	users, err := s.Clerk.Users(ctx, q)
	return slices.DeleteFunc(users, func(u clerkapi.User) bool { return u.ID == s.without }), err
}

// Somebody who gets a membership while the run sends its removals keeps the account (S04).
// If Clerk does not say whether they have one, the next run does the rest.
func TestS04WhoIsAMemberAgainDuringTheRun(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		during func(c *chronicle)
		banned bool
	}{
		"nothing":    {func(*chronicle) {}, true},
		"a new one":  {func(c *chronicle) { c.clerk.Member("own", "user_ben", "org:admin", `{}`) }, false},
		"no answer":  {func(c *chronicle) { c.clerk.Faults["memberships_of * user_ben"] = errors.New("no answer") }, false},
		"one of ann": {func(c *chronicle) { c.clerk.Member("own", "user_ann", "org:admin", `{}`) }, true},
		"is gone now": {func(c *chronicle) {
			c.clerk.Faults["memberships_of * user_ben"] = &clerkapi.Error{Status: 404, Code: "resource_not_found", Attempts: 1}
		}, true},
	} {
		c := ladder(t)
		c.apply()
		c.depart(1)
		c.clerk.After = func(call string) {
			if call == "delete org_acme user_ben" {
				x.during(c)
			}
		}
		if r := c.apply(); c.isBanned() != x.banned || (len(c.due()) == 0) != x.banned {
			t.Errorf("%s: %s, due %v, %+v", name, c.closed("ben"), c.due(), r.Outcomes)
		}
		clear(c.clerk.Faults)
		if c.apply(); c.isBanned() != (name != "a new one") || len(c.due()) != 0 {
			t.Errorf("%s, the next run: %s, due %v", name, c.closed("ben"), c.due())
		}
	}
}
