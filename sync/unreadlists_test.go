package sync_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/policy"
)

// unreadLists are faults of the lists that no removal needs.
var unreadLists = []sandbox.Fault{
	{Method: "GET", Path: "/organization_invitations", Status: 500},
	{Method: "GET", Path: "/organization_invitations", Status: 403, Code: "feature_not_enabled"},
	{Method: "GET", Path: "/organization_invitations", CutAfterBytes: 40},
	{Method: "GET", Path: "/role_sets", Status: 503},
	{Method: "GET", Path: "/role_sets", Status: 404, Code: "resource_not_found"},
}

func isOfInvitations(f *sandbox.Fault) bool { return f.Path == "/organization_invitations" }

// Nobody who has left stays because a list cannot be read that only people who join need:
// the pending invitations, or the role sets. The run says what was not read, sends no
// invitation that may be pending, and is made up for once the list can be read.
func TestS39NobodyStaysForAListThatLossesDoNotNeed(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"adds", "invitations", "creations", "promotions"} {
		for i := range unreadLists {
			fault := &unreadLists[i]
			t.Run(action+" "+fault.Path+" "+fault.Code, func(t *testing.T) {
				inBubble(t, action, 5, func(t *testing.T, p *progress) {
					if err := p.clerk.SetFaults(*fault); err != nil {
						t.Fatal(err)
					}
					want, in := []string(nil), 5
					if isOfInvitations(fault) {
						want = []string{"the invitation"}
						if action == "invitations" || action == "creations" {
							in = 0
						}
					}
					for run := range 3 {
						r := p.apply(sync.Run{})
						if left := p.lossesLeft(); !slices.Equal(left, want) || p.in() != in {
							t.Errorf("run %d: left %q, %d are in, want %d", run, left, p.in(), in)
						}
						if f := r.Plan.Failures; len(f) != 1 || !strings.Contains(f[0].Text, fault.Path) || r.Tally(apply.Failed) > 0 {
							t.Errorf("run %d: failures %+v, %d changes failed", run, f, r.Tally(apply.Failed))
						}
					}
					if err := p.clerk.SetFaults(); err != nil {
						t.Fatal(err)
					}
					p.converges()
					if left := p.lossesLeft(); len(left) > 0 {
						t.Errorf("in the end: left %q", left)
					}
				})
			})
		}
	}
}

// While the pending invitations cannot be read, the memory of those that were sent stays:
// otherwise no later run would look for the invitation of somebody who has left, once
// people are invited no more.
func TestS39InvitationsThatWereNotReadAreNotForgotten(t *testing.T) {
	t.Parallel()
	inBubble(t, "adds", 2, func(t *testing.T, p *progress) {
		p.people("boss,boss@corp.example,acme,org:admin\ndemoted,demoted@corp.example,acme,org:admin\n" +
			"leaver1,leaver1@corp.example,acme,org:member\nleaver2,leaver2@corp.example,acme,org:member\n") // only who was invited leaves
		if err := p.clerk.SetFaults(unreadLists[0]); err != nil {
			t.Fatal(err)
		}
		p.apply(sync.Run{})
		p.config.MissingUsers = policy.MissingReport
		p.apply(sync.Run{})
		if err := p.clerk.SetFaults(); err != nil {
			t.Fatal(err)
		}
		p.apply(sync.Run{})
		if slices.Contains(p.lossesLeft(), "the invitation") {
			t.Error("the invitation of somebody who has left is pending still")
		}
	})
}

// An undo needs the pending invitations: one that it does not see is not over (S25).
func TestS25UndoNeedsTheInvitations(t *testing.T) {
	t.Parallel()
	inBubble(t, "invitations", 2, func(t *testing.T, p *progress) {
		p.apply(sync.Run{})
		runs, err := p.db.Runs(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		undo := func() (*sync.Report, error) {
			id, err := p.db.Begin(t.Context(), journal.Run{Verb: "undo"})
			if err != nil {
				t.Fatal(err)
			}
			p.options = []sync.Option{sync.WithJournal(p.db, id)}
			return p.try(t.Context(), sync.Run{Apply: true, Undo: []int64{runs[0].ID}})
		}
		if err := p.clerk.SetFaults(unreadLists[0]); err != nil {
			t.Fatal(err)
		}
		before := len(p.clerk.Writes())
		if _, err := undo(); err == nil || !strings.Contains(err.Error(), "list invitations") || len(p.clerk.Writes()) != before {
			t.Errorf("%v, %d writes", err, len(p.clerk.Writes())-before)
		}
		if err := p.clerk.SetFaults(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, err := undo(); err != nil || p.in() != 0 {
			t.Errorf("%v: %d are invited still", err, p.in())
		}
	})
}
