package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/source/ldap/ldaptest"
	"rollcall/source/ldap/sambatest"
)

const emea sambatest.Domain = "emea.example"

// forestWorld is two domains. The group staff of corp lists ann, and of emea ben, cleo and
// dora, whose account is disabled. Each domain has a group of its own people too.
type forestWorld struct {
	*testing.T
	corp, emea *sambatest.DC
	// proxy stands before emea.
	proxy *ldaptest.Proxy
}

func forestDN(d sambatest.Domain, unit, name string) string {
	return fmt.Sprintf("CN=%s,OU=%s,%s", name, unit, d.Suffix())
}

// forestLDIF has the people of a domain, and a group of some of them.
func forestLDIF(d sambatest.Domain, people []string, groups map[string][]string) string {
	var b strings.Builder
	for _, p := range people {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: user\nsAMAccountName: %[2]s\nmail: %[2]s@corp.example\ngivenName: P\nsn: S\nuserAccountControl: 544\n\n", forestDN(d, "people", p), p)
	}
	for name, members := range groups {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: group\nsAMAccountName: %s\n", forestDN(d, "groups", name), name)
		for _, p := range members {
			fmt.Fprintf(&b, "member: %s\n", forestDN(d, "people", p))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func newForestWorld(t *testing.T) *forestWorld {
	t.Helper()
	w := &forestWorld{T: t}
	w.corp = sambatest.StartDomain(t, sambatest.Corp, forestLDIF(sambatest.Corp, []string{"ann", "dan", "fay"}, map[string][]string{"staff": {"ann"}, "local": {"dan", "ann"}}))
	w.emea = sambatest.StartDomain(t, emea, forestLDIF(emea, []string{"ben", "cleo", "dora", "eve"}, map[string][]string{"emea-staff": {"eve", "cleo"}, "emea-team": {"eve"}}))
	w.change(w.emea, "people", "dora", "replace: userAccountControl\nuserAccountControl: 546\n")
	for _, p := range []string{"ben", "cleo", "dora"} {
		w.change(w.corp, "groups", "staff", "add: member\nmember: <SID="+w.emea.SID(t, forestDN(emea, "people", p))+">\n")
	}
	w.proxy = w.emea.StartProxy(t)
	return w
}

// change changes an entry of a domain.
func (w *forestWorld) change(d *sambatest.DC, unit, name, change string) {
	w.Helper()
	if err := d.Modify("dn: " + forestDN(d.Domain, unit, name) + "\nchangetype: modify\n" + change); err != nil {
		w.Fatal(err)
	}
}

// principal is how corp lists somebody of emea.
func (w *forestWorld) principal(name string) string {
	w.Helper()
	return "CN=" + w.emea.SID(w.T, forestDN(emea, "people", name)) + ",CN=ForeignSecurityPrincipals," + sambatest.Suffix
}

// install is rollcall with a Clerk of its own; keys stand in the source emea.
func (w *forestWorld) install(keys string) (in *installation, state string) {
	w.Helper()
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	for _, name := range []string{"acme", "beta", "gamma"} {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + name, Slug: name})
	}
	for _, name := range []string{"ann", "ben", "cleo", "dan", "dora", "eve", "fay"} {
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + name, Email: name + "@corp.example"})
	}
	server, url := serveClerk(w.T, seed)
	dir := w.TempDir()
	ldap := func(d *sambatest.DC, address string) string {
		return fmt.Sprintf("{urls: [%q], server_name: %s, ca_file: %q, bind_dn: %q, bind_password_file: %q, base_dn: %q, connections: 1}",
			address, d.Domain.Host(), d.CA, sambatest.Account+"@"+string(d.Domain), d.PasswordFile, d.Domain.Suffix())
	}
	writeFiles(w.T, dir, map[string]string{
		"key": sandbox.DefaultSecretKey + "\n",
		"rollcall.yaml": fmt.Sprintf(`clerk: {api_url: %q, secret_key_file: key, rate: {requests: 100000, window: 1s}}
sources:
  - {name: corp, ldap: %s}
  - {name: emea, %s ldap: %s}
rules:
  - {groups: [staff], source: corp, organization: acme, role: "org:member"}
  - {groups: [local], source: corp, organization: beta, role: "org:member"}
  - {groups: [emea-staff], source: emea, organization: gamma, role: "org:member"}
guards: {removals: {half: 0}}
sync: {removals: managed}
`, url, ldap(w.corp, w.corp.TLSURL), keys, ldap(w.emea, w.proxy.URL))})
	return &installation{server, dir + "/rollcall.yaml"}, w.TempDir()
}

