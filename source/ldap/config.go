package ldap

import (
	"cmp"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/source/internal/dates"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// The defaults of [Config], where a zero value stands for them.
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

// Config is the ldap key of a source. Zero values stand for the defaults
// named at each field.
type Config struct {
	// URLs are the servers (ldap://, ldaps://, ldapi://), tried in this order
	// when connecting. One run reads one server only (S12).
	URLs []string `yaml:"urls"`
	// SRV finds the servers by DNS instead: _ldap._tcp of this domain. A target
	// outside the domain counts only when SRVTargets lists it (S37).
	SRV        string   `yaml:"srv"`
	SRVTargets []string `yaml:"srv_targets"`

	// Bind is simple, external, gssapi or anonymous. Without it, bind_dn means
	// simple and an ldapi:// address means external; anonymous is never guessed.
	Bind string `yaml:"bind"`
	// BindDN is a DN; Active Directory also takes user@domain and DOMAIN\user.
	BindDN string `yaml:"bind_dn"`
	// BindPasswordFile is read again at each connect; line ends at its end do
	// not count.
	BindPasswordFile string `yaml:"bind_password_file"`
	GSSAPI           GSSAPI `yaml:"gssapi"`

	// TLS is starttls (the default of ldap://), ldaps (of ldaps://) or off.
	TLS string `yaml:"tls"`
	// CAFile holds the authorities that count, instead of the system's.
	// ServerName is what the certificate must bear, instead of the URL's host.
	CAFile     string `yaml:"ca_file"`
	CertFile   string `yaml:"cert_file"`
	KeyFile    string `yaml:"key_file"`
	ServerName string `yaml:"server_name"`
	// Fingerprints are the SHA-256 of the certificates that the servers may have,
	// in hex, whatever authority made them and whatever name they bear.
	Fingerprints []string `yaml:"fingerprints"`

	// Schema is rfc2307, rfc2307bis, active-directory or auto (the default).
	Schema string `yaml:"schema"`
	// BaseDN is where people and groups are looked for; UserBase and GroupBase
	// narrow it. Without any, the server's one naming context is taken.
	BaseDN    string `yaml:"base_dn"`
	UserBase  string `yaml:"user_base"`
	GroupBase string `yaml:"group_base"`
	// UserFilter says which entries count as people. People that only the filter
	// leaves out are leavers (S10). GroupFilter narrows what is a group.
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
	// EmailDomainMap replaces domains of addresses before they are compared.
	EmailDomainMap map[string]string `yaml:"email_domain_map"`
	ExternalID     string            `yaml:"external_id"`
	FirstName      string            `yaml:"first_name"`
	LastName       string            `yaml:"last_name"`
	// Start and End are attributes that say when a person belongs here; End is
	// the last day, or the moment at which it ends (S28). The directory's own
	// accountExpires, shadowExpire or krbPrincipalExpiration counts as an end
	// whether End is set or not.
	Start string `yaml:"start"`
	End   string `yaml:"end"`
	// Timezone is where their days begin and end, such as Europe/Vienna;
	// DateFormat lists how they are written, as strftime has it, where that is no
	// generalized time, file time, ISO date or RFC 3339.
	Timezone   string       `yaml:"timezone"`
	DateFormat source.Texts `yaml:"date_format"`
	// LockedIsDisabled counts a set pwdAccountLockedTime as a leaver.
	LockedIsDisabled bool `yaml:"locked_is_disabled"`

	// Nested is auto (the default), walk, in_chain (Active Directory) or off.
	Nested string `yaml:"nested"`
	// PrimaryGroups counts people as members of the posixGroup whose gidNumber they
	// have. Active Directory's primaryGroupID always counts.
	PrimaryGroups bool `yaml:"primary_groups"`
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

// GSSAPI says where Kerberos finds its credentials.
type GSSAPI = wire.GSSAPI

// Error says that a directory could not be read. Nothing may be concluded from
// such a read (S09). It never holds a password.
type Error = wire.Error

// connection is what the connections to the server need of the configuration.
func (c *Config) connection(network wire.Network, note func(format string, args ...any)) wire.Config {
	return wire.Config{
		URLs: c.URLs, SRV: c.SRV, SRVTargets: c.SRVTargets,
		Bind: c.Bind, BindDN: c.BindDN, BindPasswordFile: c.BindPasswordFile, GSSAPI: c.GSSAPI,
		TLS: c.TLS, CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile, ServerName: c.ServerName, Fingerprints: c.Fingerprints,
		PageSize: c.PageSize, Connections: c.Connections, MaxMembers: c.MaxMembers, IgnoreReferrals: c.Referrals == "ignore",
		ConnectTimeout: c.ConnectTimeout, BindTimeout: c.BindTimeout, RequestTimeout: c.RequestTimeout,
		Network: network, Note: note,
	}
}

// people is what the reading of people needs of the configuration.
func (c *Config) people() (people.Config, error) {
	out := people.Config{
		Schema: c.Schema, UserClasses: c.UserClasses, GroupClasses: c.GroupClasses,
		MemberAttributes: c.MemberAttributes, NameAttributes: c.NameAttributes, GroupFilter: c.GroupFilter,
		ID: c.ID, UserName: c.UserName, OtherEmails: c.OtherEmails, EmailDomains: map[string]string{},
		ExternalID: c.ExternalID, FirstName: c.FirstName, LastName: c.LastName, Start: c.Start, End: c.End,
		Dates: dates.NewReader(c.Timezone, c.DateFormat...), LockedIsDisabled: c.LockedIsDisabled,
	}
	var err error
	if out.Email, err = people.ParseEmailTemplate(c.Email); err != nil {
		return out, err
	}
	for from, to := range c.EmailDomainMap {
		if from, err = source.FoldDomain(from); err != nil {
			return out, err
		}
		if out.EmailDomains[from], err = source.FoldDomain(to); err != nil {
			return out, err
		}
	}
	return out, nil
}

// withDefaults gives a copy in which every zero value is its default.
func (c Config) withDefaults() Config {
	c.Bind = cmp.Or(c.Bind, c.guessBind())
	c.Schema = cmp.Or(c.Schema, people.SchemaAuto)
	c.UserName = cmp.Or(c.UserName, "uid")
	c.GroupName = cmp.Or(c.GroupName, "cn")
	c.Email = cmp.Or(c.Email, "mail")
	c.FirstName = cmp.Or(c.FirstName, "givenName")
	c.LastName = cmp.Or(c.LastName, "sn")
	c.Nested = cmp.Or(c.Nested, "auto")
	c.PageSize = cmp.Or(c.PageSize, defaultPageSize)
	c.BatchSize = cmp.Or(c.BatchSize, defaultBatchSize)
	c.Connections = cmp.Or(c.Connections, defaultConnections)
	c.MaxDepth = cmp.Or(c.MaxDepth, defaultMaxDepth)
	c.MaxMembers = cmp.Or(c.MaxMembers, defaultMaxMembers)
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, defaultConnectTimeout)
	c.BindTimeout = cmp.Or(c.BindTimeout, defaultBindTimeout)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, defaultRequestTimeout)
	c.UserBase = cmp.Or(c.UserBase, c.BaseDN)
	c.GroupBase = cmp.Or(c.GroupBase, c.BaseDN)
	return c
}

// guessBind never answers anonymous: that has to be configured.
func (c Config) guessBind() string {
	switch {
	case c.BindDN != "":
		return wire.BindSimple
	case len(c.URLs) > 0 && strings.HasPrefix(c.URLs[0], "ldapi:"):
		return wire.BindExternal
	}
	return ""
}
