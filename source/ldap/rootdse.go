package ldap

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
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
	kind     people.ServerKind
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

func (d *rootDSE) isContext(dn string) bool {
	key, err := source.DNKey(dn)
	return err == nil && slices.ContainsFunc(d.contexts, func(c string) bool {
		k, err := source.DNKey(c)
		return err == nil && k == key
	})
}

func (r *session) readRoot(ctx context.Context) error {
	var found *wire.Entry
	q := wire.Query{Base: "", Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attrs: rootAttributes}
	err := r.server.Search(ctx, q, func(e *wire.Entry) error { found = e; return nil })
	if err != nil && !wire.IsCode(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInsufficientAccessRights) {
		return err
	}
	if found == nil {
		r.root = rootDSE{kind: people.KindUnknown, hidden: true}
		r.notes.Add("", "%s does not show its root DSE, so rollcall has to guess the server's features", r.server.URL())
	} else {
		r.root = readRootEntry(found)
	}
	r.schema = people.ChooseSchema(&r.dir.people, r.root.kind)
	r.server.SetFeatures(wire.Features{
		Lists:  slices.Concat(r.schema.Members, r.schema.Names, []string{attributeTypes}),
		Paging: r.root.has(wire.OIDPaging), DomainScope: r.root.has(wire.OIDDomainScope),
		CompatTree: r.root.kind == people.Kind389, IsContext: r.root.isContext,
	})
	return r.setBases()
}

func readRootEntry(e *wire.Entry) rootDSE {
	d := rootDSE{
		kind:     people.KindUnknown,
		contexts: slices.Concat(e.Get("namingContexts"), e.Get("configurationNamingContext"), e.Get("schemaNamingContext"), e.Get("rootDomainNamingContext")),
		base:     e.First("defaultNamingContext"),
		controls: e.Get("supportedControl"),
		vendor:   strings.TrimSpace(e.First("vendorName") + " " + e.First("vendorVersion")),
		host:     e.First("dnsHostName"),
		usn:      e.First("highestCommittedUSN"),
		settings: e.First("dsServiceName"), subschema: e.First("subschemaSubentry"),
		stale: source.SameName(e.First("isSynchronized"), "FALSE"),
	}
	capable := e.Get("supportedCapabilities")
	switch {
	case slices.Contains(capable, oidADLDS):
		d.kind = people.KindADLDS
	case slices.Contains(capable, oidAD):
		d.kind = people.KindAD
	case strings.Contains(d.vendor, "389"):
		d.kind = people.Kind389
	case people.ContainsFold(e.Get("objectClass"), "OpenLDAProotDSE"), e.First("structuralObjectClass") == "OpenLDAProotDSE":
		d.kind = people.KindOpenLDAP
	}
	if own := e.Get("namingContexts"); d.base == "" && len(own) == 1 {
		d.base = own[0]
	}
	return d
}

// setBases fills in the bases that the configuration leaves to the server.
func (r *session) setBases() error {
	if r.root.base == "" && (r.dir.cfg.UserBase == "" || r.dir.cfg.GroupBase == "") {
		return &Error{
			Op: wire.OpSearch, Server: r.server.URL(), Filter: "(objectClass=*)", Code: ldap.LDAPResultNoSuchObject,
			Meaning: fmt.Sprintf("the server has %d naming contexts, and rollcall cannot tell which one contains the people", len(r.root.contexts)),
			Hint:    "set base_dn",
		}
	}
	r.userBase, r.groupBase = cmp.Or(r.dir.cfg.UserBase, r.root.base), cmp.Or(r.dir.cfg.GroupBase, r.root.base)
	return nil
}
