package sync

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// readded are the notes of a plan that name leavers whom somebody added again.
func readded(p *plan.Plan) (out []plan.Note) {
	for i := range p.Organizations {
		for _, n := range p.Organizations[i].Notes {
			if n.Kind == plan.ReaddedLeaver {
				out = append(out, n)
			}
		}
	}
	return out
}

// withoutCy is the company after cy has left, and rollcall has removed the
// membership: in run 1.
func withoutCy(t *testing.T) (*chronicle, *fake.Clerk) {
	s, f := company(t)
	c := begin(t, s)
	c.leave()
	if r := c.apply(); r.Tally(apply.Done) != 1 || f.Find("org_acme", "user_cy") != nil || len(readded(r.Plan)) > 0 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	return c, f
}

// leave takes the last member out of the group.
func (c *chronicle) leave() {
	g := &c.source().Snapshot.Groups[0]
	g.Members = g.Members[:len(g.Members)-1]
}

// invited puts a pending invitation into acme.
func invited(f *fake.Clerk, email, private string) {
	f.Organizations[0].PendingInvitations++
	f.Pending = append(f.Pending, clerkapi.Invitation{ID: "orginv_1", OrganizationID: "org_acme", Email: email, Role: "org:member", Status: "pending", Private: json.RawMessage(private)})
}

// A leaver who is a member again without our marker is left alone, and named in
// every plan, also in that of one organization and by explain (S26).
func TestS26AReaddedLeaverIsNamed(t *testing.T) {
	t.Parallel()
	for _, removals := range []policy.Removals{policy.RemovalsManaged, policy.RemovalsNone} {
		c, f := withoutCy(t)
		c.config.Removals = removals
		f.Member("acme", "user_cy", "org:admin", "")
		for range 2 {
			r := c.apply()
			c.clean(r.Plan)
			found := readded(r.Plan)
			if len(found) != 1 || found[0].Rule != "S26" || !slices.Equal(found[0].Users, []string{"user_cy"}) || r.Plan.CountNotes(plan.ReaddedLeaver) != 1 || len(lines(r.Plan)) > 0 {
				t.Fatalf("%s: notes %+v, changes %q", removals, found, lines(r.Plan))
			}
			if want := "cy@corp.example: left on 2026-03-02 (removed by run 1), but is a member again as org:admin (added by somebody else)"; !strings.HasPrefix(found[0].Text, want) {
				t.Errorf("%s: %q", removals, found[0].Text)
			}
		}
		for _, who := range []string{"cy@corp.example", "user_cy"} {
			if e := c.next(Run{Explain: who}).Explanation; !strings.Contains(e.Reason, "removed by run 1") || !strings.Contains(e.Reason, "added by somebody else") {
				t.Errorf("%s: explained %q", who, e.Reason)
			}
		}
		if got := readded(c.plan().Limit(plan.Part{Organization: "beta"})); len(got) > 0 {
			t.Errorf("notes of another organization: %+v", got)
		}
	}
}

// An invitation of somebody else to a leaver is named too, though nothing is invited
// by rollcall (S26).
func TestS26AnInvitedLeaverIsNamed(t *testing.T) {
	t.Parallel()
	c, f := withoutCy(t)
	invited(f, "Cy@corp.example", "{}")
	p := c.apply().Plan
	c.clean(p)
	if found := readded(p); len(found) != 1 || !strings.Contains(found[0].Text, "cy@corp.example: left on 2026-03-02 (removed by run 1), but is invited again as org:member (by somebody else)") {
		t.Errorf("notes %+v", found)
	}
	if e := c.next(Run{Explain: "cy@corp.example"}).Explanation; !strings.Contains(e.Reason, "removed by run 1") {
		t.Errorf("explained %q", e.Reason)
	}
	// That nobody can list invitations keeps nobody in (S40).
	c.leave()
	f.Faults = map[string]error{"pending * *": errors.New("broken")}
	if r := c.apply(); r.Tally(apply.Done) != 1 || len(r.Plan.Failures) > 0 || f.Find("org_acme", "user_ben") != nil {
		t.Errorf("outcomes %+v, failures %+v", r.Outcomes, r.Plan.Failures)
	}
}

