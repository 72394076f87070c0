package source

import (
	"strings"
	"time"
)

// The defaults of [LDAPConfig], where a zero value stands for them.
const (
	defaultPageSize       = 1000
	defaultBatchSize      = 100
	defaultConnections    = 2
	defaultMaxDepth       = 16
	defaultMaxMembers     = 5_000_000
	defaultConnectTimeout = 10 * time.Second
	defaultBindTimeout    = 10 * time.Second
	defaultRequestTimeout = 60 * time.Second
)

// LDAPConfig is the ldap key of a source. Zero values stand for the defaults
// named at each field.
type LDAPConfig struct {
	// URLs are the servers (ldap://, ldaps://, ldapi://), tried in this order
	// when connecting. One run reads one server only (S12).
	URLs []string `yaml:"urls"`
	// SRV finds the servers by DNS instead: _ldap._tcp of this domain. A target
	// outside the domain counts only when SRVTargets lists it (S37).
	SRV        string   `yaml:"srv"`
	SRVTargets []string `yaml:"srv_targets"`

	// Bind is simple, external, gssapi or anonymous. Without it, bind_dn means
	// simple and an ldapi:// address means external; anonymous is never guessed.
	Bind   string `yaml:"bind"`
	BindDN string `yaml:"bind_dn"`
	// BindPasswordFile is read again at each connect; line ends at its end do
	// not count.
	BindPasswordFile string       `yaml:"bind_password_file"`
	GSSAPI           GSSAPIConfig `yaml:"gssapi"`

	// TLS is starttls (the default of ldap://), ldaps (of ldaps://) or off.
	TLS string `yaml:"tls"`
	// CAFile holds the authorities that count, instead of the system's.
	// ServerName is what the certificate must bear, instead of the URL's host.
	CAFile     string `yaml:"ca_file"`
	CertFile   string `yaml:"cert_file"`
	KeyFile    string `yaml:"key_file"`
	ServerName string `yaml:"server_name"`

	// Schema is rfc2307, rfc2307bis, active-directory or auto (the default).
	Schema string `yaml:"schema"`
	// BaseDN is where people and groups are looked for; UserBase and GroupBase
	// narrow it. Without any, the server's one naming context is taken.
	BaseDN    string `yaml:"base_dn"`
	UserBase  string `yaml:"user_base"`
	GroupBase string `yaml:"group_base"`
	// UserFilter says who counts among the people. Those whom it alone leaves
	// out are leavers (S10). GroupFilter narrows what is a group.
	UserFilter  string `yaml:"user_filter"`
	GroupFilter string `yaml:"group_filter"`

	// UserClasses, GroupClasses and MemberAttributes replace what the schema
	// says; a member attribute holds DNs, but for UserNameAttribute's partner
	// memberUid, which holds names.
	UserClasses      []string `yaml:"user_classes"`
	GroupClasses     []string `yaml:"group_classes"`
	MemberAttributes []string `yaml:"member_attributes"`
	NameAttributes   []string `yaml:"member_name_attributes"`
	// UserName is what the values of name attributes mean (uid), GroupName what
	// a group is called (cn).
	UserName  string `yaml:"user_name"`
	GroupName string `yaml:"group_name"`

	// ID is the attribute of the stable id; without it the directory's own
	// (entryUUID, nsUniqueId, ipaUniqueID, objectGUID).
	ID string `yaml:"id"`
	// Email is an attribute name, or text with {attribute} and
	// {first|second}: the first alternative with a usable address counts.
	Email string `yaml:"email"`
	// OtherEmails are attributes with further addresses of the person (S07).
	OtherEmails []string `yaml:"other_emails"`
	// EmailDomainMap replaces domains of addresses before anybody compares them.
	EmailDomainMap map[string]string `yaml:"email_domain_map"`
	ExternalID     string            `yaml:"external_id"`
	FirstName      string            `yaml:"first_name"`
	LastName       string            `yaml:"last_name"`
	// Start and End are attributes that say when somebody belongs here; End is
	// the last day, or the moment at which it ends (S28). The directory's own
	// accountExpires or shadowExpire counts as an end whether End is set or not.
	Start string `yaml:"start"`
	End   string `yaml:"end"`
	// Timezone is where their days begin and end, such as Europe/Vienna;
	// DateFormat is how they are written, as strftime has it, where that is no
	// generalized time, file time, ISO date or RFC 3339.
	Timezone   string `yaml:"timezone"`
	DateFormat string `yaml:"date_format"`
	// LockedIsDisabled counts a set pwdAccountLockedTime as a leaver.
	LockedIsDisabled bool `yaml:"locked_is_disabled"`

	// Nested is auto (the default), walk, in_chain (Active Directory) or off.
	Nested string `yaml:"nested"`
	// MaxDepth bounds how deep groups are followed (16), MaxMembers how many
	// members all groups may have when they are unfolded (5,000,000) (S37).
	MaxDepth   int `yaml:"max_depth"`
	MaxMembers int `yaml:"max_members"`
	// UnreadableMembers is hold (the default) or ignore (S10).
	UnreadableMembers string `yaml:"unreadable_members"`
	// Referrals is error (the default) or ignore: leave out what they point to.
	Referrals string `yaml:"referrals"`

	// PageSize (1000) steps down where the server refuses it. BatchSize (100)
	// is how many people one look-up names. Connections (2) all go to one server.
	PageSize    int `yaml:"page_size"`
	BatchSize   int `yaml:"batch_size"`
	Connections int `yaml:"connections"`
	// ConnectTimeout (10s) covers DNS, TCP and TLS, BindTimeout (10s) the bind,
	// RequestTimeout (60s) each page or look-up.
	ConnectTimeout time.Duration `yaml:"connect_timeout"`
	BindTimeout    time.Duration `yaml:"bind_timeout"`
	RequestTimeout time.Duration `yaml:"request_timeout"`
}

