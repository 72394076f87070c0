package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/source/file/filetest"
	"rollcall/source/ldap/sambatest"
)

const faultsFile = "../../deploy/source-errors.md"

// faultRow is one way in which a source fails, and the row of the document that
// says what happens then.
type faultRow struct {
	// says is what the run must say of it.
	source, fault, says string
	// removals is managed when empty.
	removals string
	// open makes the source with the people of today.
	open func(*faultWorld)
	// spoil puts the people of tomorrow there, and breaks the source.
	spoil func(*faultWorld)
	// repair ends the fault; nil where tomorrow's people and nothing else do.
	repair func(*faultWorld)
	// stdin is what standard input holds, today and tomorrow.
	stdin [2]string
	// long rows run with ROLLCALL_TESTS=all only.
	long bool
}

// faultWorld is an instance with two organizations: acme is fed by the source
// that fails, beta by another one.
type faultWorld struct {
	*testing.T
	dir   string
	clerk *sandbox.Server
	// yaml is the csv or ldap key of the source, and what stands beside it.
	yaml string
	// tomorrow has the source say who is there tomorrow, in whole.
	tomorrow func()
	files    *csvStage
	ldap     *ldapStage
	web      *webStage
	sftp     *filetest.SFTP
	domain   *sambatest.DC
	// resting ends a writer that does not stop by itself.
	resting func()
}

// The people of acme: so many stay, one leaves, one comes.
const faultStayers = 6

func faultPeople(day int) []string {
	people := []string{[]string{"leaver", "newcomer"}[day]}
	for i := range faultStayers {
		people = append(people, fmt.Sprintf("stays%d", i))
	}
	return people
}

// faultCSV is the file of a source, today (0) or tomorrow (1).
func faultCSV(day int) string { return peopleCSV("staff", faultPeople(day)...) }

func peopleCSV(group string, people ...string) string {
	var b strings.Builder
	b.WriteString("id,email,teams\n")
	for _, p := range people {
		fmt.Fprintf(&b, "%s,%s@corp.example,%s\n", p, p, group)
	}
	return b.String()
}

func newFaultWorld(t *testing.T, row *faultRow) *faultWorld {
	t.Helper()
	seed := &sandbox.Seed{Version: sandbox.SeedVersion, Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}, {ID: "org_beta", Slug: "beta"}}}
	for _, p := range append(faultPeople(0), "newcomer", "otto", "goes", "comes") {
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + p, Email: p + "@corp.example"})
	}
	server, url := serveClerk(t, seed)
	w := &faultWorld{T: t, dir: t.TempDir(), clerk: server}
	row.open(w)
	w.write("key", sandbox.DefaultSecretKey+"\n")
	w.write("beta.csv", peopleCSV("staff", "otto", "goes"))
	w.write("rollcall.yaml", fmt.Sprintf(`clerk: {api_url: %q, secret_key_file: key, rate: {requests: 100000, window: 1s}}
sources:
  - name: corp
%s
  - {name: other, csv: {path: beta.csv, settle: 0s, columns: {id: id, email: email, groups: teams}}}
rules:
  - {groups: [staff], source: corp, organization: acme, role: "org:member"}
  - {groups: [staff], source: other, organization: beta, role: "org:member"}
sync: {removals: %s}
`, url, w.yaml, cmp.Or(row.removals, "managed")))
	return w
}

func (w *faultWorld) path(name string) string { return filepath.Join(w.dir, name) }

func (w *faultWorld) write(name, text string) {
	w.Helper()
	w.must(os.WriteFile(w.path(name), []byte(text), 0o600))
}

