package sync

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// comes lists events as "day action email from→to".
func comes(p *plan.Plan) []string {
	var out []string
	for _, e := range p.Upcoming.Events {
		days := int(e.At.Sub(p.Upcoming.Now).Hours()/24 + 0.5)
		out = append(out, strings.TrimSpace(strings.Join([]string{string(rune('0'+days/10)) + string(rune('0'+days%10)), string(e.Kind), e.Action.String(), e.Email,
			strings.TrimPrefix(e.From, "org:") + "→" + strings.TrimPrefix(e.To, "org:"), string(e.Admin)}, " ")))
	}
	return out
}

// The plan says what dates will bring in 14 days, and how many start later.
func TestS28Upcoming(t *testing.T) {
	t.Parallel()
	both := func(start, end time.Duration) *source.Period {
		return &source.Period{Start: time.Now().Add(start), End: time.Now().Add(end), EndedBy: "last_day"}
	}
	for _, c := range []struct {
		name     string
		ann, ben []*source.Period
		removals policy.Removals
		want     string
		later    int
	}{
		{"nothing near", []*source.Period{until(15 * day)}, []*source.Period{from(20 * day)}, "", "", 1},
		{"a start", nil, []*source.Period{from(3 * day)}, "", "03 start add ben@corp.example →member", 0},
		{"an end", []*source.Period{until(5 * day)}, nil, "", "05 end remove ann@corp.example member→", 0},
		{"an end that removes nobody", []*source.Period{until(5 * day)}, nil, policy.RemovalsNone, "", 0},
		{"a short contract", nil, []*source.Period{both(3*day, 9*day)}, "", "03 start add ben@corp.example →member; 09 end remove ben@corp.example member→", 0},
		{"one contract after another", []*source.Period{until(5 * day), from(5 * day)}, nil, "", "", 0},
		{"a gap between two contracts", []*source.Period{until(5 * day), from(9 * day)}, nil, "", "", 0},
		{"a member whose new contract lies ahead", []*source.Period{both(2*day, 6*day)}, nil, "", "06 end remove ann@corp.example member→", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := contracts(t, c.ann, c.ben)
			if c.removals != "" {
				s.config.Removals = c.removals
			}
			p := s.run(Run{}).Plan
			if got := strings.Join(comes(p), "; "); got != c.want || p.Upcoming.Later != c.later {
				t.Errorf("comes %q and %d later, want %q and %d", got, p.Upcoming.Later, c.want, c.later)
			}
		})
	}
}

// A role for a time comes and goes, as the rules rank it and the mode allows.
func TestS28UpcomingRoles(t *testing.T) {
	t.Parallel()
	for mode, want := range map[policy.RolesMode]string{
		policy.RolesExact:   "02 start set_role ann@corp.example member→admin gained; 04 end set_role ann@corp.example admin→member lost",
		policy.RolesAtLeast: "02 start set_role ann@corp.example member→admin gained",
		policy.RolesOnAdd:   "",
	} {
		s := contracts(t, nil, nil)
		src := s.sources[0].(*fake.Source) //nolint:errcheck,forcetypeassert // contracts made it
		src.Group("leads", 0)
		src.Snapshot.Groups[1].Members[0].Periods = []*source.Period{{Start: time.Now().Add(2 * day), End: time.Now().Add(4 * day), EndedBy: "last_day"}}
		s.rules = nil
		s.rule("acme", "org:admin", "leads").RolesMode = mode
		s.rule("acme", "org:member", "staff").RolesMode = mode
		if got := strings.Join(comes(s.run(Run{}).Plan), "; "); got != want {
			t.Errorf("%s: comes %q, want %q", mode, got, want)
		}
	}
}

// A plan foretells no change of role that its own run would leave out (S26).
func TestS26UpcomingRoles(t *testing.T) {
	t.Parallel()
	const both = "02 start set_role ann@corp.example member→admin gained; 04 end set_role ann@corp.example admin→member lost"
	for _, x := range []struct {
		removals policy.Removals
		adopt    policy.AdoptMode
		private  string
		want     string
	}{
		{policy.RemovalsManaged, policy.AdoptNone, fake.Ours("1"), both},
		{policy.RemovalsNone, policy.AdoptNone, fake.Ours("1"), "02 start set_role ann@corp.example member→admin gained"},
		{policy.RemovalsManaged, policy.AdoptNone, "{}", ""},
		{policy.RemovalsManaged, policy.AdoptWanted, "{}", both},
		{policy.RemovalsAll, policy.AdoptNone, "{}", both},
		{policy.RemovalsAll, policy.AdoptNone, strings.Replace(fake.Ours("1"), `"owner":"rollcall"`, `"owner":"other"`, 1), ""},
	} {
		s := contracts(t, nil, nil)
		s.config.Removals, s.config.Adopt = x.removals, x.adopt
		s.clerk.Members["org_acme"][0].Private = json.RawMessage(x.private)
		src := s.sources[0].(*fake.Source) //nolint:errcheck,forcetypeassert // contracts made it
		src.Group("leads", 0)
		src.Snapshot.Groups[1].Members[0].Periods = []*source.Period{{Start: time.Now().Add(2 * day), End: time.Now().Add(4 * day), EndedBy: "last_day"}}
		s.rules = nil
		s.rule("acme", "org:admin", "leads")
		s.rule("acme", "org:member", "staff")
		if got := strings.Join(comes(s.run(Run{}).Plan), "; "); got != x.want {
			t.Errorf("%+v: comes %q", x, got)
		}
	}
}

// The same input and the same clock give the same bytes; without dates the
// plan names no time at all.
func TestS28UpcomingBytes(t *testing.T) {
	t.Parallel()
	s := contracts(t, nil, nil)
	if p := s.run(Run{}).Plan; p.Upcoming != nil {
		t.Errorf("upcoming %+v", p.Upcoming)
	}
	s = contracts(t, []*source.Period{until(5 * day)}, []*source.Period{from(3 * day)})
	at := time.Now()
	var first []byte
	for range 3 {
		r, err := New(s.config, s.rules, s.sources, s.clerk)
		if err != nil {
			t.Fatal(err)
		}
		r.now = func() time.Time { return at }
		report, err := r.RunOnce(t.Context(), Run{})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(report.Plan)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = raw
		}
		if !bytes.Equal(raw, first) {
			t.Fatalf("another plan\n%s\n%s", raw, first)
		}
	}
}

// A plan of one organization or person shows what comes for them alone.
func TestUpcomingIsLimited(t *testing.T) {
	t.Parallel()
	s := contracts(t, []*source.Period{until(5 * day)}, []*source.Period{from(3 * day)})
	for _, c := range []struct {
		run  Run
		want string
	}{
		{Run{Only: "ben@corp.example"}, "03 start add ben@corp.example →member"},
		{Run{Organization: "acme"}, "03 start add ben@corp.example →member; 05 end remove ann@corp.example member→"},
	} {
		if got := strings.Join(comes(s.run(c.run).Plan), "; "); got != c.want {
			t.Errorf("comes %q, want %q", got, c.want)
		}
	}
	if got := comes(s.run(Run{}).Plan.Limit(plan.Part{Organization: "beta"})); len(got) > 0 {
		t.Errorf("comes %q in another organization", got)
	}
}
