package source

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// serverKind is what a directory turned out to be.
type serverKind string

const (
	kindUnknown  serverKind = "LDAP server"
	kindOpenLDAP serverKind = "OpenLDAP"
	kind389      serverKind = "389 Directory Server"
	kindAD       serverKind = "Active Directory"
	kindADLDS    serverKind = "Active Directory Lightweight Directory Services"
)

// Capabilities of MS-ADTS section 3.1.1.3.4.3.
const (
	oidAD    = "1.2.840.113556.1.4.800"
	oidADLDS = "1.2.840.113556.1.4.1851"
)

var rootAttributes = []string{
	"objectClass", "namingContexts", "defaultNamingContext", "configurationNamingContext",
	"schemaNamingContext", "rootDomainNamingContext", "supportedControl", "supportedCapabilities",
	"supportedSASLMechanisms", "vendorName", "vendorVersion", "dnsHostName", "isSynchronized",
	"structuralObjectClass",
	"highestCommittedUSN", "dsServiceName", "subschemaSubentry",
}

// rootDSE is what a server says about itself (RFC 4512 section 5.1).
type rootDSE struct {
	kind     serverKind
	contexts []string
	// base is where people and groups are when the configuration does not say.
	base     string
	controls []string
	vendor   string
	host     string
	// stale is true on a domain controller that says it has not caught up yet.
	stale bool
	// usn is a domain controller's highestCommittedUSN, settings the DN of the
	// entry with its invocation id (S12).
	usn, settings string
	// subschema is the DN of the entry that lists the attributes there are.
	subschema string
	// hidden is true when the bind may not read the root DSE.
	hidden bool
}

func (d *rootDSE) has(control string) bool { return slices.Contains(d.controls, control) }

func (d *rootDSE) isAD() bool { return d.kind == kindAD || d.kind == kindADLDS }

func (d *rootDSE) isContext(dn string) bool {
	key, err := dnKey(dn)
	return err == nil && slices.ContainsFunc(d.contexts, func(c string) bool {
		k, err := dnKey(c)
		return err == nil && k == key
	})
}

func (r *session) readRoot(ctx context.Context) error {
	var found *entry
	q := query{base: "", scope: ldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: rootAttributes}
	err := r.search(ctx, q, func(e *entry) error { found = e; return nil })
	if err != nil && !isCode(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInsufficientAccessRights) {
		return err
	}
	if found == nil {
		r.root = rootDSE{kind: kindUnknown, hidden: true}
		r.note("", "%s does not show its root DSE: what it can do has to be guessed", r.server.url)
	} else {
		r.root = readRootEntry(found)
	}
	return r.settleBases()
}

func readRootEntry(e *entry) rootDSE {
	d := rootDSE{
		kind:     kindUnknown,
		contexts: slices.Concat(e.get("namingContexts"), e.get("configurationNamingContext"), e.get("schemaNamingContext"), e.get("rootDomainNamingContext")),
		base:     e.first("defaultNamingContext"),
		controls: e.get("supportedControl"),
		vendor:   strings.TrimSpace(e.first("vendorName") + " " + e.first("vendorVersion")),
		host:     e.first("dnsHostName"),
		usn:      e.first("highestCommittedUSN"),
		settings: e.first("dsServiceName"), subschema: e.first("subschemaSubentry"),
		stale: sameName(e.first("isSynchronized"), "FALSE"),
	}
	capable := e.get("supportedCapabilities")
	switch {
	case slices.Contains(capable, oidADLDS):
		d.kind = kindADLDS
	case slices.Contains(capable, oidAD):
		d.kind = kindAD
	case strings.Contains(d.vendor, "389"):
		d.kind = kind389
	case containsFold(e.get("objectClass"), "OpenLDAProotDSE"), e.first("structuralObjectClass") == "OpenLDAProotDSE":
		d.kind = kindOpenLDAP
	}
	if own := e.get("namingContexts"); d.base == "" && len(own) == 1 {
		d.base = own[0]
	}
	return d
}

// settleBases fills in the bases that the configuration leaves to the server.
func (r *session) settleBases() error {
	if r.root.base == "" && (r.cfg.UserBase == "" || r.cfg.GroupBase == "") {
		return &LDAPError{
			Op: opSearch, Server: r.server.url, Filter: "(objectClass=*)", Code: ldap.LDAPResultNoSuchObject,
			Meaning: fmt.Sprintf("the server does not say which of its %d naming contexts holds people", len(r.root.contexts)),
			Hint:    "set base_dn",
		}
	}
	r.userBase, r.groupBase = or(r.cfg.UserBase, r.root.base), or(r.cfg.GroupBase, r.root.base)
	r.schema = chooseSchema(&r.cfg, &r.root)
	return nil
}

// sameName compares names of attributes, classes and values that the protocol
// defines: they are ASCII, and nothing outside it folds into them (S05).
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerByte(a[i]) != lowerByte(b[i]) {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func containsFold(list []string, want string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return sameName(s, want) })
}

func isCode(err error, codes ...int) bool {
	e, ok := asLDAPError(err)
	return ok && slices.Contains(codes, e.Code)
}

// referralDN gives the DN that an LDAP URL points to.
func referralDN(ref string) (string, bool) {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return "", false
	}
	dn := strings.TrimPrefix(u.Path, "/")
	return dn, dn != ""
}
