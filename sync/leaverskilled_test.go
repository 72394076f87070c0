package sync

import (
	"context"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
)

// The first run of an installation is killed while it adds people, and ben leaves the
// directory before the next one. If his membership has been made, it ends, and his account
// is closed: the marker says whose it is (S01). If it has not, rollcall never gave him
// anything, and an address alone closes no account.
func TestS32AFirstRunThatIsKilledBeforeSomebodyLeaves(t *testing.T) {
	t.Parallel()
	for made, want := range map[bool]string{true: closedAccount, false: openAccount} {
		c := ladder(t)
		clear(c.clerk.Members)
		lost := &killedClerk{Clerk: c.clerk, makes: made}
		id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"}) // and never Finish
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(c.config, c.rules, c.sources, lost, WithJournal(&forgetful{c.db, 1}, id))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.RunOnce(t.Context(), Run{Apply: true}); err != nil {
			t.Fatal(err)
		}
		if is := c.clerk.Find("org_acme", "user_ben") != nil; is != made {
			t.Fatalf("ben is a member: %t", is)
		}
		c.depart(1)
		c.clean(c.apply().Plan)
		c.clean(c.apply().Plan)
		if m, got := c.clerk.Find("org_acme", "user_ben"), c.closed("ben"); m != nil || got != want {
			t.Errorf("made %t: the membership is %+v, the account has %s", made, m, got)
		}
		if c.clerk.Find("org_acme", "user_cy") == nil {
			t.Error("cy is not added")
		}
	}
}

// killedClerk makes no membership, or only those of ann and ben.
type killedClerk struct {
	*fake.Clerk
	makes bool
}

func (k *killedClerk) CreateMembership(ctx context.Context, organization string, m clerkapi.NewMembership) (clerkapi.Membership, error) {
	if m.UserID != "user_ann" && m.UserID != "user_ben" || !k.makes {
		return clerkapi.Membership{}, &clerkapi.Error{Status: 500}
	}
	return k.Clerk.CreateMembership(ctx, organization, m)
}
