package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source/ldap/ldaptest"
)

// BenchmarkPlanFromSlapd100k plans an organization of 100,000 people, who are
// one group of slapd, with the real program: once where Clerk lacks one in a
// hundred of them, and once where Clerk has none. In the same round ldapsearch
// reads the same entries and attributes in pages of 1,000. It reports the best
// of all rounds, in seconds: the LDAP part of the plan, the whole plan,
// ldapsearch, the ratio of LDAP part and ldapsearch; and the program's peak
// memory in MB, the largest of all rounds.
//
//	go test ./cmd/rollcall -run '^$' -bench PlanFromSlapd100k -benchtime 5x
func BenchmarkPlanFromSlapd100k(b *testing.B) {
	const people = 100_000
	ldif, _ := wholeGroup(people)
	bench := planBench{directory: newDirectory(b, ldif), binary: buildRollcall(b), people: people}
	b.Run("settled", func(b *testing.B) { bench.run(b, func(i int) bool { return i%100 != 0 }) })
	b.Run("first fill", func(b *testing.B) { bench.run(b, func(int) bool { return false }) })
}

// planBench is what both benchmarks share.
type planBench struct {
	directory *ldaptest.Slapd
	binary    string
	people    int
}

// run plans against a Clerk in which those are members whom member picks.
func (p *planBench) run(b *testing.B, member func(i int) bool) {
	_, seed := wholeGroup(p.people)
	seed.Memberships = seed.Memberships[:0]
	for i := range p.people {
		if member(i) {
			seed.Memberships = append(seed.Memberships, memberOf(i))
		}
	}
	data, err := json.Marshal(seed)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	writeFiles(b, dir, map[string]string{"seed.json": string(data)})
	clerk := startSandbox(b, p.binary, dir, "sk_live_bench", "--limits", "none", "--seed", "seed.json")
	writeFiles(b, dir, map[string]string{"rollcall.yaml": benchConfig(clerk.url, p.directory)})
	best := struct{ ldap, plan, search time.Duration }{time.Hour, time.Hour, time.Hour}
	peak := int64(0)
	for b.Loop() {
		c := runRollcall(b, p.binary, dir, clerk.key, "plan", "--output", "json", "--log-level", "debug", "--log-format", "json")
		best.ldap = min(best.ldap, ldapTook(b, c.stderr))
		best.plan, peak = min(best.plan, c.took), max(peak, c.peak)
		best.search = min(best.search, searchTook(b, p.directory, p.people))
		plan, err := report.ReadPlan(strings.NewReader(string(c.stdout)))
		if err != nil || len(plan.Sources) != 1 || plan.Sources[0].People != p.people ||
			len(plan.Organizations[0].Changes) != p.people-len(seed.Memberships) {
			b.Fatalf("exit code %d, plan %v\n%s", c.code, err, c.stderr[max(0, len(c.stderr)-2000):])
		}
	}
	b.ReportMetric(best.ldap.Seconds(), "ldap-s")
	b.ReportMetric(best.plan.Seconds(), "plan-s")
	b.ReportMetric(best.search.Seconds(), "ldapsearch-s")
	b.ReportMetric(best.ldap.Seconds()/best.search.Seconds(), "ratio")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
}

func benchConfig(clerk string, d *ldaptest.Slapd) string {
	return fmt.Sprintf(`clerk: {api_url: %q, secret_key_env: ROLLCALL_SCENARIO_KEY, rate: {requests: 1000000, window: 1s}, budget: 100%%}
sources:
  - name: corp
    ldap: {urls: [%q], tls: "off", bind_dn: %q, bind_password_file: %q, base_dn: %q, id: employeeNumber}
rules: [{groups: ["cn=all,ou=groups,dc=corp,dc=example"], organization: acme, role: "org:member"}]
sync: {removals: managed}
`, clerk, d.URL, ldaptest.BindDN, d.PasswordFile(), ldaptest.Suffix)
}

// ldapTook is what the log says of the LDAP part.
func ldapTook(b *testing.B, log []byte) time.Duration {
	b.Helper()
	for line := range strings.Lines(string(log)) {
		var event struct {
			Message string  `json:"msg"`
			Took    float64 `json:"took"`
		}
		if err := json.Unmarshal([]byte(line), &event); err == nil && event.Message == "directory read" {
			return time.Duration(event.Took * float64(time.Second))
		}
	}
	b.Fatalf("the log does not say how long the directory took\n%s", log[max(0, len(log)-2000):])
	return 0
}

// searchTook reads the group and the people as an admin would.
func searchTook(b *testing.B, d *ldaptest.Slapd, people int) time.Duration {
	b.Helper()
	search := func(args ...string) int {
		args = append([]string{"-x", "-LLL", "-H", d.URL, "-D", ldaptest.BindDN, "-w", ldaptest.Password}, args...)
		out, err := exec.Command("ldapsearch", args...).Output()
		if err != nil {
			b.Fatal(err)
		}
		return strings.Count(string(out), "dn: ")
	}
	begun := time.Now()
	search("-b", "cn=all,ou=groups,"+ldaptest.Suffix, "-s", "base", "objectClass", "cn", "member")
	got := search("-E", "pr=1000/noprompt", "-b", ldaptest.Suffix, "(|(objectClass=person)(objectClass=posixAccount)(objectClass=account))",
		"objectClass", "employeeNumber", "mail", "givenName", "sn", "uid", "nsAccountLock", "shadowExpire", "modifyTimestamp")
	took := time.Since(begun)
	if got < people {
		b.Fatalf("ldapsearch read %d entries", got)
	}
	return took
}
