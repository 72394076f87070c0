package sync

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// claimWorld is a company (corp) and its partners, each in a source of its own
// with ids of its own. Partners write their own address.
type claimWorld struct {
	Groups     map[string][]int // people by group, of the source that the group's rule names
	Order      []int            // of the rules
	CorpFirst  bool
	Removals   policy.Removals
	Adopt      policy.AdoptMode
	Ambiguous  policy.Ambiguous
	ByHand     []int // corp's people who are members of acme by hand
	WithoutOne bool  // the attacker has no Clerk user
	Newcomer   bool  // the last of corp's people comes with the attack
	Attacker   int
	Victim     int
}

const claimPeople = 4

var claimRules = []policy.Rule{
	{Source: "corp", Groups: policy.GroupPattern{Names: []string{"acme-admins"}}, Organization: "acme", Role: "org:admin"},
	{Source: "corp", Groups: policy.GroupPattern{Names: []string{"acme-staff"}}, Organization: "acme", Role: "org:member"},
	{Source: "corp", Groups: policy.GroupPattern{Names: []string{"portal-admins"}}, Organization: "portal", Role: "org:admin"},
	{Source: "partners", Groups: policy.GroupPattern{Names: []string{"portal-users"}}, Organization: "portal", Role: "org:member"},
	{Source: "partners", Groups: policy.GroupPattern{Names: []string{"acme-guests"}}, Organization: "acme", Role: "org:guest"},
}

func drawClaimWorld(rt *rapid.T) claimWorld {
	w := claimWorld{Groups: map[string][]int{}, CorpFirst: rapid.Bool().Draw(rt, "corp first"),
		Order:    rapid.Permutation([]int{0, 1, 2, 3, 4}).Draw(rt, "rules"),
		Removals: rapid.SampledFrom(allRemovals).Draw(rt, "removals"),
		Adopt:    rapid.SampledFrom(allAdopts).Draw(rt, "adopt"), Ambiguous: rapid.SampledFrom([]policy.Ambiguous{policy.AmbiguousSkip, policy.AmbiguousHold}).Draw(rt, "ambiguous"),
		WithoutOne: rapid.Bool().Draw(rt, "no user"), Newcomer: rapid.Bool().Draw(rt, "newcomer"),
		Attacker: rapid.IntRange(0, claimPeople-1).Draw(rt, "attacker"), Victim: rapid.IntRange(0, claimPeople-1).Draw(rt, "victim")}
	some := rapid.SliceOfNDistinct(rapid.IntRange(0, claimPeople-1), 0, claimPeople, rapid.ID)
	for _, r := range claimRules {
		w.Groups[r.Groups.Names[0]] = some.Draw(rt, r.Groups.Names[0])
	}
	w.ByHand = some.Draw(rt, "by hand")
	if wanted := slices.Concat(w.Groups["acme-admins"], w.Groups["acme-staff"], w.Groups["portal-admins"]); !slices.Contains(wanted, w.Victim) {
		// Nobody claims the address for an account that no rule concerns: the one
		// source that does is believed, as if it were the only one (S03).
		w.Groups["acme-staff"] = append(w.Groups["acme-staff"], w.Victim)
	}
	return w
}

func corpAddress(i int) string    { return fmt.Sprintf("c%d@corp.example", i) }
func partnerAddress(i int) string { return fmt.Sprintf("x%d@partner.example", i) }

// tell is the world at its beginning.
func (w *claimWorld) tell(t *testing.T) *story {
	f := fake.NewClerk("acme", "portal")
	f.User("user_boss", "boss@else.example")
	for _, o := range []string{"acme", "portal"} {
		f.Member(o, "user_boss", "org:admin", "")
	}
	for i := range claimPeople {
		f.User(fmt.Sprint("user_c", i), corpAddress(i))
		if !w.WithoutOne || i != w.Attacker {
			f.User(fmt.Sprint("user_x", i), partnerAddress(i))
		}
	}
	for _, i := range w.ByHand {
		f.Member("acme", fmt.Sprint("user_c", i), "org:member", "")
	}
	s := tell(t, f)
	for _, i := range w.Order {
		r := claimRules[i]
		r.AllowEmpty = r.Groups.Names
		s.rules = append(s.rules, r)
	}
	s.config.Removals, s.config.Adopt, s.config.Ambiguous, s.config.Protect = w.Removals, w.Adopt, w.Ambiguous, []string{"user_boss"}
	return s
}

