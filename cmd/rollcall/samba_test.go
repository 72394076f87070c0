package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source/ldap/ldaptest"
	"rollcall/source/ldap/sambatest"
	"rollcall/sync/plan"
)

// sambaDomain is a company in Active Directory: everybody is in one group,
// some in groups inside groups, which go in a circle, and some in a group that
// is their primary one.
type sambaDomain struct {
	*sambatest.DC
	people int
}

// Members of the small groups, by number.
var (
	sambaDeep   = []int{1, 2, 3, 4, 5, 6, 7, 8, 9}
	sambaGuests = []int{30, 31, 32}
	sambaLab    = []int{40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59}
)

func sambaPerson(i int) string { return fmt.Sprintf("CN=Person %d,OU=people,%s", i, sambatest.Suffix) }

func sambaLDIF(people int) string {
	var b strings.Builder
	for i := range people {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: user\nsAMAccountName: u%05d\nmail: u%05d@corp.example\ngivenName: P\nsn: %d\nuserAccountControl: 544\n\n", sambaPerson(i), i, i, i)
	}
	group := func(name string, people []int, inside ...string) {
		fmt.Fprintf(&b, "dn: CN=%s,OU=groups,%s\nobjectClass: group\nsAMAccountName: %s\n", name, sambatest.Suffix, name)
		for _, i := range people {
			fmt.Fprintf(&b, "member: %s\n", sambaPerson(i))
		}
		for _, name := range inside {
			fmt.Fprintf(&b, "member: CN=%s,OU=groups,%s\n", name, sambatest.Suffix)
		}
		b.WriteString("\n")
	}
	all := make([]int, people)
	for i := range all {
		all[i] = i
	}
	group("everyone", all)
	group("lab", sambaLab)
	group("base", sambaDeep[3:])
	group("middle", sambaDeep[1:3], "base")
	group("top", sambaDeep[:1], "middle")
	return b.String()
}

// newSambaDomain closes the circle of groups, which cannot be added at once,
// and gives some people another primary group, whose members they have to be
// before.
func newSambaDomain(t *testing.T, people int) *sambaDomain {
	t.Helper()
	d := &sambaDomain{sambatest.Start(t, sambaLDIF(people)), people}
	var change strings.Builder
	fmt.Fprintf(&change, "dn: CN=base,OU=groups,%s\nchangetype: modify\nadd: member\nmember: CN=top,OU=groups,%s\n\n", sambatest.Suffix, sambatest.Suffix)
	for _, i := range sambaGuests {
		fmt.Fprintf(&change, "dn: CN=Domain Guests,CN=Users,%s\nchangetype: modify\nadd: member\nmember: %s\n\n", sambatest.Suffix, sambaPerson(i))
		fmt.Fprintf(&change, "dn: %s\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: 514\n\n", sambaPerson(i))
	}
	if err := d.Modify(change.String()); err != nil {
		t.Fatal(err)
	}
	return d
}

const sambaRules = `rules:
  - {groups: [everyone], organization: acme, role: "org:member"}
  - {groups: [top], organization: deep, role: "org:member"}
  - {groups: ["Domain Guests"], organization: guests, role: "org:member"}
`

// wanted is who belongs where by sambaRules: "organization address".
func (d *sambaDomain) wanted() []string {
	var want []string
	for i := range d.people {
		want = append(want, fmt.Sprintf("org_acme u%05d@corp.example", i))
	}
	for _, i := range sambaDeep {
		want = append(want, fmt.Sprintf("org_deep u%05d@corp.example", i))
	}
	for _, i := range sambaGuests {
		want = append(want, fmt.Sprintf("org_guests u%05d@corp.example", i))
	}
	return want
}

// install is rollcall with a Clerk of its own; keys are those of the directory.
func (d *sambaDomain) install(t *testing.T, keys, rules string) *installation {
	t.Helper()
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	for _, name := range []string{"acme", "deep", "guests", "lab"} {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + name, Slug: name})
	}
	for i := range d.people {
		seed.Users = append(seed.Users, sandbox.User{ID: fmt.Sprintf("user_u%05d", i), Email: fmt.Sprintf("u%05d@corp.example", i)})
	}
	server, listening := serveClerk(t, seed)
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"key": sandbox.DefaultSecretKey + "\n",
		"rollcall.yaml": fmt.Sprintf(`clerk: {api_url: %q, secret_key_file: key, rate: {requests: 100000, window: 1s}}
sources:
  - name: corp
    ldap: {base_dn: %q, %s}
%s
guards: {adds: {percent: 100, people: 100000, run: 100000}, removals: {half: 0}}
sync: {removals: managed}
`, listening, sambatest.Suffix, keys, rules)})
	return &installation{server, filepath.Join(dir, "rollcall.yaml")}
}

