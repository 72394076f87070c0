package people

// ServerKind is what a directory turned out to be.
type ServerKind string

// The kinds of servers.
const (
	KindUnknown  ServerKind = "LDAP server"
	KindOpenLDAP ServerKind = "OpenLDAP"
	Kind389      ServerKind = "389 Directory Server"
	KindAD       ServerKind = "Active Directory"
	KindADLDS    ServerKind = "Active Directory Lightweight Directory Services"
)

// IsAD reports whether the server is one of the Active Directory family.
func (k ServerKind) IsAD() bool { return k == KindAD || k == KindADLDS }
