package sync

import (
	"errors"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A leaver's marker sits in an organization that cannot be listed. A new hire
// with the leaver's address is not the leaver, and gets nothing of theirs.
func TestS02MarkerBehindAFailedList(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, private string
		fault         error
		want          string
		rule          string
	}{
		{name: "somebody else's marker", private: fake.Ours("1"), rule: "S02"},
		{name: "their own marker", private: fake.Ours("2"), want: "ready add acme user_x member"},
		{name: "no marker", private: "{}", want: "ready add acme user_x member"},
		{name: "unknown metadata", private: "absent", rule: "S02"},
		{name: "unreadable", private: fake.Ours("2"), fault: errors.New("503"), rule: "S02"},
	} {
		t.Run(x.name, func(t *testing.T) {
			f := fake.NewClerk("acme", "beta")
			f.User("user_x", "ann@corp.example")
			f.User("user_y", "ben@corp.example")
			m := f.Member("beta", "user_x", "org:admin", x.private)
			if x.private == "absent" {
				m.Private = nil
			}
			f.Unlisted["org_beta"] = &clerkapi.IncompleteError{Organization: "org_beta", What: "memberships", Got: 1, Want: 2}
			if x.fault != nil {
				f.Faults["memberships_of * user_x"] = x.fault
			}
			s := tell(t, f, fake.HR("2 ann@corp.example").Group("staff", 0))
			s.rule("acme", "org:member", "staff")
			s.rule("beta", "org:member", "staff")
			p := s.run(Run{}).Plan
			if got := strings.Join(lines(p), ", "); got != x.want {
				t.Errorf("plan %q, want %q", got, x.want)
			}
			said := len(p.Holds) > 0 && p.Holds[0].Rule == "S02"
			for _, o := range p.Organizations {
				for _, n := range o.Notes {
					said = said || n.Rule == "S02"
				}
			}
			if said != (x.rule != "") || f.Reads["memberships of a user"] != 1 {
				t.Errorf("holds %+v, reads %v", p.Holds, f.Reads)
			}
		})
	}
}

// Only those are looked up who would get something by their address, each user
// once; one who cannot be read waits alone (S40). The list of one organization fails, or
// its name cannot be asked for: then nobody knows its id either.
func TestS40OneRequestForEachWhoWouldGain(t *testing.T) {
	t.Parallel()
	for _, unnamed := range []bool{false, true} {
		f := fake.NewClerk("acme", "beta", "gamma")
		for _, name := range []string{"ann", "ben", "cy", "dan", "eve", "fay"} {
			f.User("user_"+name, name+"@corp.example")
		}
		f.Member("acme", "user_ben", "org:member", "")            // as wanted
		f.Member("acme", "user_cy", "org:member", fake.Ours("3")) // known by the marker
		f.Member("beta", "user_fay", "org:admin", fake.Ours("somebody-else"))
		if unnamed {
			f.Faults["organization org_beta beta"] = errors.New("500")
		} else {
			f.Unlisted["org_beta"] = errors.New("409")
		}
		f.Faults["memberships_of * user_eve"] = errors.New("503")
		s := tell(t, f, fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example", "5 eve@corp.example", "6 fay@corp.example", "7 nobody@corp.example").
			Group("staff", 0, 1, 2, 4, 6).Group("both", 0, 2).Group("hidden", 3).Group("heirs", 5))
		s.config.Removals = policy.RemovalsAll
		s.rule("acme", "org:member", "staff")
		s.rule("gamma", "org:member", "both", "heirs")
		s.rule("beta", "org:member", "hidden")
		p := s.plans("ready add acme user_ann member", "ready add gamma user_ann member", "ready add gamma user_cy member")
		s.holds(p, "S02 identity_conflict org_gamma")
		if f.Reads["memberships of a user"] != 3 { // ann, eve and fay; ben gets nothing, nor does dan, and nobody is no user
			t.Errorf("unnamed %t: reads %v", unnamed, f.Reads)
		}
		if x := p.Failures; len(x) != 1 || x[0].Organization != "beta" {
			t.Errorf("unnamed %t: failures %+v", unnamed, x)
		}
		var said strings.Builder
		for _, o := range p.Organizations {
			for _, n := range o.Notes {
				if n.Rule == "S02" {
					said.WriteString(n.Text)
				}
			}
		}
		if said.String() != "eve@corp.example (hr.csv:6): waits until the organization beta can be read, where account user_eve may be marked as another person" {
			t.Errorf("unnamed %t: %q", unnamed, said.String())
		}
	}
}

// Under removals: all, an organization that cannot be listed is no source that failed:
// members without a marker go elsewhere all the same, and so do keys (S40). A source
// that fails beside it holds what it may know.
func TestS40UnlistedOrganizationIsNoFailedSource(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	for _, name := range []string{"ann", "bob"} {
		f.User("user_"+name, name+"@corp.example")
		f.Member("acme", "user_"+name, "org:member", "")
	}
	f.Unlisted["org_beta"] = errors.New("403")
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.config.Removals = policy.RemovalsAll
	s.rule("acme", "org:member", "staff").Source = "hr"
	s.rule("beta", "org:member", "staff").Source = "hr"
	s.holds(s.plans("ready remove acme user_bob"))
	s.sources = append(s.sources, failing("crm"))
	s.holds(s.plans("held remove acme user_bob"), "S14 failed_source org_acme")
}

// Nobody is looked for when every list is whole.
func TestS01NoLookBehindWithoutAFault(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("user_x", "ann@corp.example")
	s := tell(t, f, fake.HR("2 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	if p := s.run(Run{}).Plan; p.Count(plan.Ready) != 1 || f.Reads["memberships of a user"] != 0 {
		t.Errorf("plan %v, reads %v", lines(p), f.Reads)
	}
}
