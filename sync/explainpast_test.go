package sync

import (
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/explain"
	"rollcall/sync/internal/fake"
)

// explained asks about somebody, with the history.
func (c *chronicle) explained(subject string) *explain.Explanation {
	c.t.Helper()
	return c.next(Run{Explain: subject}).Explanation
}

// moved gives the account of Dan another address, in the directory too.
func moved(t *testing.T) (*chronicle, *fake.Clerk) {
	t.Helper()
	c, f := changed(t)
	c.apply()
	i := slices.IndexFunc(f.Accounts, func(u clerkapi.User) bool { return u.ID == "user_dan" })
	f.Accounts[i].Emails[0].Address = "daniel@corp.example"
	c.source().Snapshot.People[3].Email = "daniel@corp.example"
	f.Find("org_acme", "user_dan").Identifier = "daniel@corp.example"
	return c, f
}

// An address of earlier, an id, the account and today's address find the same past.
func TestExplainFindsThePastByFormerAddresses(t *testing.T) {
	t.Parallel()
	c, _ := moved(t)
	for _, subject := range []string{"dan@corp.example", "daniel@corp.example", "4", "user_dan"} {
		x := c.explained(subject)
		if x.Unknown || len(x.Users) != 1 || x.Users[0].ID != "user_dan" {
			t.Errorf("%s: %+v", subject, x)
		}
		if len(x.Past) != 1 || x.Past[0].Run != 1 || x.Past[0].Result != "done" || x.Past[0].Label() != "acme" || x.Past[0].Change.Email != "dan@corp.example" {
			t.Errorf("%s: the past is %+v", subject, x.Past)
		}
	}
}

// Whoever inherits an address does not inherit the past of whoever had it (S02).
func TestS02ExplainKeepsThePastsOfTwoPeopleApart(t *testing.T) {
	t.Parallel()
	c, f := moved(t)
	f.User("user_new", "dan@corp.example")
	x := c.explained("dan@corp.example")
	if len(x.Past) != 0 || len(x.Users) != 1 || x.Users[0].ID != "user_new" {
		t.Errorf("%+v", x)
	}
	if x := c.explained("daniel@corp.example"); len(x.Past) != 1 {
		t.Errorf("Dan's own past: %+v", x.Past)
	}
}

// Nobody's past is nobody else's, and without a history there is none.
func TestExplainHasNoPastOfOthers(t *testing.T) {
	t.Parallel()
	c, _ := moved(t)
	if x := c.explained("zacharias@corp.example"); !x.Unknown || len(x.Past) != 0 || x.SourcesRead != 1 {
		t.Errorf("%+v", x)
	}
	if x := c.explained("boss@corp.example"); len(x.Past) != 0 || x.HistoryOff {
		t.Errorf("%+v", x)
	}
	if x := c.run(Run{Explain: "daniel@corp.example"}).Explanation; len(x.Past) != 0 || !x.HistoryOff {
		t.Errorf("without a history: %+v", x)
	}
}

// An account that Clerk has no more is known by its past alone.
func TestExplainKnowsWhomClerkHasNoMore(t *testing.T) {
	t.Parallel()
	c, f := moved(t)
	f.Accounts = slices.DeleteFunc(f.Accounts, func(u clerkapi.User) bool { return u.ID == "user_dan" })
	f.Members["org_acme"] = slices.DeleteFunc(f.Members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_dan" })
	src := c.source()
	src.Snapshot.People = src.Snapshot.People[:3]
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:1]
	x := c.explained("dan@corp.example")
	if x.Unknown || len(x.Users) != 0 || len(x.Past) != 1 || !strings.Contains(x.Reason, "not in the one source that was read, and not in Clerk; only earlier runs knew this person; last change: run 1 on ") {
		t.Errorf("%+v", x)
	}
}
