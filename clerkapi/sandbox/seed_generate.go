package sandbox

import "strconv"

// Generate makes an instance for tests of scale: organizations org_000001,
// org_000002, … with the slugs org-000001 and so on. Each has membersEach people
// of its own (user_000000001, person000000001@corp.example, external id
// e000000001); the first is its administrator. The same arguments give the same
// instance.
func Generate(organizations, membersEach int) *Seed {
	n := organizations * membersEach
	s := &Seed{
		Version:       SeedVersion,
		Users:         make([]User, 0, n),
		Organizations: make([]Organization, 0, organizations),
		Memberships:   make([]Membership, 0, n),
	}
	for o := range organizations {
		number := zeroPadded(o+1, 6)
		org := Organization{ID: "org_" + number, Slug: "org-" + number, Name: "Organization " + number}
		s.Organizations = append(s.Organizations, org)
		for m := range membersEach {
			u := generatedUser(o*membersEach + m + 1)
			role := memberRole
			if m == 0 {
				role = adminRole
			}
			s.Users = append(s.Users, u)
			s.Memberships = append(s.Memberships, Membership{OrganizationID: org.ID, UserID: u.ID, Role: role})
		}
	}
	return s
}

func generatedUser(n int) User {
	number := zeroPadded(n, 9)
	return User{
		ID: "user_" + number, ExternalID: "e" + number, Email: "person" + number + "@corp.example",
		FirstName: "Person", LastName: number,
	}
}

func zeroPadded(n, width int) string {
	s := strconv.Itoa(n)
	const zeros = "000000000"
	return zeros[:max(0, width-len(s))] + s
}
