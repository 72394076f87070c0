package sync_test

import (
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

const kindSubscription = "GET /organizations/{organization_id}/billing/subscription"

// threeJoin are three organizations that one person joins in each.
func threeJoin() *crowded {
	c := besides()
	c.seed.Memberships = c.seed.Memberships[:0]
	for _, id := range crowdedOrganizations {
		c.seed.Memberships = append(c.seed.Memberships, sandbox.Membership{OrganizationID: id, UserID: "user_boss_" + id, Role: "org:admin"})
	}
	return c
}

// subscriptions counts the requests for subscriptions, by the report and by the
// sandbox, which have to agree.
func subscriptions(t *testing.T, w *world, report *sync.Report) int {
	t.Helper()
	sent, said := 0, 0
	for _, r := range w.clerk.Requests() {
		if r.Kind == kindSubscription {
			sent++
		}
	}
	for _, x := range report.Requests {
		if x.Kind == kindSubscription {
			said = x.Sent
			if x.Least != x.Sent {
				t.Errorf("sent %d requests for subscriptions, the minimum is %d", x.Sent, x.Least)
			}
		}
	}
	if sent != said {
		t.Errorf("%d requests for subscriptions, the report says %d", sent, said)
	}
	w.clerk.ForgetRequests()
	return sent
}

// Subscriptions are read where somebody joins, and nowhere else (S19).
func TestS19SeatsAreReadWhereSomebodyJoins(t *testing.T) {
	t.Parallel()
	c := threeJoin()
	w := c.start(t, t.TempDir())
	if n := subscriptions(t, w, w.run(sync.Run{Apply: true})); n != 3 {
		t.Errorf("%d subscriptions read, want 3", n)
	}
	if n := subscriptions(t, w, w.run(sync.Run{Apply: true})); n != 0 {
		t.Errorf("nobody joins, and %d subscriptions were read", n)
	}
}

// An instance without billing refuses the first subscription, and the others are
// not asked for (S19).
func TestS19AnInstanceWithoutBillingIsAskedOnce(t *testing.T) {
	t.Parallel()
	w := threeJoin().start(t, t.TempDir())
	if err := w.clerk.SetFaults(sandbox.Fault{Kind: kindSubscription, Status: 403, Code: "authorization_invalid"}); err != nil {
		t.Fatal(err)
	}
	report := w.run(sync.Run{Apply: true})
	if n := subscriptions(t, w, report); n != 1 || report.Tally(apply.Done) != 3 || len(report.Plan.Notes) != 0 {
		t.Errorf("%d subscriptions read, %d changes done, notes %+v", n, report.Tally(apply.Done), report.Plan.Notes)
	}
}

// A subscription without seats is read again after a day, one with seats in each run
// in which somebody joins (S19).
func TestS19UnlimitedSeatsAreRememberedForADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := threeJoin()
		c.seed.Organizations[0].Seats = 9
		c.seed.Organizations[1].Subscription = &sandbox.Subscription{Items: []sandbox.SubscriptionItem{{Seats: &sandbox.ItemSeats{}}}}
		w := c.start(t, t.TempDir())
		db := sync.OpenNewJournal(t, journal.Options{})
		defer func() { _ = db.Close() }() // each write was on disk when it returned
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{0, 3}, {time.Hour, 1}, {22 * time.Hour, 1}, {2 * time.Hour, 3}} {
			time.Sleep(step.after)
			for _, id := range crowdedOrganizations {
				_ = w.clerk.RemoveMembership(id, "user_1") // an error says that nobody has joined yet
			}
			id, err := db.Begin(t.Context(), journal.Run{Verb: "apply"})
			if err != nil {
				t.Fatal(err)
			}
			w.options = []sync.Option{sync.WithJournal(db, id)}
			w.clerk.ForgetRequests()
			report := w.run(sync.Run{Apply: true})
			if err := db.Finish(t.Context(), id, journal.Run{Outcome: "done"}); err != nil {
				t.Fatal(err)
			}
			if n := subscriptions(t, w, report); n != step.want {
				t.Errorf("after %s: %d subscriptions read, want %d", step.after, n, step.want)
			}
		}
	})
}

// A subscription that fails, breaks off or hangs is a note: everybody joins and
// leaves as if it counted no seats (S39, S40).
func TestS40SubscriptionsHoldNothing(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sandbox.Fault{
		"malformed": {Status: 422, Code: "form_param_value_invalid"},
		"broken":    {Status: 200, Body: "<html>"},
		"dropped":   {DropConnection: true},
		"slow":      {Delay: sandbox.Duration(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := threeJoin()
				c.seed.Users = append(c.seed.Users, sandbox.User{ID: "user_2", Email: "p2@corp.example"})
				c.seed.Memberships = append(c.seed.Memberships, sandbox.Membership{OrganizationID: "org_a", UserID: "user_2",
					PrivateMetadata: []byte(`{"rollcall":{"owner":"rollcall","source":"hr","id":"2"}}`)})
				w := c.start(t, t.TempDir())
				f.Kind = kindSubscription
				if err := w.clerk.SetFaults(f); err != nil {
					t.Fatal(err)
				}
				report := w.run(sync.Run{Apply: true})
				if report.Tally(apply.Done) != 4 || len(report.Plan.Notes) != 3 || len(report.Plan.Holds)+len(report.Plan.Failures) != 0 {
					t.Errorf("%d changes done, want 4; notes %+v, holds %+v", report.Tally(apply.Done), report.Plan.Notes, report.Plan.Holds)
				}
			})
		})
	}
}

// The plan says how many seats are missing, also while the joins wait for something
// else; the lower of the two limits counts, and a seat that nobody pays for is none (S19).
func TestS19MissingSeatsAreCounted(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		allowed, paid, taken int
		held                 bool
		missing              int
		text                 string
	}{
		"enough":        {5, 5, 1, false, 0, ""},
		"paid":          {9, 1, 1, false, 1, "1 seat is missing: 1 is paid, 1 is taken (S19)"},
		"allowed":       {1, 9, 1, false, 1, "1 seat is missing: 1 is allowed, 1 is taken (S19)"},
		"waiting":       {0, 1, 1, true, 1, "1 seat is missing: 1 is paid, 1 is taken, and 1 join waits: buy seats before it can be made"},
		"none is paid":  {0, 0, 1, false, 1, "1 seat is missing: 0 are paid, 1 is taken (S19)"},
		"waits, enough": {0, 9, 1, true, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := threeJoin()
			c.seed.Organizations[0].MaxMemberships = x.allowed
			c.seed.Organizations[0].Subscription = &sandbox.Subscription{Items: []sandbox.SubscriptionItem{{Seats: &sandbox.ItemSeats{Quantity: &x.paid}}}}
			w := c.start(t, t.TempDir())
			if x.held {
				w.config.Guards.Adds.People = 0
			}
			p := w.run(sync.Run{}).Plan
			o, got := &p.Organizations[0], map[string]bool{}
			for i := range o.Changes {
				if o.Changes[i].SkippedFor() == plan.NoSeat {
					got[o.Changes[i].Why] = true
				}
			}
			for _, n := range o.Notes {
				if n.Kind == plan.SeatsMissing {
					got[n.Text] = true
				}
			}
			want := map[string]bool{}
			if x.text != "" {
				want[x.text] = true
			}
			if o.Seats.Missing != x.missing || !maps.Equal(got, want) {
				t.Errorf("missing %d, said %v; want %d, %q", o.Seats.Missing, fmt.Sprint(got), x.missing, x.text)
			}
		})
	}
}
