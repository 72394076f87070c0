package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"rollcall/source/ldap/ldaptest"
)

// ldapStage is a real slapd behind a switch, which can lead to another server or
// to none, and behind a proxy where answers have to go wrong.
type ldapStage struct {
	*ldaptest.Slapd
	gate  *ldapGate
	proxy *ldaptest.Proxy
}

// ldapGate passes connections on to the address of the day.
type ldapGate struct {
	w       *faultWorld
	address string
	to      atomic.Pointer[string]
	net.Listener
}

func newGate(w *faultWorld, to string) *ldapGate {
	g := &ldapGate{w: w, address: "127.0.0.1:0"}
	g.to.Store(&to)
	g.open()
	w.Cleanup(func() { _ = g.Close() }) // a row may have closed it
	return g
}

// open listens, at the old address after a close.
func (g *ldapGate) open() {
	l, err := net.Listen("tcp", g.address)
	g.w.must(err)
	g.Listener, g.address = l, l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(c)
		}
	}()
}

func (g *ldapGate) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", *g.to.Load())
	if err != nil {
		return // the run says that nobody answers
	}
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}

func faultDN(person string) string { return "uid=" + person + ",ou=people," + ldaptest.Suffix }

const staffDN = "cn=staff,ou=groups," + ldaptest.Suffix

// faultLDIF has everybody of both days, and the group of one.
func faultLDIF(day int) string {
	var b strings.Builder
	for _, p := range append(faultPeople(0), "newcomer") {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: inetOrgPerson\nuid: %[2]s\ncn: %[2]s\nsn: S\nemployeeNumber: %[2]s\nmail: %[2]s@corp.example\n\n", faultDN(p), p)
	}
	fmt.Fprintf(&b, "dn: %s\nobjectClass: groupOfNames\ncn: staff\n", staffDN)
	for _, p := range faultPeople(day) {
		fmt.Fprintf(&b, "member: %s\n", faultDN(p))
	}
	return b.String()
}

// ldapSource is a directory with the people of today. keys follow those that
// every row has; the password is in a file of its own, which a row may spoil.
func ldapSource(config ldaptest.Config, scheme, keys string) func(*faultWorld) {
	return func(w *faultWorld) {
		config := config
		config.LDIF = faultLDIF(0) + config.LDIF
		s := &ldapStage{Slapd: ldaptest.Start(w.T, config)}
		w.ldap = s
		s.proxy = ldaptest.StartProxy(w.T, s.Slapd)
		to := strings.TrimPrefix(s.proxy.URL, "ldap://")
		if scheme != "ldap" || strings.Contains(keys, "starttls") {
			to = s.Addr() // the proxy does not know TLS
		}
		if scheme == "ldaps" {
			to = strings.TrimPrefix(s.TLSURL, "ldaps://")
		}
		s.gate = newGate(w, to)
		w.write("password", ldaptest.Password+"\n")
		w.directory(fmt.Sprintf(`"%s://%s"`, scheme, s.gate.address), keys)
		w.tomorrow = func() { w.must(s.Modify(swapPeople)) }
	}
}

func (w *faultWorld) directory(urls, keys string) {
	w.yaml = fmt.Sprintf("    ldap: {urls: [%s], bind_dn: %q, bind_password_file: password, base_dn: %q, id: employeeNumber, page_size: 3, connections: 1, bind_timeout: %s, request_timeout: %[4]s%s}",
		urls, ldaptest.BindDN, ldaptest.Suffix, shortPatience, keys)
}

// swapPeople makes the group that of tomorrow, however often it is applied.
var swapPeople = "dn: " + staffDN + "\nchangetype: modify\nreplace: member\nmember: " + func() string {
	var list []string
	for _, p := range faultPeople(1) {
		list = append(list, faultDN(p))
	}
	return strings.Join(list, "\nmember: ")
}() + "\n"

// plainLDAP is a directory without TLS.
func plainLDAP(more string) func(*faultWorld) {
	return ldapSource(ldaptest.Config{}, "ldap", `, tls: "off"`+more)
}