// GSSAPIConfig says where Kerberos finds its credentials: a keytab with its
// principal, or a credential cache.
type GSSAPIConfig struct {
	Keytab    string `yaml:"keytab"`
	Principal string `yaml:"principal"`
	Realm     string `yaml:"realm"`
	CCache    string `yaml:"ccache"`
	// Krb5Conf is /etc/krb5.conf where it is empty.
	Krb5Conf string `yaml:"krb5_conf"`
	// Service is the server's principal, ldap/host where it is empty.
	Service string `yaml:"service"`
}

// withDefaults gives a copy in which every zero value is its default.
func (c LDAPConfig) withDefaults() LDAPConfig {
	c.Bind = or(c.Bind, c.guessBind())
	c.Schema = or(c.Schema, schemaAuto)
	c.UserName = or(c.UserName, "uid")
	c.GroupName = or(c.GroupName, "cn")
	c.Email = or(c.Email, "mail")
	c.FirstName = or(c.FirstName, "givenName")
	c.LastName = or(c.LastName, "sn")
	c.Nested = or(c.Nested, "auto")
	c.PageSize = or(c.PageSize, defaultPageSize)
	c.BatchSize = or(c.BatchSize, defaultBatchSize)
	c.Connections = or(c.Connections, defaultConnections)
	c.MaxDepth = or(c.MaxDepth, defaultMaxDepth)
	c.MaxMembers = or(c.MaxMembers, defaultMaxMembers)
	c.ConnectTimeout = or(c.ConnectTimeout, defaultConnectTimeout)
	c.BindTimeout = or(c.BindTimeout, defaultBindTimeout)
	c.RequestTimeout = or(c.RequestTimeout, defaultRequestTimeout)
	c.UserBase = or(c.UserBase, c.BaseDN)
	c.GroupBase = or(c.GroupBase, c.BaseDN)
	return c
}

// guessBind never answers anonymous: that is a choice somebody has to write down.
func (c LDAPConfig) guessBind() string {
	switch {
	case c.BindDN != "":
		return bindSimple
	case len(c.URLs) > 0 && strings.HasPrefix(c.URLs[0], "ldapi:"):
		return bindExternal
	}
	return ""
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
