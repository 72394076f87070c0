package sync

import (
	"slices"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A mail attribute that people can write themselves protects nobody: who has
// lost the admin's group stays admin otherwise.
func TestS04OwnMailAttributeIsNoProtection(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "mallory@corp.example")
	f.Member("acme", "u1", "org:admin", fake.Ours("1"))
	f.User("u2", "bob@corp.example")
	f.Member("acme", "u2", "org:admin", fake.Ours("2"))
	s := tell(t, f, fake.HR("1 root@break-glass.example ext=user_break", "2 bob@corp.example").Group("staff", 0).Group("admins", 1))
	s.rule("acme", "org:admin", "admins")
	s.rule("acme", "org:member", "staff")
	for _, entry := range []string{"*@break-glass.example", "root@break-glass.example", "user_break"} {
		s.config.Protect = []string{entry}
		s.plans("ready set_role acme u1 member")
	}
}

// A file that was cut says nothing of whoever stood behind the cut, also where
// an organization has no row of it left.
func TestS11CutFileHoldsWhatItFedElsewhere(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	for _, u := range []string{"u1", "u2"} {
		f.User(u, u+"@corp.example")
	}
	f.Member("acme", "u1", "org:member", fake.Ours("1"))
	f.Member("acme", "u2", "org:member", fake.Ours("2"))
	f.User("u3", "u3@corp.example")
	f.Member("acme", "u3", "org:member", `{"rollcall":{"id":"3","owner":"rollcall","source":"ldap"}}`)
	cut := fake.HR("1 u1@corp.example").Group("clerk-beta", 0)
	cut.Snapshot.NoRemovals = []string{"last line has no newline"}
	whole := fake.HR("3 u3@corp.example").Group("clerk-acme", 0)
	whole.Snapshot.Source = "ldap"
	s := tell(t, f, cut, whole)
	s.rules = []policy.Rule{{Groups: policy.GroupPattern{Glob: "clerk-beta"}, Organization: "beta", Role: "org:member"},
		{Groups: policy.GroupPattern{Match: "clerk-(?<org>.+)"}, Organization: "{org}", Role: "org:member"}}
	p := s.plans("held remove acme u1", "held remove acme u2")
	if !slices.Contains(held(p), "S11 incomplete_source org_acme") {
		t.Errorf("holds %+v", p.Holds)
	}
}

// A failed source that shares its ids may have said who an unmarked member is. Any
// other one cannot: the removal goes on where it leads nobody.
func TestS14UnmarkedMembersWaitForTheFailedSource(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("1"))
	f.User("u2", "~bob@corp.example").ExternalID = "E2"
	f.Member("acme", "u2", "org:member", "").Identifier = "bob"
	ldap := failing("ldap")
	s := tell(t, f, ldap, fake.HR("1 ann@corp.example", "2 bob@corp.example").Group("staff", 0, 1))
	s.config.Removals = policy.RemovalsAll
	s.rule("acme", "org:member", "staff").Source = "hr"
	s.rule("beta", "org:member", "g").Source = "ldap"
	s.plans("ready remove acme u2")
	s.config.SameIDs = map[string]string{"hr": "hr", "ldap": "hr"}
	s.plans("held remove acme u2")
}

// A role that Clerk does not list may be one of an admin: taking it is guarded
// as if it were, and nobody is given it.
func TestS17UnknownRoleCountsAsAdmin(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.Sets[0].Roles = append(f.Sets[0].Roles, "org:owner")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:owner", fake.Ours("1"))
	f.User("u2", "bob@corp.example")
	f.Member("acme", "u2", "org:guest", fake.Ours("2"))
	f.User("u3", "eve@corp.example")
	f.Member("acme", "u3", "org:admin", fake.Ours("3"))
	f.User("u4", "dan@corp.example")
	f.Member("acme", "u4", "org:admin", fake.Ours("4"))
	s := tell(t, f, fake.HR("1 ann@corp.example", "2 bob@corp.example", "3 eve@corp.example", "4 dan@corp.example").
		Group("staff", 0).Group("owners", 1).Group("admins", 2, 3))
	s.rule("acme", "org:member", "staff")
	s.rule("acme", "org:owner", "owners")
	s.rule("acme", "org:admin", "admins")
	p := s.plans("skipped set_role acme u2 owner", "ready set_role acme u1 member")
	if c := p.Organizations[0].Changes[1]; c.Admin != plan.AdminLost {
		t.Errorf("the effect is %q", c.Admin)
	}
	s.config.AdminRoles = []string{"org:admin"}
	p = s.plans("ready set_role acme u1 member", "skipped set_role acme u2 owner")
	if c := p.Organizations[0].Changes[0]; c.Admin != "" {
		t.Errorf("the effect is %q although admin_roles says who is an admin", c.Admin)
	}
}

