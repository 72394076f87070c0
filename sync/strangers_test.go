package sync

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/recent"
)

// strangerWorld is a world in which people change what is theirs between two runs: they
// sign up, leave, add and drop addresses. Nobody forges a marker.
type strangerWorld struct {
	c       *chronicle
	f       *fake.Clerk
	rt      *rapid.T
	members map[string][]int // of groups
}

func (w *strangerWorld) draw(n int, label string) int {
	return rapid.IntRange(0, n-1).Draw(w.rt, label)
}

func newStrangerWorld(t *testing.T, rt *rapid.T) *strangerWorld {
	f := fake.NewClerk("acme", "beta")
	w := &strangerWorld{f: f, rt: rt, members: map[string][]int{}}
	f.User("user_boss", "boss@corp.example")
	for _, o := range []string{"acme", "beta"} {
		f.Member(o, "user_boss", "org:admin", "")
	}
	for i := range worldPeople {
		if w.draw(4, "account") > 0 {
			u := f.User(fmt.Sprint("user_", i), fmt.Sprintf("p%d@corp.example", i))
			if w.draw(4, "external") == 0 {
				u.ExternalID = fmt.Sprint("x", w.draw(worldPeople, "whose"))
			}
		}
	}
	s := tell(t, f, fake.HR("0 p0@corp.example"), fake.HR("0 p0@corp.example").Named("crm"))
	for _, x := range [][3]string{{"acme", "org:admin", "chiefs"}, {"acme", "org:member", "staff"}, {"beta", "org:member", "guests"}} {
		s.rule(x[0], x[1], x[2]).AllowEmpty = []string{x[2]}
	}
	s.config.Guards.Adds = policy.Limit{People: 3}
	s.config.Adopt = rapid.SampledFrom([]policy.AdoptMode{policy.AdoptNone, policy.AdoptMatched, policy.AdoptWanted}).Draw(rt, "adopt")
	s.config.Removals = rapid.SampledFrom([]policy.Removals{policy.RemovalsManaged, policy.RemovalsAll}).Draw(rt, "removals")
	s.config.MissingUsers = rapid.SampledFrom([]policy.MissingUsers{policy.MissingReport, policy.MissingInvite, policy.MissingCreate}).Draw(rt, "missing")
	s.config.EmailDomains = []string{"corp.example"}
	w.directory(s)
	w.c = remembering(t, s)
	return w
}

// directory changes the groups of both sources, and the rows of some people.
func (w *strangerWorld) directory(s *story) {
	for range 1 + w.draw(3, "moves") {
		name, i := rapid.SampledFrom([]string{"chiefs", "staff", "guests"}).Draw(w.rt, "group"), w.draw(worldPeople, "person")
		if at := slices.Index(w.members[name], i); at >= 0 {
			w.members[name] = slices.Delete(w.members[name], at, at+1)
			continue
		}
		w.members[name] = append(w.members[name], i)
	}
	for k, name := range []string{"hr", "crm"} {
		var people []string
		for i := range worldPeople {
			text := fmt.Sprintf("%d p%d@corp.example", i, i)
			switch w.draw(10, "row") {
			case 0:
				text = fmt.Sprintf("%d p%d@corp.example", i, w.draw(worldPeople, "other address"))
			case 1:
				text += fmt.Sprintf(" other=p%d@corp.example", w.draw(worldPeople, "further address"))
			case 2:
				text += fmt.Sprintf(" ext=x%d", i)
			case 3:
				text += " off=locked"
			}
			people = append(people, text)
		}
		src := fake.HR(people...).Named(name)
		for _, g := range []string{"chiefs", "staff", "guests"} {
			if k == 0 || g == "guests" {
				src.Group(g, w.members[g]...)
			}
		}
		s.sources[k] = src
	}
}

