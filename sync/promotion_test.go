package sync

import (
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
)

// The number of admins never falls below what was promised, also when the
// promotion that made room for a loss fails (S19).
func TestS19FailedPromotionKeepsTheAdmin(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		fails  bool
		loses  string // what becomes of the boss by the plan
		admins string
	}{
		"removed after a promotion":             {false, "remove", "user_ann"},
		"removed, but the promotion fails":      {true, "remove", "user_boss"},
		"demoted after a promotion":             {false, "set_role", "user_ann"},
		"demoted, but the promotion fails":      {true, "set_role", "user_boss"},
		"removed, as one of two who are admins": {true, "remove of two", "user_two"},
	} {
		f := fake.NewClerk("acme")
		f.User("user_ann", "ann@corp.example")
		f.User("user_boss", "boss@corp.example")
		f.User("user_two", "two@corp.example")
		f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
		f.Member("acme", "user_boss", "org:admin", fake.Ours("2"))
		src := fake.HR("1 ann@corp.example", "2 boss@corp.example").Group("admins", 0)
		if x.loses == "set_role" {
			src.Group("staff", 1)
		} else {
			src.Group("staff")
		}
		if x.loses == "remove of two" {
			f.Member("acme", "user_two", "org:admin", "")
		}
		s := tell(t, f, src)
		s.rule("acme", "org:admin", "admins")
		s.rule("acme", "org:member", "staff").AllowEmpty = []string{"staff"}
		if x.fails {
			f.Faults["role org_acme user_ann"] = &clerkapi.Error{Status: 422, Code: "form_param_unknown"}
		}
		r := s.run(Run{Apply: true})
		var admins []string
		for _, m := range f.Members["org_acme"] {
			if m.Role == "org:admin" {
				admins = append(admins, m.UserID)
			}
		}
		if got := strings.Join(admins, " "); got != x.admins {
			t.Errorf("%s: the admins are %q, want %q; %+v", name, got, x.admins, r.Outcomes)
		}
		dropped := ""
		for _, o := range r.Outcomes {
			if o.Result == apply.Dropped {
				dropped = o.Error
			}
		}
		if want := x.fails && x.admins == "user_boss"; want != strings.Contains(dropped, "a promotion failed before, so") {
			t.Errorf("%s: dropped for %q", name, dropped)
		}
	}
}
