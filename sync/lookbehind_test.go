package sync

import (
	"errors"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// A leaver's marker sits in an organization that cannot be listed. A new hire
// with the leaver's address is not the leaver, and gets nothing of theirs.
func TestS02MarkerBehindAFailedList(t *testing.T) {
	for _, x := range []struct {
		name, private string
		fault         error
		want          string
		rule          string
	}{
		{name: "somebody else's marker", private: ours("1"), rule: "S02"},
		{name: "their own marker", private: ours("2"), want: "ready add acme user_x member"},
		{name: "no marker", private: "{}", want: "ready add acme user_x member"},
		{name: "unknown metadata", private: "absent", rule: "S02"},
		{name: "unreadable", private: ours("2"), fault: errors.New("503"), rule: "S02"},
	} {
		t.Run(x.name, func(t *testing.T) {
			f := newFake("acme", "beta")
			f.user("user_x", "ann@corp.example")
			f.user("user_y", "ben@corp.example")
			m := f.member("beta", "user_x", "org:admin", x.private)
			if x.private == "absent" {
				m.Private = nil
			}
			f.unlisted["org_beta"] = &clerkapi.IncompleteError{Organization: "org_beta", What: "memberships", Got: 1, Want: 2}
			if x.fault != nil {
				f.faults["memberships_of org_beta *"] = x.fault
			}
			s := tell(t, f, hr("2 ann@corp.example").group("staff", 0))
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
			if said != (x.rule != "") || f.reads["memberships of users"] != 1 {
				t.Errorf("holds %+v, reads %v", p.Holds, f.reads)
			}
		})
	}
}

// Nobody is looked for when every list is whole.
func TestS01NoLookBehindWithoutAFault(t *testing.T) {
	f := newFake("acme")
	f.user("user_x", "ann@corp.example")
	s := tell(t, f, hr("2 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	if p := s.run(Run{}).Plan; p.Count(Ready) != 1 || f.reads["memberships of users"] != 0 {
		t.Errorf("plan %v, reads %v", lines(p), f.reads)
	}
}
