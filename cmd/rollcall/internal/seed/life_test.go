package seed

import (
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

// The commands name somebody who can sign in and is a member, or a newcomer where
// there is nobody; an address that means something to a shell is left out.
func TestLifeCommandsNameSomebodyWhoCan(t *testing.T) {
	member := func(id string) sandbox.Membership {
		return sandbox.Membership{OrganizationID: "org_acme", UserID: id, Role: "org:admin"}
	}
	seed := &sandbox.Seed{
		Users: []sandbox.User{
			{ID: "user_a", EmailAddresses: []sandbox.EmailAddress{{Address: "claim@x.example", Verification: sandbox.Verification{Status: "unverified"}}, {Address: "a@x.example"}}},
			{ID: "user_b", Email: "b@x.example", Banned: true}, {ID: "user_c", Email: "c@x.example", Locked: true},
			{ID: "user_d", Email: "o'd@x.example"}, {ID: "user_e"}, {ID: "user_f", Email: "f@x.example"},
		},
		Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}},
		Memberships:   []sandbox.Membership{member("user_a"), member("user_b"), member("user_c"), member("user_d"), member("user_e")},
	}
	text := strings.Join(LifeCommands(seed), "\n")
	if !strings.Contains(text, "memberships/acme/a@x.example -d '{\"role\": \"org:member\"}'") || !strings.Contains(text, newcomer) {
		t.Error(text)
	}
	for _, other := range []string{"claim@", "b@x", "c@x", "o'd", "f@x"} {
		if strings.Contains(text, other) {
			t.Errorf("%s is named:\n%s", other, text)
		}
	}
	for name, poison := range map[string]func(*sandbox.Seed){
		"a slug": func(s *sandbox.Seed) { s.Organizations = []sandbox.Organization{{ID: "org_acme", Slug: "a&id&b"}} },
		"a role": func(s *sandbox.Seed) { s.Roles = []sandbox.Role{{Key: "org:admin"}, {Key: "org:x'$(id)'"}} },
	} {
		poisoned := *seed
		poison(&poisoned)
		if text := strings.Join(LifeCommands(&poisoned), "\n"); strings.ContainsAny(text, "&(") {
			t.Errorf("%s means something to a shell:\n%s", name, text)
		}
	}
	seed.Roles = []sandbox.Role{{Key: "org:admin"}}
	if text := strings.Join(LifeCommands(seed), "\n"); !strings.Contains(text, `"role": "org:admin"`) {
		t.Error(text)
	}
	if text := strings.Join(LifeCommands(&sandbox.Seed{}), "\n"); !strings.Contains(text, "sign-in -d '{\"user\": \""+newcomer) {
		t.Error(text)
	}
}