// run runs rollcall, whose plan is read when it prints one.
func (in *installation) run(t *testing.T, args ...string) (code int, p *plan.Plan, stderr string) {
	t.Helper()
	cmd := rollcallProcess(t.Context(), append(args, "--config", in.config, "--output", "json")...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code says it
	p, _ = report.ReadPlan(&out)
	return cmd.ProcessState.ExitCode(), p, errs.String()
}

// planned is what a plan adds, as wanted has it; other changes are faults.
func (in *installation) planned(t *testing.T) []string {
	t.Helper()
	code, p, stderr := in.run(t, "plan", "--state", t.TempDir())
	if code != 0 || p == nil {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var got []string
	for o, c := range p.Changes() {
		if c.Action != plan.Add {
			t.Errorf("%s %s in %s", c.Action, c.Email, o.ID)
		}
		got = append(got, o.ID+" "+c.Email)
	}
	slices.Sort(got)
	return got
}

func TestSamba(t *testing.T) {
	t.Parallel()
	if suite.Short(t) {
		t.Skip("a domain takes a processor for 15 seconds")
	}
	const people = 3000
	begun := time.Now()
	d := newSambaDomain(t, people)
	t.Logf("a domain of %d people after %v", people, time.Since(begun).Round(time.Second/10))
	t.Run("binds", d.testBinds)
	t.Run("refused binds", d.testRefusedBinds)
	t.Run("nested groups", d.testNested)
	t.Run("primary groups", d.testPrimaryGroups)
	t.Run("ranges", d.testRanges)
	t.Run("apply", d.testApply)
	t.Run("accounts", d.testAccounts)
	t.Run("last change", d.testLastChange)
}

// secure are the keys of a connection whose certificate is right.
func (d *sambaDomain) secure(url string) string {
	return fmt.Sprintf("urls: [%q], ca_file: %q, server_name: %s", url, d.CA, sambatest.Host)
}

func (d *sambaDomain) simple(name string) string {
	return fmt.Sprintf(", bind_dn: '%s', bind_password_file: %q", name, d.PasswordFile)
}

func (d *sambaDomain) kerberos(credentials string) string {
	return fmt.Sprintf(", bind: gssapi, gssapi: {%s, krb5_conf: %q, service: ldap/%s}", credentials, d.Krb5Conf, sambatest.Host)
}

func (d *sambaDomain) keytab() string {
	return d.kerberos(fmt.Sprintf("keytab: %q, principal: %s", d.Keytab, sambatest.Account))
}

// Whichever way rollcall logs in, it reads the same.
func (d *sambaDomain) testBinds(t *testing.T) {
	want := d.wanted()
	for name, keys := range map[string]string{
		"DN over TLS":              d.secure(d.TLSURL) + d.simple("CN=rollcall,OU=services,"+sambatest.Suffix),
		"DN over StartTLS":         d.secure(d.URL) + d.simple("CN=rollcall,OU=services,"+sambatest.Suffix),
		"user@domain over TLS":     d.secure(d.TLSURL) + d.simple("rollcall@corp.example"),
		"DOMAIN\\user over TLS":    d.secure(d.TLSURL) + d.simple(`CORP\rollcall`),
		"keytab over TLS":          d.secure(d.TLSURL) + d.keytab(),
		"keytab over StartTLS":     d.secure(d.URL) + d.keytab(),
		"ticket cache over TLS":    d.secure(d.TLSURL) + d.kerberos(fmt.Sprintf("ccache: %q", d.TicketCache(t))),
		"principal with a realm":   d.secure(d.TLSURL) + d.kerberos(fmt.Sprintf("keytab: %q, principal: rollcall@%s", d.Keytab, sambatest.Realm)),
		"keytab, four connections": d.secure(d.TLSURL) + d.keytab() + ", connections: 4",
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, d.install(t, keys, sambaRules).planned(t)); diff != "" {
				t.Errorf("the plan differs:\n%.2000s", diff)
			}
		})
	}
}

