package sync_test

import (
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// The invitation of a leaver over Clerk's own API: it is read although nobody is
// invited by rollcall, and only then (S26).
func TestS26AnInvitedLeaverIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Seed{Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}},
		Users: []sandbox.User{{ID: "user_ann", Email: "ann@corp.example"}, {ID: "user_ben", Email: "ben@corp.example"}}})
	db := sync.OpenNewJournal(t, journal.Options{})
	t.Cleanup(func() { _ = db.Close() }) // each write was on disk when it returned
	w.csv.Columns.ID, w.csv.Columns.Email, w.csv.Columns.Organization, w.csv.Columns.Role = "id", "email", "org", "role"
	apply := func(rows ...string) *plan.Plan {
		t.Helper()
		id, err := db.Begin(t.Context(), journal.Run{Verb: "apply"})
		if err != nil {
			t.Fatal(err)
		}
		w.file("id,email,org,role\n" + strings.Join(rows, "\n") + "\n")
		w.options = []sync.Option{sync.WithJournal(db, id)}
		report := w.run(sync.Run{Apply: true})
		if err := db.Finish(t.Context(), id, journal.Run{Outcome: "done"}); err != nil {
			t.Fatal(err)
		}
		return report.Plan
	}
	ann, ben := "1,ann@corp.example,acme,org:member", "2,ben@corp.example,acme,org:member"
	apply(ann, ben)
	apply(ann)
	reads := func() int {
		n := 0
		for _, r := range w.clerk.Requests() {
			if r.Kind == "GET /organization_invitations" {
				n++
			}
		}
		return n
	}
	if p := apply(ann); p.CountNotes(plan.ReaddedLeaver) != 0 || reads() != 0 {
		t.Errorf("nobody is invited: notes %+v, %d reads of invitations", p.Organizations[0].Notes, reads())
	}
	if _, err := w.client.CreateInvitation(t.Context(), "org_acme", clerkapi.NewInvitation{Email: "ben@corp.example", Role: "org:member"}); err != nil {
		t.Fatal(err)
	}
	if p := apply(ann); p.CountNotes(plan.ReaddedLeaver) != 1 || reads() != 1 {
		t.Errorf("ben is invited: notes %+v, %d reads of invitations", p.Organizations[0].Notes, reads())
	}
	if p := apply(ann, ben); p.CountNotes(plan.ReaddedLeaver) != 0 {
		t.Errorf("ben is wanted: notes %+v", p.Organizations[0].Notes)
	}
}
