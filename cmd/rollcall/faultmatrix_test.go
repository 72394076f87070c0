package main

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

// matrixFile is the CSV of the matrix: people of org_beta, ended by a marker.
func matrixFile(from, to int) string {
	var b strings.Builder
	b.WriteString("id,email,org,role\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "b%04d,b%04d@corp.example,beta,org:member\n", i, i)
	}
	return b.String() + "#end\n"
}

const (
	matrixLDAP   = 120  // people of acme in the directory, ten of whom are new
	matrixCSV    = 1100 // people of beta in the file, ten of whom are new
	matrixLeaver = 10   // of either
)

// sourceFaults are what a source may do; the file's text is damaged, the
// directory's answers are.
var sourceFaults = []struct {
	name string
	file func(string) string // nil: whole
	ldap ldapFault
	page int // from which page of the directory on
}{
	{name: "none"},
	{name: "file cut in a row", file: func(s string) string { return s[:len(s)/2+7] }},
	{name: "file cut after a row", file: func(s string) string { return s[:strings.LastIndex(s[:len(s)/2], "\n")+1] }},
	{name: "file without its last line", file: func(s string) string { return strings.TrimSuffix(s, "#end\n") }},
	{name: "file with a header only", file: func(s string) string { return s[:strings.Index(s, "\n")+1] }},
	{name: "file empty", file: func(string) string { return "" }},
	{name: "file garbled", file: func(s string) string { return strings.Replace(s, "b0500@corp.example", "b0500\x00@corp", 1) }},
	{name: "file written twice", file: func(s string) string { return s + s }},
	{name: "directory busy", ldap: ldapFault{code: 51}, page: 2},
	{name: "directory size limit", ldap: ldapFault{code: 4}, page: 1},
	{name: "directory drops", ldap: ldapFault{drop: true}, page: 2},
	{name: "directory refuses the bind", ldap: ldapFault{code: 52}},
	{name: "directory silent until the time-out", ldap: ldapFault{hang: true}, page: 2},
	{name: "directory answers garbage", ldap: ldapFault{garbage: true}, page: 1},
}

var (
	betaList = "/organizations/org_beta/memberships"
	second   = map[string]string{"offset": "500"}
	anyWrite = []string{"POST", "DELETE"}
)

// clerkFaults are what Clerk may do.
var clerkFaults = []struct {
	name   string
	faults []sandbox.Fault
}{
	{name: "none"},
	{"503 on a page", []sandbox.Fault{{Path: betaList, Query: second, Status: 503}}},
	{"a page cut", []sandbox.Fault{{Path: betaList, Query: second, CutAfterBytes: 400}}},
	{"the line lost on a page", []sandbox.Fault{{Path: betaList, Query: second, DropConnection: true}}},
	{"a page shifted", []sandbox.Fault{{Path: betaList, Query: second, List: &sandbox.ListFault{Shift: 1}}}},
	{"a page repeats", []sandbox.Fault{{Path: betaList, Query: second, List: &sandbox.ListFault{Repeat: 2}}}},
	{"a page short", []sandbox.Fault{{Path: betaList, Query: second, List: &sandbox.ListFault{Short: 20}}}},
	{"a count that lies", []sandbox.Fault{{Path: betaList, List: &sandbox.ListFault{TotalCount: -500}}}},
	{"429 storm", []sandbox.Fault{{Method: "GET", Share: 0.5, Times: 6, Status: 429, RetryAfter: 1}}},
	{"users not found by look-ups", []sandbox.Fault{{Path: "/users", Status: 500}}},
	{"answers lost after the write", lostAnswers(3)},
	{"every write fails", []sandbox.Fault{{Method: anyWrite[0], Status: 500}, {Method: anyWrite[1], Status: 500}}},
	{"lists lag behind writes", []sandbox.Fault{{Path: betaList, List: &sandbox.ListFault{Lag: sandbox.Duration(1 << 40)}}}},
}

func lostAnswers(n int) []sandbox.Fault {
	var out []sandbox.Fault
	for _, method := range anyWrite {
		out = append(out, sandbox.Fault{Method: method, DropAfterEffect: true, Times: n})
	}
	return out
}

// matrixSeed is what Clerk holds before: all but the newcomers, and leavers.
func matrixSeed() *sandbox.Seed {
	seed := &sandbox.Seed{Version: sandbox.SeedVersion, Organizations: []sandbox.Organization{
		{ID: "org_acme", Slug: "acme"}, {ID: "org_beta", Slug: "beta"}, {ID: "org_other", Slug: "other"}}}
	person := func(organization, source, id string, member bool) {
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + id, Email: id + "@corp.example"})
		if member {
			seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: organization, UserID: "user_" + id, Role: "org:member",
				PrivateMetadata: raw(map[string]any{"rollcall": map[string]any{"owner": "rollcall", "source": source, "id": id}})})
		}
	}
	for i := range 2500 { // nobody's: lists by organization are the cheaper road
		person("org_other", "other", fmt.Sprintf("o%04d", i), true)
	}
	for i := range matrixLDAP + matrixLeaver {
		person("org_acme", "corp", fmt.Sprintf("u%05d", i), i >= matrixLeaver)
	}
	for i := range matrixCSV + matrixLeaver {
		person("org_beta", "hr", fmt.Sprintf("b%04d", i), i >= matrixLeaver)
	}
	return seed
}

