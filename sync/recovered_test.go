package sync

import (
	"testing"
	"time"

	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// killedAdd is acme, where ben is a member with our marker since the given time, and an
// admin by the directory. A run has recorded that it is about to add ben as an admin, and
// was killed.
func killedAdd(t *testing.T, created time.Duration) (*chronicle, *fake.Clerk) {
	t.Helper()
	s, f := company(t)
	f.User("user_boss", "boss@corp.example")
	f.Member("acme", "user_boss", "org:admin", "")
	s.rule("acme", "org:admin", "admins")
	s.rules[0], s.rules[1] = s.rules[1], s.rules[0]
	c := begin(t, s)
	c.source().Group("admins", 1)
	f.Find("org_acme", "user_ben").CreatedAt = c.now.Add(created).UnixMilli()
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.db.Intend(t.Context(), id, []journal.Change{{Action: plan.Add.String(), Organization: "org_acme", UserID: "user_ben", Email: "ben@corp.example",
		Source: "hr", PersonID: "2", To: "org:admin", Admin: string(plan.AdminGained), Private: []byte(fake.Ours("2"))}}); err != nil {
		t.Fatal(err)
	}
	return c, f
}

// A membership that was there before the add is not what the killed run added: nobody
// has taken a role by hand there, and an undo of the run leaves the membership (S33).
func TestS33ARunThatWasKilledDidNotAddWhatWasThere(t *testing.T) {
	t.Parallel()
	c, f := killedAdd(t, -24*time.Hour)
	r := c.apply()
	if c.clean(r.Plan); f.Find("org_acme", "user_ben").Role != "org:admin" || r.Tally(apply.Done) == 0 {
		t.Errorf("ben: %+v, outcomes %+v", f.Find("org_acme", "user_ben"), r.Outcomes)
	}
	if _, err := c.once(t.Context(), Run{Apply: true, Undo: []int64{1}}); err != nil {
		t.Fatal(err)
	}
	if f.Find("org_acme", "user_ben") == nil {
		t.Error("the undo removes what was there before")
	}
}

// If the killed run made the membership, somebody else has taken the admin role by hand
// since. It is not given back without approval (S30), and an undo takes the add back.
func TestS33ARunThatWasKilledAddedWhatIsNew(t *testing.T) {
	t.Parallel()
	c, f := killedAdd(t, time.Second)
	if h := c.held(c.apply().Plan, "revoked_admin"); h.Changes != 1 || f.Find("org_acme", "user_ben").Role != "org:member" {
		t.Errorf("hold %+v", h)
	}
	if _, err := c.once(t.Context(), Run{Apply: true, Undo: []int64{1}}); err != nil {
		t.Fatal(err)
	}
	if m := f.Find("org_acme", "user_ben"); m != nil {
		t.Errorf("the undo leaves %+v", m)
	}
}
