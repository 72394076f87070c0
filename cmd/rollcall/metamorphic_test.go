package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source/ldap/ldaptest"
	"rollcall/sync/plan"
)

// roads is one company, as a file and as a directory, before one Clerk.
type roads struct {
	people []string // "number group…"
	groups []string
}

func newRoads() *roads {
	r := &roads{groups: []string{"admins", "staff", "team-blue", "team-red"}}
	for i := range 90 {
		var line strings.Builder
		fmt.Fprint(&line, i)
		for k, g := range r.groups {
			if (i*11+k*3)%(4+k) == 0 {
				line.WriteString(" " + g)
			}
		}
		r.people = append(r.people, line.String())
	}
	return r
}

// csv has a row for each person.
func (r *roads) csv(people []string) string {
	var b strings.Builder
	b.WriteString("no,mail,first,last,dept,teams\n")
	for _, line := range people {
		f := strings.Fields(line)
		fmt.Fprintf(&b, "E%[1]s,p%[1]s@corp.example,F%[1]s,L%[1]s,d%[2]d,%[3]s\n", f[0], len(f), strings.Join(f[1:], ";"))
	}
	return b.String()
}

func (r *roads) ldif(people []string) string {
	var b strings.Builder
	members := map[string][]string{}
	for _, line := range people {
		f := strings.Fields(line)
		fmt.Fprintf(&b, "dn: uid=u%[1]s,ou=people,%[2]s\nobjectClass: inetOrgPerson\nuid: u%[1]s\ncn: c%[1]s\ngivenName: F%[1]s\nsn: L%[1]s\nemployeeNumber: E%[1]s\nmail: P%[1]s@Corp.example\ndepartmentNumber: d%[3]d\n\n",
			f[0], ldaptest.Suffix, len(f))
		for _, g := range f[1:] {
			members[g] = append(members[g], fmt.Sprintf("member: uid=u%s,ou=people,%s\n", f[0], ldaptest.Suffix))
		}
	}
	for _, g := range r.groups {
		fmt.Fprintf(&b, "dn: cn=%s,ou=groups,%s\nobjectClass: groupOfNames\ncn: %s\n%s\n", g, ldaptest.Suffix, g, strings.Join(members[g], ""))
	}
	return b.String()
}

// clerk holds most of them: some as they should be, some in another role, with
// another department, under nobody's marker, and some who have left.
func (r *roads) clerk() *sandbox.Seed {
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	for _, slug := range []string{"acme", "blue", "red"} {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + slug, Slug: slug})
	}
	for i := range len(r.people) + 6 {
		user := fmt.Sprint("user_", i)
		seed.Users = append(seed.Users, sandbox.User{ID: user, Email: fmt.Sprintf("p%d@corp.example", i)})
		m := sandbox.Membership{OrganizationID: []string{"org_acme", "org_blue", "org_red"}[i%3], UserID: user,
			Role: []string{"org:member", "org:admin"}[i/3%2], PublicMetadata: json.RawMessage(fmt.Sprintf(`{"dept":"d%d"}`, i%4))}
		if i%5 > 0 {
			m.PrivateMetadata = json.RawMessage(fmt.Sprintf(`{"rollcall":{"owner":"rollcall","source":"corp","id":"E%d"}}`, i))
		}
		if i%7 > 0 {
			seed.Memberships = append(seed.Memberships, m)
		}
	}
	return seed
}

// crowded is the same Clerk with so many members elsewhere that the list of the
// whole instance costs more than those of the organizations.
func crowded(seed *sandbox.Seed) *sandbox.Seed {
	out := *seed
	out.Organizations = append(slices.Clone(seed.Organizations), sandbox.Organization{ID: "org_other", Slug: "other"})
	for i := range 2100 {
		user := fmt.Sprint("user_other", i)
		out.Users = append(out.Users, sandbox.User{ID: user, Email: user + "@elsewhere.example"})
		out.Memberships = append(out.Memberships, sandbox.Membership{OrganizationID: "org_other", UserID: user, Role: "org:member"})
	}
	return &out
}

const roadsRules = `rules:
  - {groups: [admins], organization: acme, role: "org:admin", metadata: {public: {dept: "{%[1]s}"}}}
  - {groups: [staff], organization: acme, role: "org:member", metadata: {public: {dept: "{%[1]s}"}}}
  - {groups: [team-blue], organization: blue, role: "org:member", metadata: {public: {dept: "{%[1]s}"}}}
  - {groups: [team-red], organization: red, role: "org:member"}
sync: {removals: managed, adopt: matched}
state: none
`

