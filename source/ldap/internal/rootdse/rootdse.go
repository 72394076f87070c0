package rootdse

import (
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// Capabilities of MS-ADTS section 3.1.1.3.4.3.
const (
	OIDAD    = "1.2.840.113556.1.4.800"
	OIDADLDS = "1.2.840.113556.1.4.1851"
)

// Attributes are what a read of the root DSE asks for.
var Attributes = []string{
	"objectClass", "namingContexts", "defaultNamingContext", "configurationNamingContext",
	"schemaNamingContext", "rootDomainNamingContext", "supportedControl", "supportedCapabilities",
	"supportedSASLMechanisms", "vendorName", "vendorVersion", "dnsHostName", "isSynchronized",
	"structuralObjectClass",
	"highestCommittedUSN", "dsServiceName", "subschemaSubentry",
}

// Root is what a server says about itself.
type Root struct {
	// Kind is what the server turned out to be.
	Kind     people.ServerKind
	Contexts []string
	// Base is where people and groups are when the configuration does not say.
	Base     string
	Controls []string
	Vendor   string
	Host     string
	// Stale is true on a domain controller that says it has not caught up yet.
	Stale bool
	// USN is a domain controller's highestCommittedUSN, Settings the DN of the
	// entry with its invocation id (S12).
	USN, Settings string
	// Subschema is the DN of the entry that lists the attributes there are.
	Subschema string
	// Hidden is true when the bind may not read the root DSE.
	Hidden bool
}

// Has reports whether the server supports a control.
func (d *Root) Has(control string) bool { return slices.Contains(d.Controls, control) }

// Samba reports whether the server is a domain controller of Samba.
func (d *Root) Samba() bool {
	return d.Kind == people.KindAD && strings.HasPrefix(d.Vendor, "Samba Team")
}

// IsContext reports whether a DN is one of the naming contexts.
func (d *Root) IsContext(dn string) bool {
	key, err := source.DNKey(dn)
	return err == nil && slices.ContainsFunc(d.Contexts, func(c string) bool {
		k, err := source.DNKey(c)
		return err == nil && k == key
	})
}

// ContextOf is the naming context that holds a base.
func (d *Root) ContextOf(base string) string {
	best, length := base, -1
	key, err := source.DNKey(base)
	for _, c := range d.Contexts {
		k, bad := source.DNKey(c)
		if err == nil && bad == nil && k != "" && source.Under(key, k) && len(k) > length {
			best, length = c, len(k)
		}
	}
	return best
}

// New reads a root DSE.
func New(e *wire.Entry) Root {
	d := Root{
		Kind:     people.KindUnknown,
		Contexts: slices.Concat(e.Get("namingContexts"), e.Get("configurationNamingContext"), e.Get("schemaNamingContext"), e.Get("rootDomainNamingContext")),
		Base:     e.First("defaultNamingContext"),
		Controls: e.Get("supportedControl"),
		Vendor:   strings.TrimSpace(e.First("vendorName") + " " + e.First("vendorVersion")),
		Host:     e.First("dnsHostName"),
		USN:      e.First("highestCommittedUSN"),
		Settings: e.First("dsServiceName"), Subschema: e.First("subschemaSubentry"),
		Stale: source.SameName(e.First("isSynchronized"), "FALSE"),
	}
	capable := e.Get("supportedCapabilities")
	switch {
	case slices.Contains(capable, OIDADLDS):
		d.Kind = people.KindADLDS
	case slices.Contains(capable, OIDAD):
		d.Kind = people.KindAD
	case strings.Contains(d.Vendor, "389"):
		d.Kind = people.Kind389
	case people.ContainsFold(e.Get("objectClass"), "OpenLDAProotDSE"), e.First("structuralObjectClass") == "OpenLDAProotDSE":
		d.Kind = people.KindOpenLDAP
	}
	if own := e.Get("namingContexts"); d.Base == "" && len(own) == 1 {
		d.Base = own[0]
	}
	return d
}

// Outermost are two bases, without one that lies in the other.
func Outermost(a, b string) []string {
	x, errX := source.DNKey(a)
	y, errY := source.DNKey(b)
	switch {
	case errX != nil || errY != nil:
	case x == y, source.Under(y, x):
		return []string{a}
	case source.Under(x, y):
		return []string{b}
	}
	return []string{a, b}
}
