package main

import (
	"fmt"
	"os"
	"strings"

	"rollcall/source/ldap/ldaptest"
	"rollcall/source/ldap/sambatest"
)

// adPerson and adGroup are entries of the domain.
func adPerson(name string) string { return "CN=" + name + ",OU=people," + sambatest.Suffix }

const adGroup = "CN=staff,OU=groups," + sambatest.Suffix

// adLDIF has everybody of both days, and the group of today.
func adLDIF() string {
	var b strings.Builder
	for _, p := range append(faultPeople(0), "newcomer") {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: user\nsAMAccountName: %[2]s\nemployeeNumber: %[2]s\nmail: %[2]s@corp.example\ngivenName: P\nsn: S\nuserAccountControl: 544\n\n", adPerson(p), p)
	}
	fmt.Fprintf(&b, "dn: %s\nobjectClass: group\nsAMAccountName: staff\n", adGroup)
	for _, p := range faultPeople(0) {
		fmt.Fprintf(&b, "member: %s\n", adPerson(p))
	}
	return b.String() + "\n"
}

// adMembers makes the group that of these people, however often it is applied.
func adMembers(people []string) string {
	var text strings.Builder
	text.WriteString("dn: " + adGroup + "\nchangetype: modify\nreplace: member\n")
	for _, p := range people {
		text.WriteString("member: " + adPerson(p) + "\n")
	}
	return text.String()
}

// sambaSource is a domain with the people of today, behind a proxy whose answers can
// go wrong.
func sambaSource(w *faultWorld) {
	d := sambatest.Start(w.T, adLDIF()+adCanary)
	w.domain, w.ldap = d, &ldapStage{proxy: d.StartProxy(w.T)}
	password, err := os.ReadFile(d.PasswordFile)
	w.must(err)
	w.write("password", string(password))
	w.controllers(w.ldap.proxy.URL)
	w.tomorrow = func() { w.must(d.Modify(adMembers(faultPeople(1)))) }
}

// controllers are the servers of the domain, in the order in which they are tried.
func (w *faultWorld) controllers(urls ...string) {
	w.yaml = fmt.Sprintf("    ldap: {urls: [\"%s\"], server_name: %q, ca_file: %q, bind_dn: %q, bind_password_file: password, base_dn: %q, id: employeeNumber, page_size: 3, connections: 1, bind_timeout: %s, request_timeout: %[6]s}",
		strings.Join(urls, `", "`), sambatest.Host, w.domain.CA, sambatest.Account+"@corp.example", ldaptest.Suffix, shortPatience) // the proxy counts the pages below that suffix
	w.yaml += "\n    canaries: {people: [canary@corp.example]}"
}

// withOldController is a domain whose second controller was restored from a backup: it has
// the people of tomorrow, and fewer changes than the first one.
func withOldController(w *faultWorld) {
	sambaSource(w)
	old := w.domain.StartCopy(w.T)
	w.must(old.Modify(adMembers(faultPeople(1))))
	var more strings.Builder
	for i := range 20 {
		fmt.Fprintf(&more, "dn: %s\nchangetype: modify\nreplace: telephoneNumber\ntelephoneNumber: %d\n\n", adPerson("canary"), i)
	}
	w.must(w.domain.Modify(more.String()))
	w.ldap.gate = newGate(w, strings.TrimPrefix(w.domain.TLSURL, "ldaps://")+":636")
	w.controllers("ldaps://"+w.ldap.gate.address, old.TLSURL)
}

var adCanary = "dn: " + adPerson("canary") + "\nobjectClass: user\nsAMAccountName: canary\nmail: canary@corp.example\nsn: C\nuserAccountControl: 544\n\n"

// changes has somebody change the directory of tomorrow.
func changes(ldif string) func(*faultWorld) {
	return func(w *faultWorld) { w.tomorrow(); w.must(w.domain.Modify(ldif)) }
}

func sambaKind() sourceKind {
	mail := "dn: " + adPerson("stays0") + "\nchangetype: modify\nreplace: mail\n"
	return sourceKind{
		name: "Samba", open: sambaSource, long: true,
		breaks: map[string]sourceBreak{
			"S09": {spoil: answers(ldaptest.Fault{Drop: true}, 2), repair: heal, says: "connection failed or was lost"},
			"S12": {open: withOldController, spoil: func(w *faultWorld) { w.must(w.ldap.gate.Close()) }, repair: func(w *faultWorld) { w.ldap.gate.open() }, says: "older"},
			"S10": {spoil: changes(mail), repair: changes(mail + "mail: stays0@corp.example\n")},
			"S13": {
				spoil:  changes("dn: " + adPerson("canary") + "\nchangetype: delete\n"),
				repair: changes(strings.Replace(adCanary, "\n", "\nchangetype: add\n", 1)), says: "canary@corp.example",
			},
			"S14": {spoil: answers(ldaptest.Fault{Drop: true}, 0), repair: heal, says: "bind"},
		},
		none: map[string]string{"S11": "a directory has no end of file"},
	}
}
