package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/source/ldap/ldaptest"
	"rollcall/sync/journal"
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
	ldap ldaptest.Fault
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
	{name: "directory busy", ldap: ldaptest.Fault{Code: 51}, page: 2},
	{name: "directory size limit", ldap: ldaptest.Fault{Code: 4}, page: 1},
	{name: "directory drops", ldap: ldaptest.Fault{Drop: true}, page: 2},
	{name: "directory refuses the bind", ldap: ldaptest.Fault{Code: 52}},
	{name: "directory silent until the time-out", ldap: ldaptest.Fault{Hang: true}, page: 2},
	{name: "directory answers garbage", ldap: ldaptest.Fault{Garbage: true}, page: 1},
}

var (
	betaList = "/organizations/org_beta/memberships"
	second   = map[string]string{"offset": "500"}
	anyWrite = []string{"POST", "DELETE"}
)

// clerkFaults are what Clerk may do, and the organizations in which it then stops
// everything: "beta", or "all". The others are finished (S40).
var clerkFaults = []struct {
	name   string
	stops  string
	faults []sandbox.Fault
}{
	{name: "none"},
	{"503 on a page", "beta", []sandbox.Fault{{Path: betaList, Query: second, Status: 503}}},
	{"a page cut", "beta", []sandbox.Fault{{Path: betaList, Query: second, CutAfterBytes: 400}}},
	{"the line lost on a page", "beta", []sandbox.Fault{{Path: betaList, Query: second, DropConnection: true}}},
	{"403 on a page", "beta", []sandbox.Fault{{Path: betaList, Query: second, Status: 403}}},
	{"a migration", "beta", []sandbox.Fault{{Path: betaList, Status: 409, Code: "role_migration_in_progress"}}},
	{"a page shifted", "beta", []sandbox.Fault{{Path: betaList, Query: second, List: &sandbox.ListFault{Shift: 1}}}},
	{"a page repeats", "beta", []sandbox.Fault{{Path: betaList, Query: second, List: &sandbox.ListFault{Repeat: 2}}}},
	{"a page short", "beta", []sandbox.Fault{{Path: betaList, Query: second, List: &sandbox.ListFault{Short: 20}}}},
	{"a count that lies", "beta", []sandbox.Fault{{Path: betaList, List: &sandbox.ListFault{TotalCount: -500}}}},
	{"429 storm", "", []sandbox.Fault{{Method: "GET", Share: 0.5, Times: 6, Status: 429, RetryAfter: 1}}},
	{"users not found by look-ups", "all", []sandbox.Fault{{Path: "/users", Status: 500}}},
	{"answers lost after the write", "", lostAnswers(3)},
	{"every write fails", "all", []sandbox.Fault{{Method: anyWrite[0], Status: 500}, {Method: anyWrite[1], Status: 500}}},
	{"lists lag behind writes", "some", []sandbox.Fault{{Path: betaList, List: &sandbox.ListFault{Lag: sandbox.Duration(1 << 40)}}}},
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
	for i := range seed.Users { // everybody but a few, so that the sandbox starts quickly
		if user := seed.Users[i].ID; i%10 == 0 || matrixLeavers[user] {
			seed.Sessions = append(seed.Sessions, sandbox.Session{UserID: user})
			seed.APIKeys = append(seed.APIKeys, sandbox.APIKey{Subject: user})
		}
	}
	return seed
}

// matrixLeavers are the users of the leavers of either source.
var matrixLeavers = func() map[string]bool {
	users := map[string]bool{}
	for i := range matrixLeaver {
		users[fmt.Sprintf("user_u%05d", matrixLDAP+i)] = true
		users[fmt.Sprintf("user_b%04d", matrixCSV+i)] = true
	}
	return users
}()

// accounts are the accounts that are locked or banned, or have lost a session or a key:
// wrong are those of people who are no leavers, or are still members. open counts the leavers
// whose account is not closed, signedIn those of them who are no members any more and have a
// session.
func (c *matrixCell) accounts() (wrong []string, open, signedIn int) {
	seed := c.server.Snapshot()
	member, hurt, active := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, m := range seed.Memberships {
		member[m.UserID] = true
	}
	for i := range seed.Sessions {
		active[seed.Sessions[i].UserID] = seed.Sessions[i].Status == "active"
		hurt[seed.Sessions[i].UserID] = seed.Sessions[i].Status != "active"
	}
	for i := range seed.APIKeys {
		hurt[seed.APIKeys[i].Subject] = hurt[seed.APIKeys[i].Subject] || seed.APIKeys[i].Revoked
	}
	for i := range seed.Users {
		u := &seed.Users[i]
		switch {
		case (u.Banned || u.Locked || hurt[u.ID]) && (member[u.ID] || !matrixLeavers[u.ID]):
			wrong = append(wrong, u.ID)
		case matrixLeavers[u.ID] && (u.Banned == u.Locked || !hurt[u.ID]):
			open++
		}
		if matrixLeavers[u.ID] && !member[u.ID] && active[u.ID] {
			signedIn++
		}
	}
	return wrong, open, signedIn
}

