package sync

import (
	"slices"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
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
// section of the accounts alone, or the removals of one of two addresses.
func TestNoStepWithoutTheRemovalInThePart(t *testing.T) {
	for name, part := range map[string]Run{
		"the accounts":   {Apply: true, Organization: "accounts"},
		"the address":    {Apply: true, Only: "ben@corp.example"},
		"the other one":  {Apply: true, Only: "ben.other@corp.example"},
		"the other part": {Apply: true, Organization: "beta"},
	} {
		c := ladder(t)
		c.clerk.Member("beta", "user_ben", "org:member", fake.Ours("2"))
		c.clerk.Find("org_beta", "user_ben").Identifier = "ben.other@corp.example"
		c.source().Group("sales", 1)
		c.apply()
		c.depart(1)
		if p := c.next(part).Plan; c.closed("ben") != openAccount {
			t.Errorf("%s: %s, %v", name, c.closed("ben"), lines(p))
		}
		if p := c.next(Run{Apply: true, Only: "user_ben"}).Plan; c.closed("ben") != closedAccount || len(c.due()) != 0 {
			t.Errorf("%s: the whole person: %s, due %v, %v", name, c.closed("ben"), c.due(), lines(p))
		}
	}
}