// Where nobody is known to be an admin, nothing guards the admins.
func TestS17NoAdminRoleIsNoAnswer(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.RoleList = []clerkapi.Role{{Key: "org:admin"}, fake.MemberRole}
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:admin", fake.Ours("1"))
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	if _, err := s.try(t.Context(), Run{}); err == nil {
		t.Error("planned without knowing any admin role")
	}
	s.config.AdminRoles = []string{"org:admin"}
	s.plans("skipped set_role acme u1 member")
}

// Where ids look like addresses, a mail attribute that people write themselves
// must not be taken for somebody's id.
func TestS01OwnAddressIsNobodysID(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "alice.smith@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("alice@corp.example"))
	f.User("u2", "mallory@corp.example")
	s := tell(t, f, fake.HR("mallory@corp.example alice@corp.example").Group("staff", 0))
	s.rule("acme", "org:admin", "staff")
	s.plans("ready remove acme u1")
	// With a membership of her own, she would keep the leaver by a conflict.
	f.Member("acme", "u2", "org:admin", fake.Ours("mallory@corp.example"))
	s.holds(s.plans("ready remove acme u1"))
	// Nor by way of a second source.
	f.Members["org_acme"] = f.Members["org_acme"][:1]
	first := fake.HR("7 alice@corp.example").Group("staff", 0)
	first.Snapshot.Source = "ldap"
	s.sources = []source.Source{first, fake.HR("mallory@corp.example alice@corp.example")}
	s.plans("ready remove acme u1")
}

// Whom a person with several addresses claims is claimed, also when she claims
// another user besides.
func TestS06ClaimOfSeveralUsersIsAClaim(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("u1", "ann@corp.example", "team@corp.example")
	f.User("u2", "ann.b@corp.example")
	src := fake.HR("1 ann@corp.example ann.b@corp.example", "2 team@corp.example").Group("staff", 0).Group("others", 1)
	s := tell(t, f, src)
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "others")
	s.plans()
}

// Clerk's contract leaves banned out of what a listing must show.
func TestS08StandingThatTheListingDoesNotShow(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("u1", "ann@corp.example").Banned = true
	f.Member("beta", "u1", "org:member", fake.Ours("1")).StandingUnknown = true
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "staff")
	s.plans("skipped add acme u1 member")
	s.rules[1].Role = "org:admin"
	s.plans("skipped add acme u1 member", "skipped set_role beta u1 admin")
}

// A 404 in which Clerk's code is missing is no word of Clerk's: the leaver may
// still be there. With the code they may be there too: Clerk answers so to a key
// that may not see the organization.
func TestS09NotFoundByAProxyIsNoRemoval(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		code string
		gone bool
		want apply.Result
	}{{"", false, apply.Failed}, {"", true, apply.Failed}, {"resource_not_found", true, apply.Found}, {"resource_not_found", false, apply.Failed},
		{"organization_not_found_or_unauthorized", false, apply.Failed}} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example")
		f.User("u2", "bob@corp.example")
		f.Member("acme", "u1", "org:member", fake.Ours("1"))
		f.Member("acme", "u2", "org:member", fake.Ours("2"))
		f.Faults["delete org_acme u1"] = &clerkapi.Error{Status: 404, Code: x.code, Attempts: 1}
		f.During = func(string) {
			if x.gone {
				f.Members["org_acme"] = f.Members["org_acme"][1:]
			}
		}
		s := tell(t, f, fake.HR("2 bob@corp.example").Group("staff", 0))
		s.rule("acme", "org:member", "staff")
		if r := s.run(Run{Apply: true}); len(r.Outcomes) != 1 || r.Outcomes[0].Result != x.want {
			t.Errorf("code %q: %+v, want %s", x.code, r.Outcomes, x.want)
		}
	}
}
