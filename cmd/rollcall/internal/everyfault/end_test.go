package everyfault

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync/memory"
)

// access is who has which role, and who is invited for which: by organization and
// address.
func (s *story) access() map[string]string {
	out := map[string]string{}
	seed := s.clerk.Snapshot()
	names := addresses(seed)
	for i := range seed.Memberships {
		m := &seed.Memberships[i]
		out[slug(m.OrganizationID)+" "+names[m.UserID]] = m.Role
	}
	for i := range seed.Invitations {
		if in := &seed.Invitations[i]; in.Status == "pending" {
			out[slug(in.OrganizationID)+" "+in.Email+" invited"] = in.Role
		}
	}
	return out
}

// membersIn are the addresses of the members of all organizations.
func membersIn(access map[string]string) map[string]bool {
	out := map[string]bool{}
	for subject := range access {
		if _, address, _ := strings.Cut(subject, " "); !strings.HasSuffix(address, " invited") {
			out[address] = true
		}
	}
	return out
}

// noteMembers keeps who has been a member.
func (s *story) noteMembers(access map[string]string) { maps.Copy(s.members, membersIn(access)) }

func slug(organization string) string { return strings.TrimPrefix(organization, "org_") }

// addresses are the primary addresses by user.
func addresses(seed *sandbox.Seed) map[string]string {
	out := map[string]string{}
	for i := range seed.Users {
		out[seed.Users[i].ID] = seed.Users[i].EmailAddresses[0].Address
	}
	return out
}

// state lists everything that a story ends with: Clerk, and the memory of later runs.
// Accounts stand under their addresses, since the numbers of new ones differ.
func (s *story) endState() []string {
	s.t.Helper()
	seed := s.clerk.Snapshot()
	var lines []string
	for subject, role := range s.access() {
		lines = append(lines, subject+" "+role)
	}
	names := addresses(seed)
	for i := range seed.Memberships {
		m := &seed.Memberships[i]
		lines = append(lines, fmt.Sprintf("%s %s has %s %s", slug(m.OrganizationID), names[m.UserID], tidy(m.PublicMetadata), tidy(m.PrivateMetadata)))
	}
	mails := map[string]int{}
	for i := range seed.Invitations {
		in := &seed.Invitations[i]
		mails[slug(in.OrganizationID)+" "+in.Email]++
		if in.Status == "pending" {
			lines = append(lines, fmt.Sprintf("%s %s is invited with %s %s", slug(in.OrganizationID), in.Email, tidy(in.PublicMetadata), tidy(in.PrivateMetadata)))
		}
	}
	for subject, n := range mails {
		lines = append(lines, fmt.Sprintf("%s got %d mails", subject, n))
	}
	lines = append(append(lines, accounts(seed)...), s.memory(seed)...)
	slices.Sort(lines)
	return lines
}

// accounts says which accounts there are, and how far they are closed.
func accounts(seed *sandbox.Seed) (lines []string) {
	open := map[string]int{}
	for i := range seed.Sessions {
		if seed.Sessions[i].Status == "active" {
			open[seed.Sessions[i].UserID+" sessions"]++
		}
	}
	for i := range seed.APIKeys {
		if !seed.APIKeys[i].Revoked {
			open[seed.APIKeys[i].Subject+" keys"]++
		}
	}
	for i := range seed.Users {
		u := &seed.Users[i]
		var all []string
		for _, e := range u.EmailAddresses {
			all = append(all, e.Address+" "+e.Verification.Status)
		}
		lines = append(lines, fmt.Sprintf("account %s %s external %q banned %t locked %t sessions %d keys %d", u.EmailAddresses[0].Address, strings.Join(all, ", "),
			u.ExternalID, u.Banned, u.Locked, open[u.ID+" sessions"], open[u.ID+" keys"]))
	}
	return lines
}

// moment is a time in a fact. earlier are the counts of a group before the newest one:
// a run that did not read the group counts nothing. sent is how often somebody was
// invited, refusals included.
var (
	moment  = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]*"`)
	sent    = regexp.MustCompile(`"sent":\d+`)
	earlier = regexp.MustCompile(`"counts":\[.*,(\{[^}]*\})\]`)
)

// fleeting are the facts that end by their age: what Clerk said of other writers, of
// seats and of its own directory sync, and the mails of the last hour.
var fleeting = []string{memory.FactWriters, memory.FactSeats, memory.FactHour, memory.FactManaged}

// memory lists the facts that later runs go by, without their times.
func (s *story) memory(seed *sandbox.Seed) (lines []string) {
	s.t.Helper()
	facts, err := s.state.Facts(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	names := addresses(seed)
	for i := range facts {
		f := &facts[i]
		if slices.Contains(fleeting, f.Kind) {
			continue
		}
		value := earlier.ReplaceAllString(moment.ReplaceAllString(string(f.Value), `"then"`), `"counts":[$1]`)
		value = sent.ReplaceAllString(value, `"sent":0`)
		line := strings.ReplaceAll(fmt.Sprintf("fact %s %q %s", f.Kind, f.Key, value), s.dir, "")
		if s.ldap != nil {
			line = strings.ReplaceAll(line, strings.TrimPrefix(s.ldap.URL, "ldap://"), "ldap")
		}
		for id, name := range names {
			line = strings.ReplaceAll(line, id, name)
		}
		lines = append(lines, line)
	}
	return lines
}

// tidy is a JSON object with its keys sorted.
func tidy(object json.RawMessage) string {
	v := map[string]any{}
	if len(object) > 0 {
		if err := json.Unmarshal(object, &v); err != nil {
			return string(object)
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// difference lists the lines that only one of two states has, without those about
// subjects that somebody else has changed.
func difference(want, got []string, masked []string) (out []string) {
	skip := func(line string) bool {
		return slices.ContainsFunc(masked, func(m string) bool { return strings.Contains(line, m) })
	}
	count := map[string]int{}
	for _, line := range want {
		count[line]++
	}
	for _, line := range got {
		count[line]--
	}
	for line, n := range count {
		switch {
		case n == 0 || skip(line):
		case n > 0:
			out = append(out, "missing: "+line)
		default:
			out = append(out, "too much: "+line)
		}
	}
	slices.Sort(out)
	return out
}