// A bind that is refused is a failed source, in words that say why, and changes nothing.
func (d *sambaDomain) testRefusedBinds(t *testing.T) {
	dir := t.TempDir()
	krb5 := func(name, text string) string {
		writeFiles(t, dir, map[string]string{name: text})
		return filepath.Join(dir, name)
	}
	oneLine := krb5("one-line.conf", "[libdefaults]\ndefault_realm = CORP.EXAMPLE\n[realms]\nCORP.EXAMPLE = { kdc = 127.0.0.1 }\n")
	noKDC := krb5("no-kdc.conf", "[libdefaults]\ndefault_realm = CORP.EXAMPLE\n[realms]\nCORP.EXAMPLE = {\n kdc = 127.0.0.1:9\n}\n")
	writeFiles(t, dir, map[string]string{"password": "another\n"})
	good, err := os.ReadFile(d.Keytab)
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string]string{"damaged": string(good[:len(good)/2])})
	tls := d.secure(d.TLSURL)
	for name, c := range map[string]struct{ keys, want string }{
		"another password":   {tls + strings.Replace(d.simple("rollcall@corp.example"), d.PasswordFile, filepath.Join(dir, "password"), 1), "refuses the name or the password"},
		"another name":       {tls + d.simple(`CORP\nobody`), "code 49"},
		"a disabled account": {tls + d.simple("former@corp.example"), "the account is disabled"},
		"an expired account": {tls + d.simple(`CORP\expired`), "the account has expired"},
		"an expired one":     {tls + strings.Replace(d.keytab(), "principal: rollcall", "principal: expired", 1), "the KDC says that the account of expired@CORP.EXAMPLE"},
		"an old key":         {tls + strings.Replace(d.keytab(), d.Keytab, d.OtherKeytab, 1), "the KDC refuses the key of rollcall@CORP.EXAMPLE"},
		"no TLS":             {fmt.Sprintf("urls: [%q], tls: off", d.URL) + d.simple("rollcall@corp.example"), "use ldaps://"},
		"no TLS, a keytab":   {fmt.Sprintf("urls: [%q], tls: off", d.URL) + d.keytab(), "signed or sealed"},
		"another authority":  {fmt.Sprintf("urls: [%q], server_name: %s", d.TLSURL, sambatest.Host) + d.keytab(), "a CA that this machine does not trust"},
		"another principal":  {tls + strings.Replace(d.keytab(), "principal: rollcall", "principal: nobody", 1), "the KDC does not know the principal nobody@CORP.EXAMPLE"},
		"a disabled one":     {tls + strings.Replace(d.keytab(), "principal: rollcall", "principal: former", 1), "the KDC says that the account of former@CORP.EXAMPLE is disabled"},
		"another service":    {tls + strings.Replace(d.keytab(), "ldap/dc1", "ldap/dc9", 1), "the KDC does not know the service ldap/dc9.corp.example"},
		"no service":         {tls + strings.Replace(d.keytab(), ", service: ldap/"+sambatest.Host, "", 1), "set gssapi.service"},
		"a realm on a line":  {tls + strings.Replace(d.keytab(), d.Krb5Conf, oneLine, 1), oneLine + ":4: "},
		"no KDC":             {tls + strings.Replace(d.keytab(), d.Krb5Conf, noKDC, 1), "no KDC answered"},
		"a damaged keytab":   {tls + strings.Replace(d.keytab(), d.Keytab, filepath.Join(dir, "damaged"), 1), "read keytab " + filepath.Join(dir, "damaged")},
	} {
		t.Run(name, func(t *testing.T) {
			in := d.install(t, c.keys, sambaRules)
			code, _, stderr := in.run(t, "apply", "--state", t.TempDir())
			if code != 1 || !strings.Contains(stderr, c.want) || len(in.clerk.Writes()) > 0 {
				t.Errorf("exit code %d, %d writes: %s", code, len(in.clerk.Writes()), stderr)
			}
			if strings.Contains(stderr, "client certificate") || strings.Contains(stderr, "goroutine") {
				t.Errorf("taken for a fault of TLS, or a panic: %s", stderr)
			}
		})
	}
}

// Groups in groups, in a circle, are the same by the server's rule and step by
// step; left alone, only the members of the group itself count.
func (d *sambaDomain) testNested(t *testing.T) {
	rules := "rules: [{groups: [top], organization: deep, role: \"org:member\"}]"
	keys := d.secure(d.TLSURL) + d.simple("rollcall@corp.example") + ", nested: "
	for nested, people := range map[string][]int{"auto": sambaDeep, "walk": sambaDeep, "in_chain": sambaDeep, "off": sambaDeep[:1]} {
		var want []string
		for _, i := range people {
			want = append(want, fmt.Sprintf("org_deep u%05d@corp.example", i))
		}
		if diff := cmp.Diff(want, d.install(t, keys+nested, rules).planned(t)); diff != "" {
			t.Errorf("nested: %s\n%s", nested, diff)
		}
	}
}

