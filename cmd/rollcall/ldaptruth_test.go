package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source/ldap/ldaptest"
	"rollcall/sync/plan"
)

// What DNs have to escape, and letters outside ASCII.
var oddNames = []string{"Smith, Ann", "C++ Team", "Bob (external)", "Jürgen Groß", "李小龙", `back\slash`, "less<more>", "semi;colon"}

// truthPeople is the size of the company.
func truthPeople(t *testing.T) int {
	if suite.Short(t) {
		return 2_000
	}
	return 20_000
}

// truthLDIF is a company in the schemas that people run: 20,000 people, or 2,000, groups
// of three classes, nested four deep with a cycle, and DNs in other spellings
// than the entries' own.
func truthLDIF(people int) string {
	var b strings.Builder
	for i := range people {
		name := personName(i)
		fmt.Fprintf(&b, "dn: %s\nobjectClass: inetOrgPerson\nuid: u%05d\ncn: %s\nsn: S\nemployeeNumber: E%05d\nmail: u%05d@corp.example\n\n", personDN(i), i, name, i, i)
	}
	group := func(class, name string, from, to int, inside ...string) {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: %s\ncn: %s\n", groupDN(name), class, name)
		attribute := map[string]string{"groupOfNames": "member", "groupOfUniqueNames": "uniqueMember", "posixGroup": "memberUid"}[class]
		if class == "posixGroup" {
			fmt.Fprintf(&b, "gidNumber: %d\n", 1000+from)
		}
		for i := from; i < to; i++ {
			value := spelled(personDN(i), i)
			if attribute == "memberUid" {
				value = fmt.Sprintf("u%05d", i)
			}
			fmt.Fprintf(&b, "%s: %s\n", attribute, value)
		}
		for _, name := range inside {
			fmt.Fprintf(&b, "%s: %s\n", attribute, groupDN(name))
		}
		b.WriteString("\n")
	}
	group("groupOfNames", "everyone", 0, people*3/4)
	group("groupOfUniqueNames", "unique, with comma", people/2, people)
	group("posixGroup", "posix (all)", people/4, people/2)
	group("groupOfNames", "top", 0, 3, "one+one")
	group("groupOfUniqueNames", "one+one", 3, 40, "zwei ä")
	group("groupOfNames", "zwei ä", 40, 200, "three")
	group("groupOfNames", "three", 200, 201, "top", "four", "posix (all)")
	group("groupOfNames", "four", 300, 900)
	return b.String()
}

func personName(i int) string {
	if i%200 < len(oddNames) {
		return fmt.Sprintf("%s %d", oddNames[i%200], i)
	}
	return fmt.Sprintf("Person %d", i)
}

func personDN(i int) string {
	return "cn=" + ldap.EscapeDN(personName(i)) + ",ou=people," + ldaptest.Suffix
}
func groupDN(name string) string {
	return "cn=" + ldap.EscapeDN(name) + ",ou=groups," + ldaptest.Suffix
}

// spelled is the DN as somebody else writes it, now and then.
func spelled(dn string, i int) string {
	if i%5 != 1 {
		return dn
	}
	return strings.Replace(strings.Replace(dn, ",ou=people,dc=", ", OU=People , DC=", 1), `\,`, `\2C`, 1)
}

// ldifEntry is what a naive reader sees: attributes by name.
type ldifEntry map[string][]string

// readLDIF reads what truthLDIF wrote, by DN and by user name.
func readLDIF(t *testing.T, text string) (byDN, byUID map[string]ldifEntry) {
	t.Helper()
	byDN, byUID = map[string]ldifEntry{}, map[string]ldifEntry{}
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		e := ldifEntry{}
		for line := range strings.SplitSeq(block, "\n") {
			name, value, ok := strings.Cut(line, ": ")
			if !ok {
				t.Fatalf("no attribute: %q", line)
			}
			e[name] = append(e[name], value)
		}
		byDN[canonical(t, e["dn"][0])] = e
		for _, uid := range e["uid"] {
			byUID[uid] = e
		}
	}
	return byDN, byUID
}

// canonical is one spelling for all of a DN's.
func canonical(t *testing.T, dn string) string {
	t.Helper()
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, rdn := range parsed.RDNs {
		parts = append(parts, strings.ToLower(fmt.Sprintf("%s=%q", rdn.Attributes[0].Type, strings.TrimSpace(rdn.Attributes[0].Value))))
	}
	return strings.Join(parts, ",")
}

// peopleIn gives the addresses in a group and in all groups below it.
func peopleIn(t *testing.T, text string, groups ...string) map[string]bool {
	t.Helper()
	byDN, byUID := readLDIF(t, text)
	people, seen := map[string]bool{}, map[string]bool{}
	var walk func(e ldifEntry)
	walk = func(e ldifEntry) {
		if seen[e["dn"][0]] {
			return
		}
		seen[e["dn"][0]] = true
		for _, mail := range e["mail"] {
			people[mail] = true
		}
		for _, uid := range e["memberUid"] {
			walk(byUID[uid])
		}
		for _, dn := range append(e["member"], e["uniqueMember"]...) {
			walk(byDN[canonical(t, dn)])
		}
	}
	for _, name := range groups {
		walk(byDN[canonical(t, groupDN(name))])
	}
	return people
}

