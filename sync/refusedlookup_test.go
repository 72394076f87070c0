package sync_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// An address that Clerk refuses to look up keeps nobody else in or out: its person is
// unknown, gets nothing, and is named. Under removals: all the person may be any member
// without a marker, so nobody of the organization loses anything (S10).
func TestS39AnAddressThatClerkRefusesKeepsNobodyIn(t *testing.T) {
	t.Parallel()
	refused := sandbox.Fault{Kind: "GET /users", Query: map[string]string{"email_address": "n0@corp.example"}, Status: 422, Code: "form_param_format_invalid"}
	for _, action := range []string{"adds", "invitations", "creations"} {
		for _, n := range []int{1, 5} {
			for _, removals := range []policy.Removals{policy.RemovalsManaged, policy.RemovalsAll} {
				t.Run(action+" "+string(removals), func(t *testing.T) {
					inBubble(t, action, n, func(t *testing.T, p *progress) {
						p.config.Removals = removals
						if err := p.clerk.SetFaults(refused); err != nil {
							t.Fatal(err)
						}
						for run := range 2 {
							made := p.apply(sync.Run{}).Plan
							if p.in() != n-1 {
								t.Errorf("run %d: %d of %d are in", run, p.in(), n-1)
							}
							held := slices.ContainsFunc(made.Holds, func(h plan.Hold) bool {
								return h.Reason == plan.UnreadableMembers && strings.Contains(h.Text, "n0@corp.example")
							})
							noted := slices.ContainsFunc(made.Organizations[0].Notes, func(n plan.Note) bool {
								return n.Rule == "S10" && strings.Contains(n.Text, "n0@corp.example") && strings.Contains(n.Text, "refuses to look up")
							})
							if left := p.lossesLeft(); (len(left) > 0) != (removals == policy.RemovalsAll) || held != (len(left) > 0) || !held && !noted {
								t.Errorf("run %d: left %q, holds %+v, notes %+v", run, left, made.Holds, made.Organizations[0].Notes)
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
}
