package sync_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

const aDay = 24 * time.Hour

// one is acme with a single newcomer, in fake time, and so many seats; 0 is no
// limit.
func one(t *testing.T, seats int, story func(w *wave)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWave(t, &sandbox.Seed{Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme", MaxMemberships: seats}},
			Users:       []sandbox.User{{ID: "user_ann", Email: "ann@corp.example"}},
			Memberships: []sandbox.Membership{{OrganizationID: "org_acme", UserID: "user_ann", Role: "org:admin"}}})
		defer func() { _ = w.db.Close() }() // each write was on disk when it returned
		w.comes("org:member")
		story(w)
	})
}

// comes says that the newcomer is to have a role; leaves, that they are gone.
func (w *wave) comes(role string) {
	w.rewrite("2,new@corp.example,acme," + role + "\n")
}

func (w *wave) leaves() { w.rewrite("") }

// rewrite puts other newcomers into the same file.
func (w *wave) rewrite(rows string) {
	w.t.Helper()
	if w.csv.Path == "" {
		w.file("")
	}
	if err := os.WriteFile(w.csv.Path, []byte("id,email,org,role\n1,ann@corp.example,acme,org:admin\n"+rows), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// days makes a run on each of so many days.
func (w *wave) days(n int) *sync.Report {
	w.t.Helper()
	var r *sync.Report
	for range n {
		time.Sleep(aDay)
		w.restart()
		r = w.apply(sync.Run{})
	}
	return r
}

// story is what became of each invitation, as "sent DAY role status".
func (w *wave) story() string {
	var out []string
	for _, i := range w.clerk.Snapshot().Invitations {
		if i.Status == "pending" && !time.UnixMilli(i.ExpiresAt).After(time.Now()) {
			i.Status = "expired"
		}
		out = append(out, fmt.Sprintf("%d %s %s", time.UnixMilli(i.CreatedAt).Sub(w.began)/aDay, strings.TrimPrefix(i.Role, "org:"), i.Status))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (w *wave) tells(want string) {
	w.t.Helper()
	if got := w.story(); got != want {
		w.t.Errorf("invitations: %s; want %s", got, want)
	}
}

func (w *wave) says(r *sync.Report, want string) {
	w.t.Helper()
	if got := fmt.Sprint(r.Plan.Organizations[0].Notes); !strings.Contains(got, want) {
		w.t.Errorf("notes %s, want %q", got, want)
	}
}

// One that has expired is sent again after the set time, so many times only.
func TestInvitationsAreSentAgain(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.config.Invitations.ExpiresInDays, w.config.Invitations.ResendAfter, w.config.Invitations.ResendMost = 3, 2*aDay, 2
		w.apply(sync.Run{})
		w.says(w.days(2), "invitation as org:member is pending")
		w.says(w.days(2), "the invitation expired on 2000-01-04; will be sent again after 2000-01-06 00:00Z")
		w.days(1)
		w.tells("0 member expired, 5 member pending")
		w.days(5)
		w.tells("0 member expired, 10 member pending, 5 member expired")
		w.says(w.days(20), "the invitation expired on 2000-01-14; sent 3 times, the limit of invitations.resend_most")
		w.tells("0 member expired, 10 member expired, 5 member expired")
		// Who leaves and comes back begins anew.
		w.leaves()
		w.days(1)
		w.comes("org:member")
		w.days(1)
		w.tells("0 member expired, 10 member expired, 32 member pending, 5 member expired")
	})
}

// While the clock is in doubt, no time is up (S28).
func TestS28NothingIsSentAgainByAWrongClock(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.config.Invitations.ExpiresInDays, w.config.Invitations.ResendAfter = 3, aDay
		w.apply(sync.Run{})
		w.clerk.MoveClock(10 * time.Minute)
		w.says(w.days(6), "not sent again, because the clock differs from Clerk's by 10m0s (S28)")
		w.tells("0 member expired")
	})
}

// Without the setting, nobody gets a second mail by themselves.
func TestInvitationsThatExpireStaySo(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.config.Invitations.ExpiresInDays = 3
		w.apply(sync.Run{})
		w.says(w.days(10), "not sent again (invitations.resend_after is not set)")
		w.tells("0 member expired")
	})
}

// What somebody revoked in Clerk stays revoked, whatever is configured.
func TestS30RevokedByHandStaysRevoked(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.config.Invitations.ResendAfter = time.Hour
		w.apply(sync.Run{})
		pending, err := w.client.PendingInvitations(w.t.Context())
		if err != nil || len(pending) != 1 {
			t.Fatal(pending, err)
		}
		if _, err := w.client.RevokeInvitation(w.t.Context(), "org_acme", pending[0].ID); err != nil {
			t.Fatal(err)
		}
		w.says(w.days(2), "was invited on 2000-01-01, but somebody revoked the invitation in Clerk; not invited again")
		w.tells("0 member revoked")
	})
}

// A run that was killed after it had sent is remembered by what is pending.
func TestS32KilledRunIsCounted(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.config.Invitations.ExpiresInDays, w.config.Invitations.ResendAfter, w.config.Invitations.ResendMost = 3, aDay, 1
		w.dieAt.Store(1)
		w.apply(sync.Run{})
		w.days(1)
		w.tells("0 member pending")
		w.days(30)
		w.tells("0 member expired, 4 member expired")
	})
}

