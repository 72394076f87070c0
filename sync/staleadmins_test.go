package sync

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
)

// staleClerk lists members as they once were. What it is asked about one member is up to
// date, or fails.
type staleClerk struct {
	*fake.Clerk
	members []clerkapi.Membership // of acme
	fails   error
}

func (s *staleClerk) ListMemberships(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	out, err := s.Clerk.ListMemberships(ctx, organizations)
	if acme, ok := out.Organizations["org_acme"]; ok {
		acme.Memberships = s.members
		out.Organizations["org_acme"] = acme
	}
	return out, err
}

func (s *staleClerk) FindMembership(ctx context.Context, organization, user string) (clerkapi.Membership, bool, error) {
	if s.fails != nil {
		return clerkapi.Membership{}, false, s.fails
	}
	return s.Clerk.FindMembership(ctx, organization, user)
}

// admins is acme with an admin who was made by hand, and three whom the first run makes
// admins.
func admins(t *testing.T) (*chronicle, *fake.Clerk) {
	t.Helper()
	s, f := company(t)
	f.User("user_boss", "boss@corp.example")
	f.Member("acme", "user_boss", "org:admin", "")
	s.rules[0].Role = "org:admin"
	c := begin(t, s)
	c.clean(c.apply().Plan)
	return c, f
}

// listed makes one run whose list of acme is the given one.
func (c *chronicle) listed(f *fake.Clerk, members []clerkapi.Membership, fails error) *Report {
	c.t.Helper()
	c.wrapClerk = func(Clerk) Clerk { return &staleClerk{f, members, fails} }
	defer func() { c.wrapClerk = nil }()
	return c.apply()
}

// A list from before an undo shows admins whom the undo has demoted. Nobody took their
// role by hand (S30): the rules apply again as soon as the pause ends.
func TestS30AStaleListAfterAnUndo(t *testing.T) {
	t.Parallel()
	c, f := admins(t)
	before := slices.Clone(f.Members["org_acme"])
	if r := c.undoing(true, 1); r.Tally(apply.Done) != 3 {
		t.Fatalf("undo: %+v", r.Outcomes)
	}
	c.resume()
	c.clean(c.listed(f, before, nil).Plan)
	if r := c.apply(); len(r.Plan.Holds) > 0 || r.Tally(apply.Done) != 3 {
		t.Errorf("holds %+v, outcomes %+v", r.Plan.Holds, r.Outcomes)
	}
}

// Somebody makes people admins again after an undo, and takes the role of one: that is not
// given back without approval (S30), also if Clerk did not answer for one membership.
func TestS30TakenByHandAfterAnUndo(t *testing.T) {
	t.Parallel()
	for _, fails := range []error{nil, errors.New("no answer")} {
		c, f := admins(t)
		c.undoing(true, 1)
		c.resume()
		for _, user := range []string{"user_ann", "user_ben", "user_cy"} {
			f.Find("org_acme", user).Role = "org:admin"
		}
		c.clean(c.listed(f, slices.Clone(f.Members["org_acme"]), fails).Plan)
		f.Find("org_acme", "user_ben").Role = "org:member"
		if h := c.held(c.apply().Plan, "revoked_admin"); h.Changes != 1 || f.Find("org_acme", "user_ben").Role != "org:member" {
			t.Errorf("hold %+v", h)
		}
	}
}

// An undo that is killed after it made somebody admin again has written down the change
// and nothing else. The undo that is then repeated finds nothing to do, and the memory has
// the admin all the same: what somebody takes by hand is not given back (S30).
func TestS30AnUndoThatIsKilledKeepsItsAdmins(t *testing.T) {
	t.Parallel()
	c, f := admins(t)
	c.rules[0].Role = "org:member"
	if r := c.apply(); r.Tally(apply.Done) != 3 {
		t.Fatalf("demotions: %+v", r.Outcomes)
	}
	demotions := c.newest()
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "undo"}) // and never Finish
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(c.config, c.rules, c.sources, c.clerk, WithJournal(&forgetful{c.db, 0}, id))
	if err != nil {
		t.Fatal(err)
	}
	r.now = func() time.Time { return c.now }
	if out, err := r.Undo(t.Context(), Run{Apply: true, Undo: []int64{demotions}}); err != nil || out.Tally(apply.Done) != 3 {
		t.Fatalf("undo: %+v, %v", out, err)
	}
	if r := c.next(Run{Apply: true, Undo: []int64{demotions}}); r.Tally(apply.Done) != 0 {
		t.Fatalf("repeated: %+v", r.Outcomes)
	}
	c.rules[0].Role = "org:admin"
	c.now = c.now.Add(30 * 24 * time.Hour)
	f.Find("org_acme", "user_ben").Role = "org:member"
	c.resume()
	if h := c.held(c.apply().Plan, "revoked_admin"); h.Changes != 1 {
		t.Errorf("hold %+v", h)
	}
}

// newest is the number of the newest run.
func (c *chronicle) newest() int64 {
	c.t.Helper()
	runs, err := c.db.Runs(c.t.Context(), 1)
	if err != nil {
		c.t.Fatal(err)
	}
	return runs[0].ID
}
