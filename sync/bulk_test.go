package sync_test

import (
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
)

const (
	kindSingle = "POST /organizations/{organization_id}/invitations"
	kindBulk   = kindSingle + "/bulk"
)

// Ten of one organization share a request. Whatever becomes of it, nobody gets
// two mails and nobody is left out for somebody else's sake.
func TestInvitationsThatShareARequest(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name   string
		faults []sandbox.Fault
		change func(w *wave)
		// done in the first run, and the requests it took: for several, single.
		done, bulk, single int
	}{
		{name: "well", done: 22, bulk: 2, single: 2},
		{name: "an answer is lost", faults: []sandbox.Fault{{Kind: kindBulk, DropAfterEffect: true, Times: 1}}, done: 22, bulk: 2, single: 2},
		{name: "every answer is lost", faults: []sandbox.Fault{{Kind: kindBulk, DropAfterEffect: true}, {Kind: kindSingle, DropAfterEffect: true}}, done: 22, bulk: 2, single: 2},
		{name: "Clerk is in trouble", faults: []sandbox.Fault{{Kind: kindBulk, Status: 503}}, done: 22, bulk: 2, single: 22},
		{name: "Clerk takes none together", faults: []sandbox.Fault{{Kind: kindBulk, Status: 400}}, done: 22, bulk: 2, single: 22},
		{name: "one has been invited by hand meanwhile", change: func(w *wave) { w.byHand("n0-3@corp.example") }, done: 21, bulk: 2, single: 12},
		{name: "others have used the hour", faults: []sandbox.Fault{{Kind: kindBulk, Status: 429, RetryAfter: 3000}, {Kind: kindSingle, Status: 429, RetryAfter: 3000}}, bulk: -1},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seed, csv := newcomers(1, 22)
				w := newWave(t, seed)
				defer func() { _ = w.db.Close() }() // each write was on disk when it returned
				w.file(csv)
				if x.change != nil {
					w.first = func() { x.change(w) }
				}
				if err := w.clerk.SetFaults(x.faults...); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				r := w.apply(sync.Run{})
				if r.Tally(apply.Done) != x.done || r.Tally(apply.Failed) > 0 || r.NotTried > 0 {
					t.Errorf("%d done: %+v", r.Tally(apply.Done), r.Outcomes)
				}
				if took := time.Since(began); took > 5*time.Minute {
					t.Errorf("the run waited for %s", took)
				}
				if bulk, single := w.requests(kindBulk), w.requests(kindSingle); x.bulk >= 0 && (bulk != x.bulk || single != x.single) {
					t.Errorf("%d requests for several, %d single ones", bulk, single)
				}
				if err := w.clerk.SetFaults(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				w.restart()
				w.apply(sync.Run{})
				if times, twice := w.times(); len(times) != 22 || len(twice) > 0 {
					t.Errorf("%d invitations, twice: %v", len(times), twice)
				}
			})
		})
	}
}

func (w *wave) requests(kind string) int { return len(w.clerk.Requests(kind)) }

// byHand invites somebody in the dashboard, so to speak.
func (w *wave) byHand(email string) {
	w.t.Helper()
	c, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(w.clerk.SecretKey()), APIURL: "http://127.0.0.1"},
		clerkapi.WithTransport(w.clerk.RoundTripper()))
	if err == nil {
		_, err = c.CreateInvitation(w.t.Context(), "org_000", clerkapi.NewInvitation{Email: email, Role: "org:member"})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.clerk.ForgetRequests()
}

// Invitations take seats, pending ones too: no more are sent than there are
// places, and who leaves gives theirs back.
func TestS19InvitationsTakeSeats(t *testing.T) {
	t.Parallel()
	one(t, 3, func(w *wave) {
		w.rewrite("2,b@corp.example,acme,org:member\n3,c@corp.example,acme,org:member\n4,d@corp.example,acme,org:member\n")
		r := w.apply(sync.Run{})
		if got := lines(r.Plan); got != "ready invite, ready invite, skipped invite" {
			t.Errorf("planned %s", got)
		}
		if s := r.Plan.Organizations[0].Seats; s.Before != 1 || s.After != 3 {
			t.Errorf("seats %+v", s)
		}
		w.rewrite("3,c@corp.example,acme,org:member\n4,d@corp.example,acme,org:member\n")
		if got := lines(w.days(1).Plan); got != "ready revoke_invitation, ready invite" {
			t.Errorf("planned %s", got)
		}
		w.tells("0 member pending, 0 member revoked, 1 member pending")
	})
}