// answers has the directory of tomorrow answer with a fault: from a page of the
// people on, or at the bind (0).
func answers(fault ldaptest.Fault, page int) func(*faultWorld) {
	return func(w *faultWorld) {
		w.tomorrow()
		w.ldap.proxy.Pages.Store(0)
		w.ldap.proxy.SetFault(func(op ldaptest.Op) ldaptest.Fault {
			if op.Page < page || page == 0 && op.Kind != "bind" {
				return ldaptest.Fault{}
			}
			return fault
		})
	}
}

func heal(w *faultWorld) { w.ldap.proxy.SetFault(nil) }

func ldapFault(name, says string, fault ldaptest.Fault, page int) faultRow {
	return faultRow{source: "LDAP", fault: name, says: says, open: plainLDAP(""), spoil: answers(fault, page), repair: heal}
}

// ldapFaults are those of a directory. Its eight people are three pages.
func ldapFaults() []faultRow {
	hang := ldaptest.Fault{Hang: true}
	return append([]faultRow{
		{
			source: "LDAP", fault: "the connection is refused", says: "connection refused", open: plainLDAP(""),
			spoil:  func(w *faultWorld) { w.tomorrow(); w.must(w.ldap.gate.Close()) },
			repair: func(w *faultWorld) { w.ldap.gate.open() },
		},
		ldapFault("no answer to the bind", "bind to ldap", hang, 0),
		ldapFault("no answer to the first page", "timed out", hang, 1),
		ldapFault("no answer to a page in the middle", "timed out", hang, 2),
		ldapFault("no answer to the last page", "timed out", hang, 3),
		ldapFault("the connection is lost on a page", "connection failed or was lost", ldaptest.Fault{Drop: true}, 2),
		ldapFault("sizeLimitExceeded", "code 4, size limit exceeded", ldaptest.Fault{Code: 4}, 1),
		ldapFault("busy", "code 51, server busy", ldaptest.Fault{Code: 51}, 2),
		ldapFault("an answer that is not LDAP", "answer is not valid LDAP", ldaptest.Fault{Garbage: true}, 2),
		{
			source: "LDAP", fault: "the bind is refused", says: "code 49, invalid credentials", open: plainLDAP(""),
			spoil:  func(w *faultWorld) { w.tomorrow(); w.write("password", "another\n") },
			repair: func(w *faultWorld) { w.write("password", ldaptest.Password+"\n") },
		},
	}, append(ldapTLSFaults(), ldapContentFaults()...)...)
}

func ldapTLSFaults() []faultRow {
	// secure is a directory with certificates, whose authority is in ca.pem.
	secure := func(scheme, keys string) func(*faultWorld) {
		return func(w *faultWorld) {
			pki := ldaptest.NewPKI(w.T, "127.0.0.1")
			ldapSource(ldaptest.Config{TLS: pki}, scheme, ", ca_file: ca.pem"+keys)(w)
			w.copyCA(pki.CA)
			tomorrow := w.tomorrow
			w.tomorrow = func() { tomorrow(); w.copyCA(pki.CA) }
		}
	}
	return []faultRow{
		{source: "LDAP", fault: "TLS: a certificate of an unknown authority", says: "a CA that this machine does not trust", open: secure("ldaps", ""), spoil: func(w *faultWorld) {
			w.tomorrow()
			w.copyCA(ldaptest.NewPKI(w.T, "127.0.0.1").CA)
		}},
		{
			source: "LDAP", fault: "no answer to the TLS handshake", says: "code 85", open: secure("ldaps", ", connect_timeout: "+shortPatience),
			spoil: func(w *faultWorld) {
				w.tomorrow()
				silent, err := net.Listen("tcp", "127.0.0.1:0")
				w.must(err)
				w.Cleanup(func() { w.must(silent.Close()) })
				w.ldap.gate.to.Store(new(silent.Addr().String()))
			},
			repair: func(w *faultWorld) { w.ldap.gate.to.Store(new(strings.TrimPrefix(w.ldap.TLSURL, "ldaps://"))) },
		},
		{
			source: "LDAP", fault: "StartTLS is refused", says: "refused StartTLS", open: secure("ldap", ", tls: starttls"),
			spoil: func(w *faultWorld) {
				w.tomorrow()
				plain := ldaptest.Start(w.T, ldaptest.Config{LDIF: faultLDIF(1)}).Addr()
				w.ldap.gate.to.Store(&plain)
			},
			repair: func(w *faultWorld) { w.ldap.gate.to.Store(new(w.ldap.Addr())) },
		},
	}
}