const forestLink = "same_ids_as: corp,"

// members are the members in Clerk, such as "acme ann".
func (in *installation) members() string {
	var list []string
	for _, m := range in.clerk.Snapshot().Memberships {
		list = append(list, strings.TrimPrefix(m.OrganizationID, "org_")+" "+strings.TrimPrefix(m.UserID, "user_"))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// apply runs rollcall, and compares the exit code and the members afterwards.
func (w *forestWorld) apply(in *installation, state string, code int, want string) (stderr string) {
	w.Helper()
	got, _, stderr := in.run(w.T, "apply", "--state", state)
	if members := in.members(); got != code || members != want {
		w.Errorf("exit code %d with the members\n%s\nwant %d and\n%s\n%s", got, members, code, want, stderr)
	}
	return stderr
}

const forestWanted = "acme ann, acme ben, acme cleo, beta ann, beta dan, gamma cleo, gamma eve"

// TestSambaForest has a group of one Active Directory with people of another, whom it lists
// as foreign principals.
func TestSambaForest(t *testing.T) {
	if suite.Short(t) {
		t.Skip("two domains take a processor for half a minute")
	}
	begun := time.Now()
	w := newForestWorld(t)
	t.Logf("two domains after %v", time.Since(begun).Round(time.Second/10))
	for _, part := range []struct {
		name string
		test func(*forestWorld)
	}{
		{"S01 ids that are not linked", (*forestWorld).testNotLinked},
		{"S01 nobody writes a SID", (*forestWorld).testNobodyWritesSID},
		{"S14 emea cannot be read", (*forestWorld).testFaults},
		{"S10 a group of another domain", (*forestWorld).testGroup},
		{"S10 a principal of nobody", (*forestWorld).testOrphan}, // it deletes an account
	} {
		t.Run(part.name, func(t *testing.T) { part.test(&forestWorld{t, w.corp, w.emea, w.proxy}) })
	}
}

// Without same_ids_as the people of emea are unknown, and the reason names the key.
func (w *forestWorld) testNotLinked() {
	in, state := w.install("")
	w.apply(in, state, 0, "acme ann, beta ann, beta dan, gamma cleo, gamma eve")
	_, p, _ := in.run(w.T, "plan", "--state", state)
	if text := fmt.Sprint(p.Notes); !strings.Contains(text, "it belongs to source emea: set same_ids_as") {
		w.Error(text)
	}
}

// Active Directory lets nobody write an objectSid, not even an administrator. Else somebody
// could become a member by the SID of another one.
func (w *forestWorld) testNobodyWritesSID() {
	ldif := fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: objectSid\nobjectSid: %s\n", forestDN(emea, "people", "eve"), w.emea.SID(w.T, forestDN(emea, "people", "ben")))
	if err := w.emea.ModifyOverLDAP(ldif); err == nil {
		w.Error("the domain controller took another objectSid")
	}
	in, state := w.install(forestLink)
	w.apply(in, state, 0, forestWanted)
}

// While emea cannot be read, nobody of it loses anything, and what corp alone feeds goes on.
// Then everything that waited is done.
func (w *forestWorld) testFaults() {
	dropped := ldaptest.Fault{Drop: true}
	for name, ask := range map[string]func(ldaptest.Op) ldaptest.Fault{
		"down": func(ldaptest.Op) ldaptest.Fault { return dropped },
		"the listing is cut": func(op ldaptest.Op) ldaptest.Fault {
			if strings.Contains(op.Filter, "distinguishedName") {
				return dropped
			}
			return ldaptest.Fault{}
		},
		"the search for principals is cut": func(op ldaptest.Op) ldaptest.Fault {
			if strings.Contains(op.Filter, "objectSid=S-1-5-21-") {
				return dropped
			}
			return ldaptest.Fault{}
		},
	} {
		w.Run(name, func(t *testing.T) { (&forestWorld{t, w.corp, w.emea, w.proxy}).testFault(ask) })
	}
}

func (w *forestWorld) testFault(ask func(ldaptest.Op) ldaptest.Fault) {
	in, state := w.install(forestLink)
	w.apply(in, state, 0, forestWanted)
	ann := "member\nmember: " + forestDN(sambatest.Corp, "people", "ann") + "\n"
	w.change(w.corp, "groups", "staff", "delete: "+ann)
	w.change(w.corp, "groups", "local", "delete: member\nmember: "+forestDN(sambatest.Corp, "people", "dan")+"\n-\nadd: member\nmember: "+forestDN(sambatest.Corp, "people", "fay")+"\n")
	w.change(w.emea, "groups", "emea-staff", "delete: member\nmember: "+forestDN(emea, "people", "eve")+"\n")
	w.proxy.SetFault(ask)
	stderr := w.apply(in, state, 1, "acme ben, acme cleo, beta ann, beta fay, gamma cleo, gamma eve")
	if !strings.Contains(stderr, "emea") {
		w.Errorf("it is not said that emea was not read: %s", stderr)
	}
	w.proxy.SetFault(nil)
	w.apply(in, state, 0, "acme ben, acme cleo, beta ann, beta fay, gamma cleo")
	w.change(w.corp, "groups", "staff", "add: "+ann)
	w.change(w.corp, "groups", "local", "add: member\nmember: "+forestDN(sambatest.Corp, "people", "dan")+"\n-\ndelete: member\nmember: "+forestDN(sambatest.Corp, "people", "fay")+"\n")
	w.change(w.emea, "groups", "emea-staff", "add: member\nmember: "+forestDN(emea, "people", "eve")+"\n")
	w.apply(in, state, 0, forestWanted)
}

// The people of a group of emea within the group of corp are members. If emea is down,
// nobody leaves the organization, since nobody knows who is in that group.
func (w *forestWorld) testGroup() {
	in, state := w.install(forestLink)
	team := "member\nmember: <SID=" + w.emea.SID(w.T, forestDN(emea, "groups", "emea-team")) + ">\n"
	eve := "member\nmember: " + forestDN(emea, "people", "eve") + "\n"
	ann := "member\nmember: " + forestDN(sambatest.Corp, "people", "ann") + "\n"
	w.change(w.corp, "groups", "staff", "add: "+team)
	w.apply(in, state, 0, strings.Replace(forestWanted, "cleo, ", "cleo, acme eve, ", 1))
	w.change(w.corp, "groups", "staff", "delete: "+ann)
	w.proxy.SetFault(func(ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Drop: true} })
	w.apply(in, state, 1, strings.Replace(forestWanted, "cleo, ", "cleo, acme eve, ", 1))
	w.proxy.SetFault(nil)
	w.change(w.emea, "groups", "emea-team", "delete: "+eve)
	w.apply(in, state, 0, strings.Replace(forestWanted, "acme ann, ", "", 1))
	w.change(w.corp, "groups", "staff", "add: "+ann+"-\ndelete: "+team)
	w.change(w.emea, "groups", "emea-team", "add: "+eve)
	w.apply(in, state, 0, forestWanted)
}

// Somebody whose account is disabled leaves. If it is deleted, the principal stays in the
// group and is unknown, until somebody takes it out.
func (w *forestWorld) testOrphan() {
	in, state := w.install(forestLink)
	w.apply(in, state, 0, forestWanted)
	w.change(w.emea, "people", "cleo", "replace: userAccountControl\nuserAccountControl: 546\n")
	without := strings.ReplaceAll(strings.ReplaceAll(forestWanted, "acme cleo, ", ""), "gamma cleo, ", "")
	w.apply(in, state, 0, without)
	ben := w.principal("ben")
	if err := w.emea.Modify("dn: " + forestDN(emea, "people", "ben") + "\nchangetype: delete\n"); err != nil {
		w.Fatal(err)
	}
	w.apply(in, state, 0, without)
	w.change(w.corp, "groups", "staff", "delete: member\nmember: "+ben+"\n")
	w.apply(in, state, 0, strings.ReplaceAll(without, "acme ben, ", ""))
}
