package sync

import (
	"slices"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
)

// A mail attribute that people can write themselves protects nobody: who has
// lost the admin's group stays admin otherwise.
func TestS04OwnMailAttributeIsNoProtection(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "mallory@corp.example")
	f.member("acme", "u1", "org:admin", ours("1"))
	f.user("u2", "bob@corp.example")
	f.member("acme", "u2", "org:admin", ours("2"))
	s := tell(t, f, hr("1 root@break-glass.example ext=user_break", "2 bob@corp.example").group("staff", 0).group("admins", 1))
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
	f := newFake("acme")
	for _, u := range []string{"u1", "u2"} {
		f.user(u, u+"@corp.example")
	}
	f.member("acme", "u1", "org:member", ours("1"))
	f.member("acme", "u2", "org:member", ours("2"))
	f.user("u3", "u3@corp.example")
	f.member("acme", "u3", "org:member", `{"rollcall":{"id":"3","owner":"rollcall","source":"ldap"}}`)
	cut := hr("1 u1@corp.example").group("clerk-beta", 0)
	cut.snapshot.NoRemovals = []string{"last line has no newline"}
	whole := hr("3 u3@corp.example").group("clerk-acme", 0)
	whole.snapshot.Source = "ldap"
	s := tell(t, f, cut, whole)
	s.rules = []Rule{{Groups: GroupPattern{Glob: "clerk-beta"}, Organization: "beta", Role: "org:member"},
		{Groups: GroupPattern{Match: "clerk-(?<org>.+)"}, Organization: "{org}", Role: "org:member"}}
	p := s.plans("held remove acme u1", "held remove acme u2")
	if !slices.Contains(held(p), "S11 incomplete_source org_acme") {
		t.Errorf("holds %+v", p.Holds)
	}
}

// A failed source may have said who an unmarked member is.
func TestS14UnmarkedMembersWaitForTheFailedSource(t *testing.T) {
	f := newFake("acme", "beta")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:member", ours("1"))
	f.user("u2", "~bob@corp.example").ExternalID = "E2"
	f.member("acme", "u2", "org:member", "").Identifier = "bob"
	ldap := failing("ldap")
	s := tell(t, f, ldap, hr("1 ann@corp.example", "2 bob@corp.example").group("staff", 0, 1))
	s.config.Removals = RemovalsAll
	s.rule("acme", "org:member", "staff").Source = "hr"
	s.rule("beta", "org:member", "g").Source = "ldap"
	s.plans("held remove acme u2")
}

// A role that Clerk does not list may be one of an admin: taking it is guarded
// as if it were, and nobody is given it.
func TestS17UnknownRoleCountsAsAdmin(t *testing.T) {
	f := newFake("acme")
	f.sets[0].Roles = append(f.sets[0].Roles, "org:owner")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:owner", ours("1"))
	f.user("u2", "bob@corp.example")
	f.member("acme", "u2", "org:guest", ours("2"))
	f.user("u3", "eve@corp.example")
	f.member("acme", "u3", "org:admin", ours("3"))
	f.user("u4", "dan@corp.example")
	f.member("acme", "u4", "org:admin", ours("4"))
	s := tell(t, f, hr("1 ann@corp.example", "2 bob@corp.example", "3 eve@corp.example", "4 dan@corp.example").
		group("staff", 0).group("owners", 1).group("admins", 2, 3))
	s.rule("acme", "org:member", "staff")
	s.rule("acme", "org:owner", "owners")
	s.rule("acme", "org:admin", "admins")
	p := s.plans("skipped set_role acme u2 owner", "ready set_role acme u1 member")
	if c := p.Organizations[0].Changes[1]; c.Admin != AdminLost {
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
	f := newFake("acme")
	f.roles = []clerkapi.Role{{Key: "org:admin"}, memberRole}
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:admin", ours("1"))
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
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
	f := newFake("acme")
	f.user("u1", "alice.smith@corp.example")
	f.member("acme", "u1", "org:member", ours("alice@corp.example"))
	f.user("u2", "mallory@corp.example")
	s := tell(t, f, hr("mallory@corp.example alice@corp.example").group("staff", 0))
	s.rule("acme", "org:admin", "staff")
	s.plans("ready remove acme u1")
	// With a membership of her own, she would keep the leaver by a conflict.
	f.member("acme", "u2", "org:admin", ours("mallory@corp.example"))
	s.holds(s.plans("ready remove acme u1"))
	// Nor by way of a second source.
	f.members["org_acme"] = f.members["org_acme"][:1]
	first := hr("7 alice@corp.example").group("staff", 0)
	first.snapshot.Source = "ldap"
	s.sources = []source.Source{first, hr("mallory@corp.example alice@corp.example")}
	s.plans("ready remove acme u1")
}

// Whom a person with several addresses claims is claimed, also when she claims
// another user besides.
func TestS06ClaimOfSeveralUsersIsAClaim(t *testing.T) {
	f := newFake("acme", "beta")
	f.user("u1", "ann@corp.example", "team@corp.example")
	f.user("u2", "ann.b@corp.example")
	src := hr("1 ann@corp.example ann.b@corp.example", "2 team@corp.example").group("staff", 0).group("others", 1)
	s := tell(t, f, src)
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "others")
	s.plans()
}

// Clerk's contract leaves banned out of what a listing must show.
func TestS08StandingThatTheListingDoesNotShow(t *testing.T) {
	f := newFake("acme", "beta")
	f.user("u1", "ann@corp.example").Banned = true
	f.member("beta", "u1", "org:member", ours("1")).StandingUnknown = true
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "staff")
	s.plans("skipped add acme u1 member")
	s.rules[1].Role = "org:admin"
	s.plans("skipped add acme u1 member", "skipped set_role beta u1 admin")
}

// A 404 in which Clerk's code is missing is no word of Clerk's: the leaver may
// still be there.
func TestS09NotFoundByAProxyIsNoRemoval(t *testing.T) {
	for code, want := range map[string]Result{"": Failed, "resource_not_found": Found} {
		f := newFake("acme")
		f.user("u1", "ann@corp.example")
		f.user("u2", "bob@corp.example")
		f.member("acme", "u1", "org:member", ours("1"))
		f.member("acme", "u2", "org:member", ours("2"))
		f.faults["delete org_acme u1"] = &clerkapi.Error{Status: 404, Code: code}
		s := tell(t, f, hr("2 bob@corp.example").group("staff", 0))
		s.rule("acme", "org:member", "staff")
		if r := s.run(Run{Apply: true}); len(r.Outcomes) != 1 || r.Outcomes[0].Result != want {
			t.Errorf("code %q: %+v, want %s", code, r.Outcomes, want)
		}
	}
}