func (w *faultWorld) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// apply is one run of the program.
func (w *faultWorld) apply(stdin string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	args := []string{"apply", "--output", "json", "--config", w.path("rollcall.yaml"), "--state", w.path("state")}
	code = run(w.Context(), args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// isMember reports who is a member of an organization.
func (w *faultWorld) isMember(organization, person string) bool {
	return slices.ContainsFunc(w.clerk.Snapshot().Memberships, func(m sandbox.Membership) bool {
		return m.OrganizationID == "org_"+organization && m.UserID == "user_"+person
	})
}

// faultOutcome is what one run did.
type faultOutcome struct {
	gain, loss, others bool
	holds              string
	// code is the exit code, alone that of a plan where the source is the only one.
	code, alone int
}

// alone is the exit code of a plan of a configuration without the other source.
func (w *faultWorld) alone(stdin string) int {
	text, err := os.ReadFile(w.path("rollcall.yaml"))
	w.must(err)
	lines := slices.DeleteFunc(strings.SplitAfter(string(text), "\n"), func(line string) bool { return strings.Contains(line, "other") })
	w.write("alone.yaml", strings.Join(lines, ""))
	var out, errs bytes.Buffer
	return run(w.Context(), []string{"plan", "--config", w.path("alone.yaml"), "--state", w.path("state")}, strings.NewReader(stdin), &out, &errs)
}

// look sees what is done, and that nobody is out who stays.
func (w *faultWorld) look(code int, stdout string) faultOutcome {
	w.Helper()
	for _, p := range faultPeople(0)[1:] {
		if !w.isMember("acme", p) {
			w.Errorf("%s is out, and stays", p)
		}
	}
	if !w.isMember("beta", "otto") {
		w.Error("otto is out, and stays")
	}
	return faultOutcome{
		gain: w.isMember("acme", "newcomer"), loss: !w.isMember("acme", "leaver"),
		others: w.isMember("beta", "comes") && !w.isMember("beta", "goes"),
		holds:  holdsOf(w.T, stdout), code: code,
	}
}

// holdsOf lists the rules by which changes wait; each hold must be of acme.
func holdsOf(t *testing.T, stdout string) string {
	t.Helper()
	var report struct {
		Plan struct {
			Holds []struct{ Rule, Organization string }
			Notes []struct{ Rule string }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("the report is no JSON: %v\n%s", err, stdout)
	}
	var rules []string
	for _, h := range report.Plan.Holds {
		if h.Organization != "org_acme" {
			t.Errorf("%s holds %q", h.Rule, h.Organization)
		}
		rules = append(rules, h.Rule)
	}
	slices.Sort(rules)
	return strings.Join(slices.Compact(rules), ", ")
}

// runFault runs a row: a whole read, one that fails, and one after the repair.
func runFault(t *testing.T, row *faultRow) faultOutcome {
	t.Helper()
	w := newFaultWorld(t, row)
	if code, stdout, stderr := w.apply(row.stdin[0]); code != 0 || !w.isMember("acme", "leaver") || !w.isMember("beta", "goes") {
		t.Fatalf("before the fault: exit %d\n%s%s", code, stdout, stderr)
	}
	w.write("beta.csv", peopleCSV("staff", "otto", "comes"))
	row.spoil(w)
	code, stdout, stderr := w.apply(row.stdin[1])
	t.Logf("exit %d\n%s%s", code, stdout, stderr)
	if !strings.Contains(stdout+stderr, row.says) {
		t.Errorf("the run does not say %q", row.says)
	}
	cell := w.look(code, stdout)
	cell.alone = w.alone(row.stdin[1])
	if row.repair != nil {
		row.repair(w)
	}
	w.tomorrow()
	code, stdout, stderr = w.apply(row.stdin[1])
	if after := w.look(code, stdout); row.stdin[0] == "" && (code != 0 || !after.gain || !after.loss || !after.others) {
		t.Errorf("after the fault: exit %d\n%s%s", code, stdout, stderr)
	}
	return cell
}

// markdown is the row of the document.
func (r *faultRow) markdown(c faultOutcome) string {
	yes := func(done bool) string { return map[bool]string{true: "done", false: "wait"}[done] }
	organization := "goes on"
	if c.holds != "" {
		organization = "waits (" + c.holds + ")"
	}
	exit := fmt.Sprint(c.code)
	if strings.Contains(c.holds, "S14") && c.alone != c.code {
		exit += fmt.Sprintf(" (alone %d)", c.alone)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", r.source, r.fault, yes(c.gain), yes(c.loss), organization, yes(c.others), exit)
}

const faultsHead = `# What happens when a source fails

A test writes this table. One source feeds one organization, a second source feeds another. After a successful run, one person of each source leaves and one joins. Then the source fails in one way, and rollcall runs apply. The test checks Clerk, repairs the source and runs apply again. In every row this run does everything that waited. The only exception is standard input without an end marker, where no run removes anybody.

- **gains**: the person who joins is added to the organization of the source. **losses**: the person who leaves is removed from it. *wait*: not in this run.
- **organization**: the safety rules that make changes of that organization wait; ` + "`rollcall help S14`" + ` explains one. *goes on*: none.
- **others**: the person who joins the other organization is added, and the one who leaves it is removed.
- **exit**: 0 done, 1 a source was not read, 3 changes wait. *alone*: if there is no other source.

In no row does anybody lose access who is still in the source.

| source | fault | gains | losses | organization | others | exit |
|---|---|---|---|---|---|---|
`

// Every way in which a source can fail has a row that says what happens, and the
// document has the rows of today.
func TestS14EveryFaultOfASourceHasARow(t *testing.T) {
	t.Parallel()
	all := faultRows()
	rows := make([]string, len(all))
	short := suite.Short(t) && !*updateTables
	t.Run("rows", func(t *testing.T) {
		for i := range all {
			if short && (all[i].long || i%20 != 0) {
				continue
			}
			t.Run(all[i].source+" "+all[i].fault, func(t *testing.T) {
				t.Parallel()
				cell := runFault(t, &all[i])
				if !cell.others {
					t.Error("the other organization waits")
				}
				rows[i] = all[i].markdown(cell)
			})
		}
	})
	checkTable(t, faultsFile, faultsHead, rows)
}