// Whose primary group it is is a member, although the group does not list them:
// of Domain Users nearly everybody. Those with another one are listed there as
// members. Accounts of the domain itself, which have no address, are no people.
func (d *sambaDomain) testPrimaryGroups(t *testing.T) {
	keys := d.secure(d.TLSURL) + d.simple("rollcall@corp.example")
	for group, people := range map[string]int{"Domain Users": d.people, "Domain Guests": len(sambaGuests), "Domain Admins": 0} {
		rules := fmt.Sprintf("rules: [{groups: [%q], organization: acme, role: \"org:member\"}]", group)
		if got := d.install(t, keys, rules).planned(t); len(got) != people {
			t.Errorf("%s: %d people", group, len(got))
		}
	}
}

// Windows sends 1,500 values of an attribute at a time. What is read through
// a proxy that does the same is the same, and nothing when it breaks off.
func (d *sambaDomain) testRanges(t *testing.T) {
	proxy := d.StartProxy(t)
	proxy.RangeSize = d.people / 2
	keys := d.secure(proxy.URL) + d.keytab()
	if diff := cmp.Diff(d.wanted(), d.install(t, keys, sambaRules).planned(t)); diff != "" {
		t.Errorf("the plan differs:\n%.2000s", diff)
	}
	ranges := 0
	proxy.SetFault(func(op ldaptest.Op) ldaptest.Fault {
		if op.From == 0 {
			return ldaptest.Fault{}
		}
		ranges++
		return ldaptest.Fault{Drop: true}
	})
	in := d.install(t, keys+", connections: 1", sambaRules)
	code, _, stderr := in.run(t, "apply", "--state", oldState(t, t.TempDir()))
	if code != 1 || len(in.clerk.Writes()) > 0 || ranges == 0 {
		t.Errorf("exit code %d, %d writes, %d ranges cut: %s", code, len(in.clerk.Writes()), ranges, stderr)
	}
}

// Everybody is let in, and then there is nothing to do.
func (d *sambaDomain) testApply(t *testing.T) {
	in, state := d.install(t, d.secure(d.TLSURL)+d.keytab(), sambaRules), t.TempDir()
	begun := time.Now()
	if code, _, stderr := in.run(t, "apply", "--state", state); code != 0 || len(in.clerk.Writes()) != len(d.wanted()) {
		t.Fatalf("exit code %d, %d writes for %d: %s", code, len(in.clerk.Writes()), len(d.wanted()), stderr)
	}
	t.Logf("%d memberships in %v", len(d.wanted()), time.Since(begun).Round(time.Second/10))
	code, p, stderr := in.run(t, "plan", "--exit-code", "--state", state)
	if code != 0 || p == nil {
		t.Fatalf("exit code %d afterwards: %s", code, stderr)
	}
	for _, c := range p.Changes() {
		t.Errorf("%s %s is left", c.Action, c.Email)
	}
}

// Accounts that are disabled or have expired are leavers; those that will expire
// are not, and who comes back is let in again.
func (d *sambaDomain) testAccounts(t *testing.T) {
	in, state := d.install(t, d.secure(d.TLSURL)+d.keytab(), "rules: [{groups: [lab], organization: lab, role: \"org:member\"}]"), t.TempDir()
	set := func(i int, attribute, value string) {
		t.Helper()
		if err := d.Modify(fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: %s\n%s: %s\n", sambaPerson(i), attribute, attribute, value)); err != nil {
			t.Fatal(err)
		}
	}
	apply := func(want ...string) {
		t.Helper()
		before := len(in.clerk.Writes())
		code, _, stderr := in.run(t, "apply", "--state", state)
		if code != 0 {
			_, p, _ := in.run(t, "plan", "--state", state)
			t.Fatalf("exit code %d: %s\n%+v", code, stderr, p.Holds)
		}
		var got []string
		for _, w := range in.clerk.Writes()[before:] {
			got = append(got, fmt.Sprintf("%s %s", w.Method, w.Path))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("written:\n%s", diff)
		}
	}
	const memberships = "/v1/organizations/org_lab/memberships"
	apply(slices.Repeat([]string{"POST " + memberships}, len(sambaLab))...)
	fileTime := func(at time.Time) string { return fmt.Sprint((at.Unix() + 11_644_473_600) * 10_000_000) }
	set(40, "userAccountControl", "546")
	set(41, "accountExpires", fileTime(time.Now().Add(-time.Hour)))
	set(42, "accountExpires", fileTime(time.Now().Add(48*time.Hour)))
	apply("DELETE "+memberships+"/user_u00040", "DELETE "+memberships+"/user_u00041")
	set(40, "userAccountControl", "544")
	set(41, "accountExpires", "0")
	apply("POST "+memberships, "POST "+memberships)
}
