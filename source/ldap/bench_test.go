package ldap

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

// BenchmarkSlapd100k reads one group of 100,000 people from slapd into a
// snapshot, and lets ldapsearch read the same entries and attributes in the
// same run. It reports both times in seconds, their ratio, and the peak memory
// of this process in MB.
func BenchmarkSlapd100k(b *testing.B) {
	const n = 100_000
	var ldif strings.Builder
	var members strings.Builder
	for i := range n {
		fmt.Fprintf(&ldif, "dn: uid=u%06d,ou=people,%s\nobjectClass: inetOrgPerson\nuid: u%06d\ncn: Person Number %d\nsn: Number %d\ngivenName: Person\nmail: u%06d@corp.example\ndepartmentNumber: %d\n\n", i, ldaptest.Suffix, i, i, i, i, i%50)
		fmt.Fprintf(&members, "member: uid=u%06d,ou=people,%s\n", i, ldaptest.Suffix)
	}
	fmt.Fprintf(&ldif, "dn: cn=all,ou=groups,%s\nobjectClass: groupOfNames\ncn: all\n%s\n", ldaptest.Suffix, members.String())
	server := ldaptest.Start(b, ldaptest.Config{LDIF: ldif.String()})
	ldif.Reset()
	members.Reset()
	want := source.Request{Groups: []source.Selector{{Name: "cn=all,ou=groups," + ldaptest.Suffix}}, Attributes: []string{"departmentNumber"}}
	source, err := newDirectory(slapdConfig(b, server), "corp")
	must(b, err)
	var ours, theirs time.Duration
	for b.Loop() {
		begun := time.Now()
		snap, err := source.Read(b.Context(), want)
		must(b, err)
		ours += time.Since(begun)
		if len(snap.Groups) != 1 || len(snap.Groups[0].Members) != n {
			b.Fatalf("read %d groups", len(snap.Groups))
		}
		theirs += ldapsearchTime(b, server, n)
	}
	rounds := float64(b.N)
	b.ReportMetric(ours.Seconds()/rounds, "rollcall-s")
	b.ReportMetric(theirs.Seconds()/rounds, "ldapsearch-s")
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "ratio")
	b.ReportMetric(peakMemory(b), "peak-MB")
}

// ldapsearchTime reads the group and the people as an admin would.
func ldapsearchTime(b *testing.B, server *ldaptest.Slapd, n int) time.Duration {
	b.Helper()
	run := func(args ...string) int {
		args = append([]string{"-x", "-LLL", "-H", server.URL, "-D", ldaptest.BindDN, "-w", ldaptest.Password}, args...)
		out, err := exec.Command("ldapsearch", args...).Output()
		must(b, err)
		return strings.Count(string(out), "\ndn: ") + 1
	}
	begun := time.Now()
	run("-b", "cn=all,ou=groups,"+ldaptest.Suffix, "-s", "base", "objectClass", "cn", "member")
	got := run("-E", "pr=1000/noprompt", "-b", ldaptest.Suffix, "(|(objectClass=person)(objectClass=posixAccount)(objectClass=account))",
		"objectClass", "entryUUID", "mail", "givenName", "sn", "uid", "nsAccountLock", "shadowExpire", "modifyTimestamp", "departmentNumber")
	took := time.Since(begun)
	if got < n {
		b.Fatalf("ldapsearch read %d entries", got)
	}
	return took
}

// peakMemory is the most that this process ever held, by the kernel's count.
func peakMemory(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	return 0
}