// matrixCell is one installation under a fault of either side.
type matrixCell struct {
	t      *testing.T
	server *sandbox.Server
	proxy  *ldaptest.Proxy
	dir    string
}

func newMatrixCell(t *testing.T, d *ldaptest.Slapd, patience, account string) *matrixCell {
	t.Helper()
	server, listening := serveClerk(t, matrixSeed())
	c := &matrixCell{t, server, ldaptest.StartProxy(t, d), t.TempDir()}
	writeFiles(t, c.dir, map[string]string{"key": sandbox.DefaultSecretKey + "\n", "rollcall.yaml": fmt.Sprintf(`
clerk: {api_url: %q, secret_key_file: key, rate: {requests: 100000, window: 1s}}
sources:
  - name: corp
    ldap: {urls: [%q], tls: "off", bind_dn: %q, bind_password_file: %q, base_dn: %q, id: employeeNumber, page_size: 50, connections: 1, request_timeout: %s}
  - name: hr
    csv: {path: people.csv, settle: 0s, end_marker: "#end", columns: {id: id, email: email, organization: org, role: role}}
rules: [{groups: ["cn=all,ou=groups,dc=corp,dc=example"], source: corp, organization: acme, role: "org:member"}]
sync: {removals: managed, email_domains: [corp.example]}
leavers: {end_sessions: true, revoke_api_keys: true, account: %s}
guards: {removals: {percent: 100, people: 10000, half: 0, run: 10000}, adds: {people: 10000}, source_shrink: {percent: 100, people: 10000},
  end_sessions: {people: 10000, half: 0}, revoke_api_keys: {people: 10000, half: 0}, lock_or_ban: {people: 10000, half: 0}}
`, listening, c.proxy.URL, ldaptest.BindDN, d.PasswordFile(), ldaptest.Suffix, patience, account)})
	var facts []journal.Fact // without history, rows may lead anywhere (S14)
	for slug, source := range map[string]string{"acme": "corp", "beta": "hr"} {
		facts = append(facts, journal.Fact{Kind: "pin", Key: slug, Value: raw("org_" + slug)},
			journal.Fact{Kind: "organization", Key: "org_" + slug, Value: raw(map[string]any{"slug": slug, "sources": []string{source}})})
	}
	oldState(t, filepath.Join(c.dir, "state"), facts...)
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

// rest is what is left to do in an organization: people of its source who are
// no members any more, newcomers who are none yet, and leavers who are still there.
type rest struct {
	lost, fresh []string
	leavers     int
}

func (p rest) finished() bool { return len(p.fresh) == 0 && p.leavers == 0 }

// rest looks at the organization that the directory feeds, and at that of the
// file.
func (c *matrixCell) rest() (acme, beta rest) {
	members := map[string]bool{}
	for _, m := range c.server.Snapshot().Memberships {
		members[m.UserID] = true
	}
	check := func(format string, n int) (p rest) {
		for i := range n + matrixLeaver {
			user := "user_" + fmt.Sprintf(format, i)
			switch {
			case i >= n && members[user]:
				p.leavers++
			case i < matrixLeaver && !members[user]:
				p.fresh = append(p.fresh, user)
			case i < n && !members[user]:
				p.lost = append(p.lost, user)
			}
		}
		return p
	}
	return check("u%05d", matrixLDAP), check("b%04d", matrixCSV)
}

// matrixRuns picks the cells: all of them, one in five under the race detector.
// In short three faults of a source, none of which has to be waited for, meet one fault of Clerk.
func matrixRuns(short bool, source, clerk int) bool {
	switch {
	case short:
		return slices.Contains([]int{0, 6, 8}, source) && clerk == source
	case suite.Race:
		return (source*len(clerkFaults)+clerk)%5 == 4
	}
	return true
}

// In no cell is anybody removed who is in the directory, and no account closed of anybody
// who has not left or is still a member. What the fault does not
// concern is finished in the same run: a source holds what it feeds and nothing
// else (S14), a list of Clerk its organization and no other (S40). When the fault has
// ended, the next run brings all to where it should be (S09, S11, S16, S33), and, in one
// cell of four, the one after it sends no write (S39).
func TestS09SourceAndClerkFaultMatrix(t *testing.T) {
	t.Parallel()
	ldif, _ := wholeGroup(matrixLDAP)
	d := newDirectory(t, ldif)
	cells, short := 0, suite.Short(t)
	var closed, outWithSession, prevented atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d cells, no account closed wrongly; in the run with the fault %d leavers' accounts were closed, %d leavers lost the membership and no session, of whom %d in cells whose fault prevents it",
			cells, closed.Load(), outWithSession.Load(), prevented.Load())
	})
	for i, source := range sourceFaults {
		for j, clerk := range clerkFaults {
			if !matrixRuns(short, i, j) {
				continue
			}
			cells++
			t.Run(source.name+", "+clerk.name, func(t *testing.T) {
				t.Parallel()
				patience := "30s"
				if source.ldap.Hang {
					patience = shortPatience
				}
				c := newMatrixCell(t, d, patience, []string{"ban", "lock"}[(i+j)%2])
				if strings.HasPrefix(source.name, "directory") {
					c.proxy.SetFault(func(op ldaptest.Op) ldaptest.Fault {
						if op.Page < source.page || source.page == 0 && op.Kind != "bind" {
							return ldaptest.Fault{}
						}
						return source.ldap
					})
				}
				if err := c.server.SetFaults(clerk.faults...); err != nil {
					t.Fatal(err)
				}
				code, out := c.apply(source.file)
				acme, beta := c.rest()
				for name, x := range map[string]struct {
					rest
					source string
				}{"acme": {acme, "directory"}, "beta": {beta, "file"}} {
					if len(x.lost) > 0 {
						t.Fatalf("%s: %d people of its source are out, the first %s; exit %d\n%s", name, len(x.lost), x.lost[0], code, out)
					}
					concerned, stopped := strings.HasPrefix(source.name, x.source), clerk.stops == "all" || clerk.stops == name
					if !concerned && !stopped && (clerk.stops != "some" || name != "beta") && !x.finished() {
						t.Errorf("%s is not finished: %d newcomers, %d leavers left; exit %d\n%s", name, len(x.fresh), x.leavers, code, out)
					}
					if (concerned || stopped) && x.leavers != matrixLeaver {
						t.Errorf("%s lost %d leavers; exit %d\n%s", name, matrixLeaver-x.leavers, code, out)
					}
				}
				wrong, open, signedIn := c.accounts()
				closed.Add(int64(2*matrixLeaver - open))
				outWithSession.Add(int64(signedIn))
				if source.name != "none" || clerk.stops != "" {
					prevented.Add(int64(signedIn)) // a source in doubt proves nobody's absence
				} else if signedIn > 0 {
					t.Errorf("%d leavers are signed in after the run", signedIn)
				}
				if len(wrong) > 0 {
					t.Fatalf("%d accounts closed of people who have not left, or are members: %s; exit %d\n%s", len(wrong), wrong[0], code, out)
				}
				whole := acme.finished() && beta.finished()
				struck := slices.ContainsFunc(c.server.Requests(), func(r sandbox.Request) bool { return r.Fault != "" })
				if struck != (len(clerk.faults) > 0 && code != 2) {
					t.Errorf("a fault of Clerk struck: %t; exit %d", struck, code)
				}
				if whole != (code == 0) {
					t.Errorf("exit %d, acme %+v, beta %+v\n%s", code, acme, beta, out)
				}
				c.proxy.SetFault(nil)
				if err := c.server.SetFaults(); err != nil {
					t.Fatal(err)
				}
				code, out = c.apply(nil)
				if acme, beta = c.rest(); code != 0 || !acme.finished() || !beta.finished() || len(acme.lost)+len(beta.lost) > 0 {
					t.Fatalf("after the fault: exit %d, acme %+v, beta %+v\n%s", code, acme, beta, out)
				}
				if wrong, open, _ := c.accounts(); len(wrong)+open > 0 {
					t.Fatalf("after the fault: %d accounts closed wrongly (%v), %d of leavers open\n%s", len(wrong), wrong, open, out)
				}
				if (i+j)%4 != 0 {
					return
				}
				c.server.ForgetRequests()
				if code, out = c.apply(nil); code != 0 || len(c.server.Writes()) > 0 {
					t.Errorf("the third run: exit %d, %d writes\n%s", code, len(c.server.Writes()), out)
				}
			})
		}
	}
}
