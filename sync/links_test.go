package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
)

// links are the addresses of which the journal has the link that Clerk has.
func (w *wave) links() string {
	w.t.Helper()
	kept, err := w.db.Links(w.t.Context(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, l := range kept {
		for _, i := range w.clerk.Snapshot().Invitations {
			if i.ID == l.InvitationID && i.Email == l.Email && i.URL == l.URL.Reveal() {
				out = append(out, l.Email)
			}
		}
	}
	if len(out) != len(kept) {
		w.t.Errorf("links %v", kept)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// With notify: false the journal has the link of each pending invitation, whichever
// way its answer came: alone, with others, or not at all.
func TestInvitationLinksAreKept(t *testing.T) {
	t.Parallel()
	const single, several = "POST /organizations/{organization_id}/invitations", "POST /organizations/{organization_id}/invitations/bulk"
	for name, x := range map[string]struct {
		people int
		fault  sandbox.Fault
		notify bool
	}{
		"one":                            {people: 1},
		"ten":                            {people: 10},
		"one, the answer lost":           {people: 1, fault: sandbox.Fault{Kind: single, DropAfterEffect: true, Times: 1}},
		"ten, the answer lost":           {people: 10, fault: sandbox.Fault{Kind: several, DropAfterEffect: true, Times: 1}},
		"ten, refused":                   {people: 10, fault: sandbox.Fault{Kind: several, Status: 422, Times: 1}},
		"ten, and Clerk has sent a mail": {people: 10, notify: true},
	} {
		t.Run(name, func(t *testing.T) {
			one(t, 0, func(w *wave) {
				w.config.Invitations.Notify = x.notify
				var rows, want []string
				for i := range x.people {
					rows = append(rows, fmt.Sprintf("n%d,n%d@corp.example,acme,org:member\n", i, i))
					if !x.notify {
						want = append(want, fmt.Sprintf("n%d@corp.example", i))
					}
				}
				w.rewrite(strings.Join(rows, ""))
				if x.fault.Kind != "" {
					if err := w.clerk.SetFaults(x.fault); err != nil {
						t.Fatal(err)
					}
				}
				w.apply(sync.Run{})
				w.days(1)
				if got := w.links(); got != strings.Join(want, " ") {
					t.Errorf("links of %q, want %q", got, want)
				}
			})
		})
	}
}

// A process that dies before it has written the outcome leaves no link behind; the
// next run reads it when it looks the invitation up (S32).
func TestS32InvitationLinkOfAKilledRun(t *testing.T) {
	t.Parallel()
	one(t, 0, func(w *wave) {
		w.config.Invitations.Notify = false
		w.dieAt.Store(1)
		w.apply(sync.Run{})
		if len(w.clerk.Snapshot().Invitations) != 1 || w.links() != "" {
			t.Errorf("invitations %+v, links %q", w.clerk.Snapshot().Invitations, w.links())
		}
		w.days(1)
		if got := w.links(); got != "new@corp.example" {
			t.Errorf("links of %q", got)
		}
	})
}

// The next run deletes the link of an invitation that was accepted, revoked by hand, or
// has expired. The link of a pending one stays.
func TestInvitationLinksGoWithTheirInvitations(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		end  func(w *wave) error
		left string
	}{
		"accepted": {func(w *wave) error {
			_, err := w.clerk.AcceptInvitation(w.clerk.Snapshot().Invitations[0].ID, "")
			return err
		}, ""},
		"pending": {func(*wave) error { return nil }, "new@corp.example"},
		"expired": {func(w *wave) error { w.days(31); return nil }, ""},
		"left":    {func(w *wave) error { w.leaves(); return nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			one(t, 0, func(w *wave) {
				w.config.Invitations.Notify = false
				w.apply(sync.Run{})
				if err := x.end(w); err != nil {
					t.Fatal(err)
				}
				w.days(1)
				if got := w.links(); got != x.left {
					t.Errorf("links of %q, want %q", got, x.left)
				}
			})
		})
	}
}