// read sets what the sources show: an attacker's cell is the victim's address.
func (w *claimWorld) read(s *story, newcomer, attack bool) {
	var corp, partners []string
	for i := range claimPeople {
		corp = append(corp, fmt.Sprint(i, " ", corpAddress(i)))
		address := partnerAddress(i)
		if attack && i == w.Attacker {
			address = corpAddress(w.Victim)
		}
		partners = append(partners, fmt.Sprint("p", i, " ", address))
	}
	company, others := fake.HR(corp...).Named("corp"), fake.HR(partners...).Named("partners")
	for _, r := range claimRules {
		name := r.Groups.Names[0]
		people := w.Groups[name]
		if r.Source == "partners" {
			others.Group(name, people...)
			continue
		}
		if w.Newcomer && !newcomer {
			people = slices.DeleteFunc(slices.Clone(people), func(i int) bool { return i == claimPeople-1 })
		}
		company.Group(name, people...)
	}
	s.sources = []source.Source{company, others}
	if !w.CorpFirst {
		slices.Reverse(s.sources)
	}
}

// quiet applies until nothing changes any more.
func quiet(rt *rapid.T, s *story) {
	for range 3 {
		if r := s.run(Run{Apply: true}); len(r.Outcomes) == 0 {
			return
		}
	}
	rt.Fatal("the third run still changes something")
}

// roles are the members' roles, by organization and user.
func roles(s *story) map[string]string {
	out := map[string]string{}
	for id, members := range s.clerk.Members {
		for _, m := range members {
			out[id+" "+m.UserID] = m.Role
		}
	}
	return out
}

// own are the roles that the attacker's own id gives.
func (w *claimWorld) own() map[string]bool {
	out := map[string]bool{}
	for _, r := range claimRules {
		if r.Source == "partners" && slices.Contains(w.Groups[r.Groups.Names[0]], w.Attacker) {
			out["org_"+r.Organization+" "+r.Role] = true
		}
	}
	return out
}

// One person of a source writes somebody else's address into the own cell: their
// accounts hold no role that their own id does not give, nobody else loses
// anything, and once the cell is right again everything is as if nothing had
// happened, without a hand.
func TestS01NobodyGetsWhatAnothersIDGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := drawClaimWorld(rt)
		honest, attacked := w.tell(t), w.tell(t)
		for _, s := range []*story{honest, attacked} {
			w.read(s, false, false)
			quiet(rt, s)
		}
		before, attacker := roles(attacked), fmt.Sprint("user_x", w.Attacker)
		w.read(attacked, true, true)
		quiet(rt, attacked)
		after := roles(attacked)
		for key, role := range after {
			if organization := key[:len(key)-len(attacker)]; key == organization+attacker && before[key] != role && !w.own()[organization+role] {
				rt.Fatalf("%s is %s by somebody else's id", key, role)
			}
		}
		for key, role := range before {
			newcomer := w.Newcomer && strings.HasSuffix(key, fmt.Sprint(" user_c", claimPeople-1)) && after[key] != ""
			if after[key] != role && !newcomer {
				rt.Fatalf("%s was %s and is %q", key, role, after[key])
			}
		}
		for _, s := range []*story{honest, attacked} {
			w.read(s, true, false)
			quiet(rt, s)
		}
		if want, got := roles(honest), roles(attacked); !maps.Equal(want, got) {
			rt.Fatalf("the cell is right again, and the members are\n%v, want\n%v", got, want)
		}
		p, want := attacked.run(Run{}).Plan, honest.run(Run{}).Plan
		if !slices.Equal(lines(p), lines(want)) || !slices.Equal(held(p), held(want)) || p.Count(plan.Ready) > 0 {
			rt.Fatalf("the plan is %q, %q, want %q, %q", lines(p), held(p), lines(want), held(want))
		}
	})
}
