package sync

import (
	"slices"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// twoPlaces is a company whose three people are members of acme and of beta.
func twoPlaces(t *testing.T) (*chronicle, *fake.Clerk) {
	t.Helper()
	s, f := company(t)
	for i, name := range []string{"ann", "ben", "cy"} {
		f.Member("beta", "user_"+name, "org:member", fake.Ours(string(rune('1'+i))))
	}
	s.rule("beta", "org:member", "law")
	c := begin(t, s)
	c.hr("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "4 dee@corp.example")
	c.apply()
	return c, f
}

// hr is what the source has now: everybody is in both groups, but the last one only in law.
func (c *chronicle) hr(people ...string) {
	all := make([]int, len(people))
	for i := range all {
		all[i] = i
	}
	src := fake.HR(people...).Group("law", all...)
	c.sources = []source.Source{src.Group("staff", all[:len(all)-1]...)}
}

// conflictsIn are the organizations in which a plan holds a conflict.
func conflictsIn(p *plan.Plan) (in []string) {
	for _, h := range p.Holds {
		if h.Reason == plan.IdentityConflict {
			in = append(in, h.Organization)
		}
	}
	slices.Sort(in)
	return in
}

// A conflict of ids keeps a user everywhere. It is held wherever the user would lose or get
// something otherwise, not only where the person with the conflict should be: the leaver
// whose address somebody new has got stays in acme too, and a run of acme alone says so.
func TestS02AConflictIsHeldWhereverItKeepsSomebody(t *testing.T) {
	t.Parallel()
	c, f := twoPlaces(t)
	c.hr("1 ann@corp.example", "3 cy@corp.example", "9 ben@corp.example")
	for range 2 {
		p := c.apply().Plan
		if got := conflictsIn(p); !slices.Equal(got, []string{"org_acme", "org_beta"}) || f.Find("org_acme", "user_ben") == nil {
			t.Errorf("held in %q: %+v", got, p.Holds)
		}
	}
	r, err := c.once(t.Context(), Run{Organization: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	if got := conflictsIn(r.Plan); !slices.Equal(got, []string{"org_acme"}) {
		t.Errorf("a run of acme alone: held in %q", got)
	}
	c.write(memory.Decide(r.Plan.ConflictOf("ben@corp.example"), true)) // somebody new
	if got := conflictsIn(c.apply().Plan); len(got) > 0 || f.Find("org_acme", "user_ben") != nil {
		t.Errorf("after the decision: held in %q", got)
	}
}

// A role and a new membership wait too. Whoever has what they should have is not held.
func TestS02AConflictIsHeldOnlyWhereItChangesSomething(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		change func(c *chronicle, f *fake.Clerk)
		held   []string
	}{
		"as wanted":    {func(*chronicle, *fake.Clerk) {}, []string{"org_beta"}},
		"another role": {func(_ *chronicle, f *fake.Clerk) { f.Find("org_acme", "user_ben").Role = "org:admin" }, []string{"org_acme", "org_beta"}},
		"no member": {func(_ *chronicle, f *fake.Clerk) {
			f.Members["org_acme"] = slices.DeleteFunc(f.Members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_ben" })
		}, []string{"org_acme", "org_beta"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, f := twoPlaces(t)
			// ben is still there, and somebody else of beta claims his address.
			c.hr("1 ann@corp.example", "2 ben@home.example", "3 cy@corp.example", "9 ben@corp.example")
			x.change(c, f)
			if p := c.plan(); !slices.Equal(conflictsIn(p), x.held) || p.Count(plan.Ready) > 0 {
				t.Errorf("held in %q, want %q: %v %+v", conflictsIn(p), x.held, lines(p), p.Holds)
			}
		})
	}
}