// Nobody is named whom rollcall did not remove, whom the directory wants again, who
// carries a marker, or of whom the read may show too little (S26).
func TestS26NobodyElseIsNamed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *chronicle, f *fake.Clerk){
		"never removed": func(_ *chronicle, f *fake.Clerk) {
			f.User("user_dan", "dan@corp.example")
			f.Member("acme", "user_dan", "org:member", "")
			invited(f, "eve@corp.example", "{}")
		},
		"removed from another organization": func(_ *chronicle, f *fake.Clerk) { f.Member("beta", "user_cy", "org:member", "") },
		"wanted again": func(c *chronicle, f *fake.Clerk) {
			f.Member("acme", "user_cy", "org:admin", "") // differs, and is not ours
			add(c.source(), 2)
		},
		"wanted again, and invited": func(c *chronicle, f *fake.Clerk) {
			invited(f, "cy@corp.example", "{}")
			add(c.source(), 2)
		},
		"of another owner": func(_ *chronicle, f *fake.Clerk) {
			f.Member("acme", "user_cy", "org:member", strings.Replace(fake.Ours("3"), `"owner":"rollcall"`, `"owner":"other"`, 1))
		},
		"private metadata unknown": func(_ *chronicle, f *fake.Clerk) { f.Member("acme", "user_cy", "org:member", "").Private = nil },
		"an unreadable member": func(c *chronicle, f *fake.Clerk) {
			f.Member("acme", "user_cy", "org:member", "")
			c.source().Snapshot.People[2].Origin.DN = "uid=cy"
			c.apply()
			c.source().Snapshot.Groups[0].Unusable = []source.Unusable{{Ref: "uid=cy", Why: "hidden"}}
		},
		"a source that fails": func(c *chronicle, f *fake.Clerk) {
			f.Member("acme", "user_cy", "org:member", "")
			c.source().Snapshot.NoRemovals = []string{"the last line has no end"}
		},
		"without history": func(c *chronicle, f *fake.Clerk) {
			f.Member("acme", "user_cy", "org:member", "")
			if got := readded(c.run(Run{}).Plan); len(got) > 0 {
				c.t.Errorf("notes %+v", got)
			}
			f.Find("org_acme", "user_cy").Private = json.RawMessage(fake.Ours("3"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, f := withoutCy(t)
			c.rule("beta", "org:member", "staff").AllowEmpty = []string{"staff"}
			change(c, f)
			if got := readded(c.apply().Plan); len(got) > 0 {
				t.Errorf("notes %+v", got)
			}
		})
	}
}

// Under removals: all nobody is left alone, so nobody is named; a leaver that
// rollcall failed to remove has not come back (S26).
func TestS26AReaddedLeaverUnderAll(t *testing.T) {
	t.Parallel()
	c, f := withoutCy(t)
	c.config.Removals = policy.RemovalsAll
	f.Member("acme", "user_cy", "org:member", "")
	if r := c.apply(); f.Find("org_acme", "user_cy") != nil || len(readded(r.Plan)) > 0 {
		t.Errorf("notes %+v, outcomes %+v", readded(r.Plan), r.Outcomes)
	}
	c.config.Removals = policy.RemovalsManaged
	c.leave()
	f.Faults = map[string]error{"delete org_acme user_ben": errors.New("broken")}
	c.apply()
	f.Faults = nil
	f.Find("org_acme", "user_ben").Private = json.RawMessage("{}")
	if got := readded(c.apply().Plan); len(got) > 0 {
		t.Errorf("notes %+v", got)
	}
}

// A run that was killed after the removal names the leaver too: the next run settles
// what it left open (S26, S32).
func TestS26AReaddedLeaverOfAKilledRun(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	c := begin(t, s)
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.db.Intend(t.Context(), id, []journal.Change{{Action: plan.Remove.String(), Organization: "org_acme", UserID: "user_cy", Email: "cy@corp.example", From: "org:member", Source: "hr", PersonID: "3"}}); err != nil {
		t.Fatal(err)
	}
	f.Members["org_acme"] = f.Members["org_acme"][:2]
	c.leave()
	c.apply()
	f.Member("acme", "user_cy", "org:member", "")
	if got := readded(c.apply().Plan); len(got) != 1 || !strings.Contains(got[0].Text, "removed by run 1") {
		t.Errorf("notes %+v", got)
	}
}
