package wire

import (
	"cmp"
	"errors"
	"regexp"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
)

// accountFaults are the reasons that Active Directory and Samba give beside
// invalid credentials: the error of Windows in hexadecimal digits.
var accountFaults = map[string]codeText{
	"525": {"Active Directory does not know the account", "check bind_dn"},
	"52e": {"Active Directory refuses the name or the password", ""}, // passwordHint
	"530": {"Active Directory does not allow the account to log in at this hour", "change its logon hours"},
	"531": {"Active Directory does not allow the account to log in from this machine", "change the workstations it may log in from"},
	"532": {"the password of the account has expired", "set a password that does not expire"},
	"533": {"the account is disabled", "enable the account, or name another one in bind_dn"},
	"701": {"the account has expired", "extend the account, or name another one in bind_dn"},
	"773": {"the password of the account must be changed first", "set a password that need not be changed at the next logon"},
	"775": {"the account is locked", "unlock the account, and find out who is trying its password"},
}

var accountFault = regexp.MustCompile(`, data ([0-9a-f]+), v`)

// explainBind has a refused bind say what it means for the kind of bind that
// was tried.
func (config *Config) explainBind(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Err == nil {
		return err
	}
	if config.Bind == BindSimple {
		e.Account = config.BindDN
	}
	if text := config.bindText(e); text != (codeText{}) {
		e.Meaning, e.Hint = text.meaning, text.hint
	}
	return err
}

func (config *Config) bindText(e *Error) codeText {
	said := e.Err.Error()
	if e.Code == ldap.LDAPResultInvalidCredentials {
		if m := accountFault.FindStringSubmatch(said); m != nil && accountFaults[m[1]] != (codeText{}) {
			text := accountFaults[m[1]]
			text.hint = cmp.Or(text.hint, config.passwordHint())
			return text
		}
	}
	switch {
	case config.Bind == BindSimple && e.Code == ldap.LDAPResultInvalidCredentials:
		return codeText{e.Meaning, config.passwordHint()}
	case config.Bind == BindGSSAPI && strings.Contains(said, "80090346"):
		return codeText{"the directory requires channel binding", "rollcall does not support channel binding: allow binds without it (LdapEnforceChannelBinding), or use bind: simple over TLS"}
	case config.Bind == BindGSSAPI && e.Code == ldap.LDAPResultInvalidCredentials:
		return codeText{"the directory refuses the ticket", "check that gssapi.service is a principal of this server, and that the server's clock is right"}
	case config.Bind == BindGSSAPI && e.Code == ldap.LDAPResultStrongAuthRequired:
		return codeText{"the directory requires signed or sealed messages", "use TLS; for Samba also set ldap server require strong auth = allow_sasl_over_tls"}
	case config.Bind == BindSimple && e.Code == ldap.LDAPResultInvalidDNSyntax && !strings.Contains(config.BindDN, "="):
		return codeText{"invalid DN", "only Active Directory accepts user@domain and DOMAIN\\user: set bind_dn to a DN"}
	}
	return codeText{}
}

// passwordHint says where the password came from, and never what it is.
func (config *Config) passwordHint() string {
	return "check that this account (bind_dn) exists, and that the file " + source.CleanText(config.BindPasswordFile) + " (bind_password_file) has its password"
}
