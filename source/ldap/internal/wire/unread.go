package wire

import "github.com/go-ldap/ldap/v3"

// UnreadWhy explains a member that no search showed.
func UnreadWhy(err error) (string, bool) {
	switch {
	case err == nil, IsCode(err, ldap.LDAPResultNoSuchObject):
		return "does not exist, or an access rule hides it", true
	case IsCode(err, ldap.LDAPResultInsufficientAccessRights):
		return "the bind account cannot read it", true
	case IsCode(err, ldap.LDAPResultReferral):
		return "belongs to another server or domain, which was not read", true
	case IsCode(err, ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultNamingViolation):
		return "is not a DN that the server accepts", true
	}
	return "", false
}

// NotShown reports whether a search failed only because its base is not for this
// bind to see.
func NotShown(err error) bool {
	_, known := UnreadWhy(err)
	return err != nil && known
}