func (w *faultWorld) copyCA(file string) {
	pem, err := os.ReadFile(file)
	w.must(err)
	w.write("ca.pem", string(pem))
}

// hide has the access rules of slapd hide an entry.
func hide(person string) func(*faultWorld) {
	return func(w *faultWorld) {
		w.tomorrow()
		w.restart("access to dn.base=\"" + faultDN(person) + "\" by * none\n")
	}
}

// restart gives slapd other access rules; its port may be another one.
func (w *faultWorld) restart(access string) {
	w.must(w.ldap.SetAccess(access))
	w.ldap.gate.to.Store(new(w.ldap.Addr()))
}

func show(w *faultWorld) { w.restart("") }

// ldapContentFaults are those of a server that answers, and not with the whole.
func ldapContentFaults() []faultRow {
	const canary = "dn: uid=canary,ou=people," + ldaptest.Suffix
	const newCanary = "\n" + canary + "\nobjectClass: inetOrgPerson\nuid: canary\ncn: canary\nsn: S\nmail: canary@corp.example\n"
	const referral = "dn: ou=elsewhere," + ldaptest.Suffix
	return []faultRow{
		{
			source: "LDAP", fault: "a referral to another server", says: "elsewhere.example", open: plainLDAP(""),
			spoil: func(w *faultWorld) {
				w.tomorrow()
				w.must(w.ldap.Modify(referral + "\nchangetype: add\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://elsewhere.example/dc=elsewhere,dc=example\n"))
			},
			repair: func(w *faultWorld) {
				w.must(w.ldap.Modify(referral + "\ncontrol: 2.16.840.1.113730.3.4.2 true\nchangetype: delete\n"))
			},
		},
		{source: "LDAP", fault: "a member is hidden that an earlier run has seen", says: "stays0", open: plainLDAP(""), spoil: hide("stays0"), repair: show},
		{
			source: "LDAP", fault: "a member is hidden that no run has seen", says: "stranger", open: plainLDAP(""),
			spoil: hideStranger, repair: show,
		},
		{
			source: "LDAP", fault: "a member is hidden that no run has seen, `removals: all`", says: "stranger", removals: "all", open: plainLDAP(""),
			spoil: hideStranger, repair: show,
		},
		{
			source: "LDAP", fault: "a canary is missing", says: "canary@corp.example",
			open: func(w *faultWorld) {
				ldapSource(ldaptest.Config{LDIF: newCanary}, "ldap", `, tls: "off"`)(w)
				w.yaml += "\n    canaries: {people: [canary@corp.example]}"
			},
			spoil: func(w *faultWorld) { w.tomorrow(); w.must(w.ldap.Modify(canary + "\nchangetype: delete\n")) },
			repair: func(w *faultWorld) {
				w.must(w.ldap.Modify(strings.Replace(newCanary[1:], "\n", "\nchangetype: add\n", 1)))
			},
		},
		{
			source: "LDAP", fault: "a stale replica answers", says: "older", open: withReplica,
			spoil:  func(w *faultWorld) { w.must(w.ldap.gate.Close()) },
			repair: func(w *faultWorld) { w.ldap.gate.open() },
		},
	}
}

// hideStranger adds a member whom no run has seen, and hides the entry.
func hideStranger(w *faultWorld) {
	w.must(w.ldap.Modify("dn: " + faultDN("stranger") + "\nchangetype: add\nobjectClass: inetOrgPerson\nuid: stranger\ncn: s\nsn: S\nemployeeNumber: stranger\nmail: stranger@corp.example\n"))
	with := strings.TrimSuffix(swapPeople, "\n") + "\nmember: " + faultDN("stranger") + "\n"
	w.must(w.ldap.Modify(with))
	w.restart("access to dn.base=\"" + faultDN("stranger") + "\" by * none\n")
}

// withReplica is a directory whose second server has the people of tomorrow,
// and the older stamps.
func withReplica(w *faultWorld) {
	replica := ldaptest.Start(w.T, ldaptest.Config{LDIF: faultLDIF(1)})
	time.Sleep(1100 * time.Millisecond) // stamps count whole seconds
	plainLDAP("")(w)
	w.directory(fmt.Sprintf(`"ldap://%s", %q`, w.ldap.gate.address, replica.URL), `, tls: "off"`)
}
