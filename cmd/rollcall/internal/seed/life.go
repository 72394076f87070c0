package seed

import (
	"cmp"
	"fmt"
	"regexp"

	"rollcall/clerkapi/sandbox"
)

// newcomer is invited in the commands; nobody else has the address.
const newcomer = "newcomer@corp.example"

// LifeCommands are command lines that do in a running sandbox what people do: with
// somebody of the seed, and a newcomer. Each works when the ones before it were
// run. $SANDBOX is the address of the sandbox's control actions.
func LifeCommands(s *sandbox.Seed) []string {
	lines := []string{}
	if who, where, role := someMember(s); who != "" {
		lines = append(lines,
			fmt.Sprintf("curl -fsS $SANDBOX/users/%s", who),
			fmt.Sprintf(`curl -fsS $SANDBOX/sign-in -d '{"user": %q, "organization": %q}'`, who, where),
			fmt.Sprintf(`curl -fsS -X PATCH $SANDBOX/memberships/%s/%s -d '{"role": %q}'`, where, who, role),
			fmt.Sprintf(`curl -fsS $SANDBOX/invitations -d '{"organization": %q, "email_address": %q}'`, where, newcomer),
			fmt.Sprintf("curl -fsS -X POST $SANDBOX/invitations/%s/accept", newcomer),
			fmt.Sprintf(`curl -fsS -X PATCH $SANDBOX/users/%s -d '{"banned": true}'`, who),
		)
		return lines
	}
	return append(lines,
		fmt.Sprintf(`curl -fsS $SANDBOX/users -d '{"email": %q}'`, newcomer),
		fmt.Sprintf(`curl -fsS $SANDBOX/sign-in -d '{"user": %q}'`, newcomer),
		fmt.Sprintf("curl -fsS $SANDBOX/users/%s", newcomer),
		fmt.Sprintf(`curl -fsS -X PATCH $SANDBOX/users/%s -d '{"banned": true}'`, newcomer),
	)
}

// plain are addresses, and plainName names and roles, that mean nothing else to a
// shell or in a URL: somebody copies the commands, and a seed is a file of anybody's.
var (
	plain     = regexp.MustCompile(`^[\w.-]+@[\w.-]+$`)
	plainName = regexp.MustCompile(`^[\w.:-]+$`)
)

// someMember is a member who can sign in: the address, the slug or id of the
// organization, and a role to change to. It is the last one of the seed, because
// the first is often the only administrator.
func someMember(s *sandbox.Seed) (address, organization, role string) {
	emails, names := map[string]string{}, map[string]string{}
	for i := range s.Users {
		u := &s.Users[i]
		if first := firstAddress(u); !u.Banned && !u.Locked && !u.Deprovisioned && plain.MatchString(first) {
			emails[u.ID] = first
		}
	}
	for i := range s.Organizations {
		if name := cmp.Or(s.Organizations[i].Slug, s.Organizations[i].ID); plainName.MatchString(name) {
			names[s.Organizations[i].ID] = name
		}
	}
	for i := len(s.Memberships) - 1; i >= 0; i-- {
		m := &s.Memberships[i]
		if role := otherRole(s, m); emails[m.UserID] != "" && names[m.OrganizationID] != "" && plainName.MatchString(role) {
			return emails[m.UserID], names[m.OrganizationID], role
		}
	}
	return "", "", ""
}

// firstAddress is an address that the user has verified, or none.
func firstAddress(u *sandbox.User) string {
	for _, e := range u.EmailAddresses {
		if status := e.Verification.Status; u.Email == "" && !e.Reserved && (status == "" || status == "verified") {
			return e.Address
		}
	}
	return u.Email
}

// otherRole is another role than the member has. In a seed with roles of its own
// it is the same, because the organization may not have any other.
func otherRole(s *sandbox.Seed, m *sandbox.Membership) string {
	const admin, member = "org:admin", "org:member"
	have := cmp.Or(m.Role, member)
	switch {
	case len(s.Roles) > 0 || len(s.RoleSets) > 0:
		return have
	case have == admin:
		return member
	}
	return admin
}