// plan is the plan's JSON by the command line, without what tells the roads
// apart on purpose: where the people come from, and what reading cost.
func (r *roads) plan(t *testing.T, seed *sandbox.Seed, source string, files map[string]string) (asJSON string, road clerkapi.ListingStrategy) {
	t.Helper()
	seed.Instance.ID = "ins_roads" // else it follows from the seed, and hashes from it (S41)
	server, err := sandbox.New(sandbox.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	defer listening.Close()
	dir := t.TempDir()
	attribute := "dept"
	if strings.Contains(source, "ldap:") {
		attribute = "departmentNumber"
	}
	writeFiles(t, dir, files)
	writeFiles(t, dir, map[string]string{"key": sandbox.DefaultSecretKey + "\n",
		"rollcall.yaml": fmt.Sprintf("clerk: {api_url: %q, secret_key_file: key, rate: {requests: 100000, window: 1s}}\nsources:\n  - name: corp\n    %s\n", listening.URL, source) +
			fmt.Sprintf(roadsRules, attribute)})
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"plan", "--output", "json", "--config", filepath.Join(dir, "rollcall.yaml")}, nil, &out, &errs)
	p, err := report.ReadPlan(&out)
	if err != nil || code != 3 { // guards speak of some of it
		t.Fatalf("exit code %d, %v\n%s", code, err, &errs)
	}
	road = p.Cost.Road
	p.Instance.Address, p.Sources, p.Cost.Reads, p.Cost.Road = "", nil, 0, ""
	p.Notes = slices.DeleteFunc(p.Notes, func(n plan.Note) bool { return strings.Contains(n.Text, "is not encrypted (tls: off)") })
	if len(p.Notes) == 0 {
		p.Notes = nil
	}
	data, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return stands.ReplaceAllString(string(data), "PLACE is in"), road
}

// stands is where somebody stands who is wanted nowhere: a line, or a DN.
var stands = regexp.MustCompile(`([^"\s]*\.csv:[0-9:]+|uid=u[0-9]+,ou=people,\S+) is in`)

// TestEveryRoadGivesOnePlan reads the same people from a file and from a real
// directory, in any order and in pages of any size, and Clerk by either road.
func TestEveryRoadGivesOnePlan(t *testing.T) {
	t.Parallel()
	r := newRoads()
	backwards := slices.Clone(r.people)
	slices.Reverse(backwards)
	csv := `csv: {path: "people*.csv", settle: 0s, columns: {id: no, email: mail, first_name: first, last_name: last, groups: {column: teams, separator: ";"}}}`
	want, road := r.plan(t, r.clerk(), csv, map[string]string{"people.csv": r.csv(r.people)})
	if road != clerkapi.InstanceWide || strings.Count(want, `"action"`) < 50 {
		t.Fatalf("%s, and the plan\n%s", road, want)
	}
	one, two := newDirectory(t, r.ldif(r.people)), newDirectory(t, r.ldif(backwards))
	ldap := func(d *ldaptest.Slapd, more string) string {
		return fmt.Sprintf(`ldap: {urls: [%q], tls: "off", bind_dn: %q, bind_password_file: %q, base_dn: %q, id: employeeNumber, %s}`,
			d.URL, ldaptest.BindDN, d.PasswordFile(), ldaptest.Suffix, more)
	}
	half := len(r.people) / 2
	for name, x := range map[string]struct {
		seed   *sandbox.Seed
		source string
		files  map[string]string
		road   clerkapi.ListingStrategy
	}{
		"rows backwards":       {r.clerk(), csv, map[string]string{"people.csv": r.csv(backwards)}, clerkapi.InstanceWide},
		"two files":            {r.clerk(), csv, map[string]string{"people1.csv": r.csv(r.people[half:]), "people2.csv": r.csv(r.people[:half])}, clerkapi.InstanceWide},
		"each organization":    {crowded(r.clerk()), csv, map[string]string{"people.csv": r.csv(r.people)}, clerkapi.PerOrganization},
		"a directory":          {r.clerk(), ldap(one, "page_size: 1000"), nil, clerkapi.InstanceWide},
		"pages of one":         {r.clerk(), ldap(one, "page_size: 1, batch_size: 1, connections: 1"), nil, clerkapi.InstanceWide},
		"pages of seven":       {crowded(r.clerk()), ldap(two, "page_size: 7, batch_size: 13, connections: 3"), nil, clerkapi.PerOrganization},
		"a directory reversed": {r.clerk(), ldap(two, "nested: walk"), nil, clerkapi.InstanceWide},
	} {
		got, road := r.plan(t, x.seed, x.source, x.files)
		if road != x.road {
			t.Errorf("%s: Clerk was listed %s", name, road)
		}
		if d := cmp.Diff(causes.ReplaceAllString(want, ""), causes.ReplaceAllString(got, "")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// causes say why somebody leaves. A file tells who left from who moved, and a
// directory cannot.
var causes = regexp.MustCompile(`"because": "(?:left|moved)[^"]*",\s*"cause": "[a-z_]+",`)