const truthRules = `rules:
  - {groups: ["top", "cn=unique\\2C with comma, ou=Groups,dc=corp,dc=example"], organization: acme, role: "org:admin"}
  - {groups: ["cn=everyone,ou=groups,dc=corp,dc=example"], organization: acme, role: "org:member"}
  - {groups: {match: 'posix \((?<org>[a-z]+)\)', base: "ou=groups,dc=corp,dc=example"}, organization: "{org}", role: "org:member"}
  - {groups: [four, "zwei ä"], organization: lab, role: "org:member"}
sync: {removals: managed}
`

// wantedTruth is who belongs where, from the LDIF alone: "organization address role".
func wantedTruth(t *testing.T, ldif string) []string {
	t.Helper()
	admins, everyone := peopleIn(t, ldif, "top", "unique, with comma"), peopleIn(t, ldif, "everyone")
	var want []string
	for mail := range admins {
		want = append(want, "org_acme "+mail+" org:admin")
	}
	for mail := range everyone {
		if !admins[mail] {
			want = append(want, "org_acme "+mail+" org:member")
		}
	}
	for mail := range peopleIn(t, ldif, "posix (all)") {
		want = append(want, "org_all "+mail+" org:member")
	}
	for mail := range peopleIn(t, ldif, "four", "zwei ä") {
		want = append(want, "org_lab "+mail+" org:member")
	}
	slices.Sort(want)
	return want
}

// truthClerk has a user for each person. Every third one wanted somewhere is a
// member already, in an organization by turns with the wrong role; and there
// are 100 leavers.
func truthClerk(people int, want []string) *sandbox.Seed {
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	for _, name := range []string{"acme", "all", "lab"} {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + name, Slug: name})
	}
	member := func(organization, user, role, id string) {
		seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: organization, UserID: user, Role: role,
			PrivateMetadata: json.RawMessage(fmt.Sprintf(`{"rollcall": {"owner": "rollcall", "source": "corp", "id": %q}}`, id))})
	}
	for i := range people + 100 {
		user := fmt.Sprintf("user_u%05d", i)
		seed.Users = append(seed.Users, sandbox.User{ID: user, Email: fmt.Sprintf("u%05d@corp.example", i)})
		if i >= people {
			member("org_lab", user, "org:member", fmt.Sprintf("E%05d", i))
		}
	}
	for n, line := range want {
		f := strings.Fields(line)
		uid, _, _ := strings.Cut(f[1], "@")
		if n%3 == 0 {
			member(f[0], "user_"+uid, []string{f[2], "org:member"}[n%2], "E"+uid[1:])
		}
	}
	return seed
}

// The plan, applied in the mind, is what the LDIF says and nothing else.
func TestPlanFromSlapdEqualsTheLDIF(t *testing.T) {
	t.Parallel()
	people := truthPeople(t)
	ldif := truthLDIF(people)
	d := newDirectory(t, ldif)
	want := wantedTruth(t, ldif)
	seed := truthClerk(people, want)
	in := install(t, d, seed, d.URL, "", truthRules)
	cmd := rollcallProcess(t.Context(), "plan", "--config", in.config, "--output", "json", "--state", t.TempDir())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // guards hold such a plan: 3, looked at below
	if code := cmd.ProcessState.ExitCode(); code != 3 || len(in.clerk.Writes()) > 0 {
		t.Fatalf("exit code %d, %d writes\n%s", code, len(in.clerk.Writes()), &stderr)
	}
	p, err := report.ReadPlan(&stdout)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]string{}
	for _, m := range seed.Memberships {
		have[m.OrganizationID+" "+strings.TrimPrefix(m.UserID, "user_")+"@corp.example"] = m.Role
	}
	counts := map[plan.Action]int{}
	for o, c := range p.Changes() {
		counts[c.Action]++
		key := o.ID + " " + c.Email
		if c.From != have[key] {
			t.Errorf("%s %s is from %q, Clerk has %q", c.Action, key, c.From, have[key])
		}
		if have[key] = c.To; c.Action == plan.Remove {
			delete(have, key)
		}
	}
	got := make([]string, 0, len(have))
	for key, role := range maps.All(have) {
		got = append(got, key+" "+role)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the plan leads to differs from the LDIF:\n%.3000s", diff)
	}
	if counts[plan.Remove] != 100 || counts[plan.SetRole] == 0 || counts[plan.Add] == 0 {
		t.Errorf("changes %v", counts)
	}
	t.Logf("%d people, %d memberships wanted, changes %v, held %d", people, len(want), counts, len(p.Holds))
	checkPath(t, p)
}

// checkPath looks at what the plan says of somebody four groups deep.
func checkPath(t *testing.T, plan *plan.Plan) {
	t.Helper()
	for _, c := range plan.Changes() {
		if c.Email == "u00301@corp.example" && c.To == "org:admin" {
			if want := "rule 1: top → one+one → zwei ä → three → four"; c.Because != want {
				t.Errorf("the reason is %q, want %q", c.Because, want)
			}
			return
		}
	}
	t.Error("nobody is four groups deep")
}
