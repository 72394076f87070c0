package sync

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/recent"
)

// listing has the chronicle keep what it lists, and lists everything for somebody to whom
// nothing happens. Then the time passes.
func (c *chronicle) listing(age time.Duration) {
	c.t.Helper()
	c.options = []Option{WithRecent(&recent.Listing{})}
	c.next(Run{Apply: true, Only: "ann@corp.example"})
	c.now = c.now.Add(age)
}

// A run for one person who loses something writes down before it what a later run must
// know, with kept lists, which are read again then, and with lists that were too old (S32).
func TestS32TheAccountOfOnePersonWhoLeavesIsClosed(t *testing.T) {
	t.Parallel()
	for name, age := range map[string]time.Duration{"kept lists": 0, "old lists": 2 * time.Hour} {
		c := ladder(t)
		c.clean(c.apply().Plan)
		c.listing(age)
		c.depart(1)
		c.clerk.Faults["ban accounts user_ben"] = &clerkapi.Error{Status: 500, Attempts: 3}
		c.forOne("ben@corp.example")
		if c.clerk.Find("org_acme", "user_ben") != nil {
			t.Errorf("%s: ben is a member", name)
		}
		clear(c.clerk.Faults)
		if c.apply(); c.closed("ben") != closedAccount {
			t.Errorf("%s: ben has %s", name, c.closed("ben"))
		}
	}
}

// The account of somebody who moves is remembered until the other membership has the marker
// (S01).
func TestS01TheAccountOfOnePersonWhoMovesIsRemembered(t *testing.T) {
	t.Parallel()
	for name, age := range map[string]time.Duration{"kept lists": 0, "old lists": 2 * time.Hour} {
		c, src := mover(t)
		moved := src.Snapshot.Groups
		src.Snapshot.Groups = slices.Clone(moved[:1])
		src.Snapshot.Groups[0].Members = append(slices.Clone(moved[0].Members), source.Member{Person: 3})
		c.listing(age)
		src.Snapshot.Groups = moved // dan, whom only the marker in acme knows, moves to beta
		c.clerk.Faults["create org_beta user_dan"] = errUnavailable
		c.forOne("dan@corp.example")
		facts, err := c.db.Facts(t.Context(), memory.FactMover)
		if err != nil || len(facts) != 1 || c.clerk.Find("org_acme", "user_dan") != nil {
			t.Errorf("%s: %v, %v", name, facts, err)
		}
	}
}

// Many runs for one person each pass no limit that one run for everybody would not (S17).
func TestS17RunsForOnePersonCountTogether(t *testing.T) {
	t.Parallel()
	for role, limit := range map[string]func(g *policy.Guards){
		"org:member": func(g *policy.Guards) { g.Adds = policy.Limit{People: 3} },
		"org:admin":  func(g *policy.Guards) { g.AdminGrants = policy.Limit{People: 3} },
	} {
		s, f := company(t)
		limit(&s.config.Guards)
		s.rule("acme", role, "joiners").AllowEmpty = []string{"joiners"}
		c := remembering(t, s)
		people, joiners := []string{"1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example"}, []int{}
		for i := range 6 {
			email := fmt.Sprintf("new%d@corp.example", i)
			f.User(fmt.Sprint("user_new", i), email)
			people, joiners = append(people, fmt.Sprint("n", i, " ", email)), append(joiners, 3+i)
			c.sources[0] = fake.HR(people...).Group("staff", 0, 1, 2).Group("joiners", joiners...) // one joiner more
			r := c.forOne(email)
			if joined := f.Find("org_acme", fmt.Sprint("user_new", i)) != nil; joined != (i < 3) || (r.Members.Because == recent.Waiting) == joined {
				t.Errorf("%s: number %d joined %t: %+v", role, i+1, joined, r.Members)
			}
		}
	}
}

// A run that is made again with everything read still says which run it found cut off: an
// undo takes both back (S25, S32).
func TestS25ARunThatIsMadeAgainSaysWhatItFoundCutOff(t *testing.T) {
	t.Parallel()
	for who, because := range map[string]recent.Reason{"ben@corp.example": recent.Loss, "dan@corp.example": ""} {
		c, _ := newHire(t)
		runs, err := c.db.Runs(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		open := []journal.Change{{Action: plan.Add.String(), Organization: "org_acme", UserID: "user_dan", Email: "dan@corp.example", To: "org:member"}}
		if _, err := c.db.Intend(t.Context(), runs[0].ID, open); err != nil {
			t.Fatal(err)
		}
		c.source().Snapshot.People[1].Disabled = "left"
		r := c.forOne(who)
		if r.Members.Because != because || r.Recovered != runs[0].ID {
			t.Errorf("for %s: %+v, found run %d cut off, want %d", who, r.Members, r.Recovered, runs[0].ID)
		}
	}
}

// Whoever leaves leaves in the run for their address too, although Clerk shows the account
// under a user name or another address, and nobody else does (S04).
func TestS04OnePersonLeavesByAnyOfTheirAddresses(t *testing.T) {
	t.Parallel()
	const ann, cy = "1 ann@corp.example", "3 cy@corp.example"
	for name, x := range map[string]struct {
		addresses []string // of the account of ben
		row       string   // of ben, who is in no group any more
		left      string
	}{
		"a user name":            {[]string{"ben@corp.example"}, "", "user_ben"},
		"a second address":       {[]string{"b@home.example", "ben@corp.example"}, "", "user_ben"},
		"an unverified one":      {[]string{"b@home.example", "~ben@corp.example"}, "", ""},
		"the address of the row": {[]string{"b@home.example"}, "2 ben@corp.example", "user_ben"},
		"a disabled one":         {[]string{"b@home.example"}, "2 ben@corp.example off=left", "user_ben"},
		"of somebody else":       {[]string{"b@home.example"}, "9 ben@corp.example", ""},
	} {
		for _, dry := range []bool{true, false} {
			s, f := company(t)
			for i := range f.Accounts {
				if f.Accounts[i].ID == "user_ben" {
					f.Accounts[i].Emails = fake.NewClerk().User("user_ben", x.addresses...).Emails
				}
			}
			f.Find("org_acme", "user_ben").Identifier = "b"
			c := remembering(t, s)
			people, staff := []string{ann, cy}, []int{0}
			if x.row != "" {
				people = append(people, x.row)
			}
			c.sources[0] = fake.HR(people...).Group("staff", staff...) // cy leaves too
			if dry {
				p := c.next(Run{Only: "ben@corp.example", MayBeUnknown: true}).Plan
				if got := removed(p); got != x.left {
					t.Errorf("%s: the plan removes %q", name, got)
				}
				continue
			}
			c.forOne("ben@corp.example")
			if gone := f.Find("org_acme", "user_ben") == nil; gone != (x.left != "") || f.Find("org_acme", "user_cy") == nil {
				t.Errorf("%s: ben is gone: %t; %v", name, gone, f.Calls)
			}
		}
	}
}