// stranger lets somebody do what everybody may.
func (w *strangerWorld) stranger() {
	if len(w.f.Accounts) == 0 {
		return
	}
	u := &w.f.Accounts[w.draw(len(w.f.Accounts), "who")]
	e := fmt.Sprintf("p%d@corp.example", w.draw(worldPeople, "address"))
	org := rapid.SampledFrom([]string{"acme", "beta"}).Draw(w.rt, "organization")
	switch w.draw(7, "deed") {
	case 0:
		w.f.User(fmt.Sprint("user_new", len(w.f.Accounts)), rapid.SampledFrom([]string{"", "~"}).Draw(w.rt, "verified")+e)
	case 1: // the address moves
		for i := range w.f.Accounts {
			a := &w.f.Accounts[i]
			a.Emails = slices.DeleteFunc(slices.Clone(a.Emails), func(x clerkapi.EmailAddress) bool { return x.Address == e })
		}
		u.Emails = append(slices.Clone(u.Emails), clerkapi.EmailAddress{Address: e, Verified: true})
	case 2:
		u.Emails = append(slices.Clone(u.Emails), clerkapi.EmailAddress{Address: e})
	case 3:
		u.Emails = nil
	case 4:
		w.f.Members["org_"+org] = slices.DeleteFunc(w.f.Members["org_"+org], func(m clerkapi.Membership) bool { return m.UserID == u.ID && m.Role != "org:admin" })
	case 5:
		if w.f.Find("org_"+org, u.ID) == nil {
			w.f.Member(org, u.ID, "org:member", "")
		}
	case 6: // an admin
		switch w.draw(3, "admin") {
		case 0:
			u.Banned = true
		case 1:
			u.ExternalID = fmt.Sprint("x", w.draw(worldPeople, "whose"))
		case 2:
			if m := w.f.Find("org_"+org, u.ID); m != nil {
				m.Role = rapid.SampledFrom([]string{"org:member", "org:admin", "org:guest"}).Draw(w.rt, "role")
			}
		}
	}
}

// TestS06StrangersChangeNoNarrowPlan: whatever people have done since the members were
// listed, the run for one person or account proposes what a run that reads everything
// proposes.
func TestS06StrangersChangeNoNarrowPlan(t *testing.T) {
	t.Parallel()
	narrow := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newStrangerWorld(t, rt)
		for range rapid.IntRange(1, 3).Draw(rt, "rounds") {
			w.directory(w.c.story)
			for range w.draw(3, "deeds") {
				w.stranger()
			}
			who := fmt.Sprintf("p%d@corp.example", w.draw(worldPeople, "for"))
			if w.draw(2, "by id") == 0 {
				who = w.f.Accounts[w.draw(len(w.f.Accounts), "for id")].ID
			}
			w.c.now = w.c.now.Add(-time.Hour)
			whole := w.c.next(Run{Only: who, MayBeUnknown: true})
			r := w.c.forOne(who)
			if got, want := described(r.Plan), described(whole.Plan); !slices.Equal(got, want) {
				rt.Fatalf("%s %+v\n got %q\nwant %q", who, r.Members, got, want)
			}
			if r.Members.Kept == 0 {
				continue
			}
			narrow++
			for _, call := range w.f.Calls {
				if strings.HasPrefix(call, "delete") {
					rt.Fatalf("%s, with lists that were kept", call)
				}
			}
		}
	})
	if suite.All() && narrow < 20 {
		t.Errorf("%d narrow runs only", narrow)
	}
}

func described(p *plan.Plan) []string {
	var out []string
	for _, c := range p.Changes() {
		out = append(out, fmt.Sprint(c.State, " ", c.Key(), " ", c.To, " ", c.Private, " ", c.Why))
	}
	return out
}

// An account of one address is not clearly somebody's who has another account since, whether
// the run is for the address or for the account (S06).
func TestS06OnePersonByUserIDWithANewAccount(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"user_dan", "dan@corp.example"} {
		for _, signsUp := range []bool{true, false} {
			c, f := newHire(t)
			c.sources[0] = fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example daniel@corp.example").Group("staff", 0, 1, 2, 3)
			c.next(Run{}) // looks daniel up
			c.forOne("ann@corp.example")
			if signsUp {
				f.User("user_new", "daniel@corp.example")
			}
			r := c.forOne(who)
			if signsUp {
				wantScope(t, r, 0, recent.UnclearIdentity)
			} else {
				wantScope(t, r, 1, "")
			}
			if added := f.Find("org_acme", "user_dan") != nil; added == signsUp {
				t.Errorf("for %s, another account %t: added %t", who, signsUp, added)
			}
		}
	}
}