// An address that Clerk refuses is tried after the set time, so many times.
func TestRefusedInvitationsAreTriedAgain(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.config.Invitations.ResendAfter, w.config.Invitations.ResendMost = 3*aDay, 1
		if err := w.clerk.SetFaults(sandbox.Fault{Kind: "POST /organizations/{organization_id}/invitations", Status: 422, Code: "form_param_format_invalid"}); err != nil {
			t.Fatal(err)
		}
		if r := w.apply(sync.Run{}); r.Tally(apply.Failed) != 1 {
			t.Errorf("outcomes %+v", r.Outcomes)
		}
		r := w.days(1)
		w.says(r, "Clerk refused the invitation on 2000-01-01 (form_param_format_invalid); will be sent again after 2000-01-04 00:00Z")
		if r := w.days(2); r.Tally(apply.Failed) != 1 {
			t.Errorf("outcomes %+v", r.Outcomes)
		}
		w.says(w.days(4), "sent 2 times, the limit of")
	})
}

// A pending one that is no longer as wanted stays, or is sent anew by option;
// then the two go together or not at all.
func TestInvitationsWhoseRoleChanges(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.apply(sync.Run{})
		w.comes("org:admin")
		w.says(w.days(1), "invitation as org:member is pending")
		w.tells("0 member pending")

		w.config.Invitations.WhenChanged = policy.ChangedRenew
		w.config.Removals = policy.RemovalsNone // nobody loses anything by it
		w.config.Guards.AdminGrants = policy.Limit{People: 0}
		r := w.days(1)
		if got := lines(r.Plan); got != "held revoke_invitation, held invite" {
			t.Errorf("held: %s", got)
		}
		w.tells("0 member pending")

		w.config.Guards.AdminGrants = policy.Limit{People: 5}
		if r = w.days(1); r.Tally(apply.Done) != 2 {
			t.Errorf("outcomes %+v", r.Outcomes)
		}
		w.tells("0 member revoked, 3 admin pending")
		if p := w.plan(); p.Count(plan.Ready) > 0 {
			t.Errorf("again: %s", lines(p))
		}
		// Twice in a day is no reason for a third mail.
		w.comes("org:member")
		time.Sleep(time.Hour)
		w.restart()
		w.apply(sync.Run{})
		w.tells("0 member revoked, 3 admin pending")
		w.days(1)
		w.tells("0 member revoked, 3 admin revoked, 4 member pending")
	})
}

// An old one that cannot be revoked has no second beside it.
func TestRenewalWithoutRevocation(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.config.Invitations.WhenChanged = policy.ChangedRenew
		w.config.Guards.AdminGrants = policy.Limit{People: 5}
		w.apply(sync.Run{})
		w.comes("org:admin")
		if err := w.clerk.SetFaults(sandbox.Fault{Kind: "POST /organizations/{organization_id}/invitations/{invitation_id}/revoke", Status: 422}); err != nil {
			t.Fatal(err)
		}
		if r := w.days(1); r.Tally(apply.Failed) != 1 || r.Tally(apply.Dropped) != 1 {
			t.Errorf("outcomes %+v", r.Outcomes)
		}
		w.tells("0 member pending")
	})
}

// Whoever is a member by other means needs no invitation, which takes a seat.
func TestS19InvitationOfAMember(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.apply(sync.Run{})
		if _, err := w.clerk.AddUser(sandbox.User{ID: "user_new", Email: "new@corp.example"}); err != nil {
			t.Fatal(err)
		}
		if got := lines(w.days(1).Plan); got != "ready add" {
			t.Errorf("planned %s", got)
		}
		w.tells("0 member pending")
		if got := lines(w.days(1).Plan); got != "ready revoke_invitation" {
			t.Errorf("planned %s", got)
		}
		w.tells("0 member revoked")
		if p := w.plan(); p.Count(plan.Ready) > 0 {
			t.Errorf("again: %s", lines(p))
		}
	})
}

// Who was invited, and leaves when nobody is invited any more, has theirs
// revoked all the same.
func TestInvitationsOutliveTheSetting(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.apply(sync.Run{})
		w.config.MissingUsers = policy.MissingReport
		w.says(w.days(1), "invitation as org:member is pending")
		w.leaves()
		w.days(1)
		w.tells("0 member revoked")
	})
}

// What undo took back is no mail too many: the run after the pause invites.
func TestS25UndoneInvitationIsSentAgain(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.apply(sync.Run{})
		w.apply(sync.Run{Undo: []int64{1}})
		w.tells("0 member revoked")
		w.days(1)
		w.tells("0 member revoked") // undo left a pause
		if err := w.db.Resume(w.t.Context(), "org_acme"); err != nil {
			w.t.Fatal(err)
		}
		w.days(1)
		w.tells("0 member revoked, 2 member pending")
	})
}

// lines are the changes as "state action".
func lines(p *plan.Plan) string {
	var out []string
	for _, c := range p.Changes() {
		out = append(out, string(c.State)+" "+c.Action.String())
	}
	return strings.Join(out, ", ")
}