// matrixCell is one installation under a fault of either side.
type matrixCell struct {
	t      *testing.T
	server *sandbox.Server
	proxy  *ldapProxy
	dir    string
}

func newMatrixCell(t *testing.T, d *directory, patience string) *matrixCell {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{Seed: matrixSeed()})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	c := &matrixCell{t, server, startProxy(t, d), t.TempDir()}
	writeFiles(t, c.dir, map[string]string{"key": sandbox.DefaultSecretKey + "\n", "rollcall.yaml": fmt.Sprintf(`
clerk: {api_url: %q, secret_key_file: key, rate: {requests: 100000, window: 1s}}
sources:
  - name: corp
    ldap: {urls: [%q], tls: "off", bind_dn: %q, bind_password_file: %q, base_dn: %q, id: employeeNumber, page_size: 50, connections: 1, request_timeout: %s}
  - name: hr
    csv: {path: people.csv, settle: 0s, end_marker: "#end", columns: {id: id, email: email, organization: org, role: role}}
rules: [{groups: ["cn=all,ou=groups,dc=corp,dc=example"], source: corp, organization: acme, role: "org:member"}]
sync: {removals: managed}
guards: {removals: {percent: 100, people: 10000, half: 0, run: 10000}, adds: {people: 10000}, source_shrink: {percent: 100, people: 10000}}
`, listening.URL, c.proxy.url, ldapBind, filepath.Join(d.dir, "password"), ldapSuffix, patience)})
	oldState(t, filepath.Join(c.dir, "state"))
	return c
}

// apply makes one run; damage is what happens to the file.
func (c *matrixCell) apply(damage func(string) string) (code int, out string) {
	c.t.Helper()
	text := matrixFile(0, matrixCSV)
	if damage != nil {
		text = damage(text)
	}
	writeFiles(c.t, c.dir, map[string]string{"people.csv": text})
	var stdout, stderr bytes.Buffer
	code = run(c.t.Context(), []string{"apply", "--config", filepath.Join(c.dir, "rollcall.yaml"), "--state", filepath.Join(c.dir, "state")}, nil, &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}

// lost are the people of the directory who are no members any more, new those
// who still are none.
func (c *matrixCell) lost() (lost, fresh []string, leavers int) {
	members := map[string]bool{}
	for _, m := range c.server.Snapshot().Memberships {
		members[m.UserID] = true
	}
	check := func(format string, n int) {
		for i := range n + matrixLeaver {
			user := "user_" + fmt.Sprintf(format, i)
			switch {
			case i >= n && members[user]:
				leavers++
			case i < matrixLeaver && !members[user]:
				fresh = append(fresh, user)
			case i < n && !members[user]:
				lost = append(lost, user)
			}
		}
	}
	check("u%05d", matrixLDAP)
	check("b%04d", matrixCSV)
	return lost, fresh, leavers
}

// In no cell is anybody removed who is in the directory; when the fault has
// ended, the next run brings all to where it should be (S09, S11, S14, S16, S33).
func TestS09SourceAndClerkFaultMatrix(t *testing.T) {
	ldif, _ := wholeGroup(matrixLDAP)
	d := newDirectory(t, ldif)
	cells := 0
	for _, source := range sourceFaults {
		for _, clerk := range clerkFaults {
			if cells++; raceEnabled && cells%5 != 0 {
				continue
			}
			t.Run(source.name+", "+clerk.name, func(t *testing.T) {
				t.Parallel()
				patience := "30s"
				if source.ldap.hang {
					patience = "1s"
				}
				c := newMatrixCell(t, d, patience)
				if strings.HasPrefix(source.name, "directory") {
					c.proxy.fault = func(op ldapOp) ldapFault {
						if op.page < source.page || source.page == 0 && op.kind != "bind" {
							return ldapFault{}
						}
						return source.ldap
					}
				}
				if err := c.server.SetFaults(clerk.faults...); err != nil {
					t.Fatal(err)
				}
				code, out := c.apply(source.file)
				lost, fresh, leavers := c.lost()
				if len(lost) > 0 {
					t.Fatalf("%d people of the directory are out, the first %s; exit %d\n%s", len(lost), lost[0], code, out)
				}
				whole := len(fresh) == 0 && leavers == 0
				struck := slices.ContainsFunc(c.server.Requests(), func(r sandbox.Request) bool { return r.Fault != "" })
				if struck != (len(clerk.faults) > 0 && code != 2) {
					t.Errorf("a fault of Clerk struck: %t; exit %d", struck, code)
				}
				if whole != (code == 0) {
					t.Errorf("exit %d, %d newcomers and %d leavers left\n%s", code, len(fresh), leavers, out)
				}
				c.proxy.fault = nil
				if err := c.server.SetFaults(); err != nil {
					t.Fatal(err)
				}
				code, out = c.apply(nil)
				if lost, fresh, leavers = c.lost(); code != 0 || len(lost)+len(fresh)+leavers > 0 {
					t.Fatalf("after the fault: exit %d, %d lost, %d newcomers, %d leavers\n%s", code, len(lost), len(fresh), leavers, out)
				}
			})
		}
	}
	t.Logf("%d cells", cells)
}
