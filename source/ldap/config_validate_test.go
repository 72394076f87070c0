package ldap

import (
	"strings"
	"testing"

	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

// Each mistake in the keys of a directory is said at its key; what is allowed
// is not.
func TestLDAPProblemsOneByOne(t *testing.T) {
	simple := func(change func(*Config)) Config {
		c := Config{URLs: []string{"ldaps://x"}, BindDN: "cn=x", BindPasswordFile: "p"}
		change(&c)
		return c
	}
	for name, x := range map[string]struct {
		config Config
		want   string // the problems' paths
		text   string // of the first
	}{
		"good":                       {simple(func(*Config) {}), "", ""},
		"targets without srv":        {simple(func(c *Config) { c.SRVTargets = []string{"dc1.corp.example"} }), "ldap.srv_targets", "has no effect without srv"},
		"external with a password":   {simple(func(c *Config) { c.Bind = wire.BindExternal }), "ldap.bind", "is external, which does not use bind_dn"},
		"anonymous with a password":  {simple(func(c *Config) { c.Bind = wire.BindAnonymous }), "ldap.bind", "is anonymous, which does not use bind_dn"},
		"a keytab, and no gssapi":    {simple(func(c *Config) { c.GSSAPI = GSSAPI{CCache: "c"} }), "ldap.gssapi", "has no effect without bind: gssapi"},
		"a keytab of nobody":         {simple(func(c *Config) { c.GSSAPI = GSSAPI{Keytab: "k"} }), "ldap.gssapi ldap.gssapi.principal", ""},
		"a name of a domain":         {simple(func(c *Config) { c.BindDN = "rollcall@corp.example" }), "", ""},
		"a name of Windows":          {simple(func(c *Config) { c.BindDN = `CORP\rollcall` }), "", ""},
		"a name of nowhere":          {simple(func(c *Config) { c.BindDN = "rollcall" }), "ldap.bind_dn", "write a DN or, for Active Directory, user@domain"},
		"a domain and no name":       {simple(func(c *Config) { c.BindDN = "@corp.example" }), "ldap.bind_dn", "is not a valid name for a bind"},
		"a name and no domain":       {simple(func(c *Config) { c.BindDN = `rollcall\` }), "ldap.bind_dn", "is not a valid name for a bind"},
		"two domains":                {simple(func(c *Config) { c.BindDN = "a@b@c" }), "ldap.bind_dn", "is not a valid name for a bind"},
		"an escape of YAML":          {simple(func(c *Config) { c.BindDN = "CORP\rollcall" }), "ldap.bind_dn", "in double quotes"},
		"a DN that is none":          {simple(func(c *Config) { c.BindDN = "cn=a,b" }), "ldap.bind_dn", "is not a valid DN"},
		"simple without a name":      {Config{URLs: []string{"ldaps://x"}, Bind: wire.BindSimple, BindPasswordFile: "p"}, "ldap.bind_dn", "missing"},
		"no tls, and a ca":           {simple(func(c *Config) { c.URLs, c.TLS, c.CAFile = []string{"ldap://x"}, wire.TLSOff, "ca" }), "ldap.tls", "is off, so ca_file"},
		"in_chain, and no AD":        {simple(func(c *Config) { c.Nested, c.Schema = "in_chain", people.Schema2307 }), "ldap.nested", "works with Active Directory only"},
		"in_chain, whatever it is":   {simple(func(c *Config) { c.Nested, c.Schema = "in_chain", people.SchemaAuto }), "", ""},
		"a global catalog":           {simple(func(c *Config) { c.URLs = []string{"ldaps://x:636", "ldaps://x:3269", "ldap://x:3268"} }), "ldap.urls[1] ldap.urls[2]", "is a global catalog"},
		"no server":                  {simple(func(c *Config) { c.URLs = []string{"ldaps://x/y", "ldap://[x", "ldaps://"} }), "ldap.urls[0] ldap.urls[1] ldap.urls[2]", "is not a server address"},
		"no socket":                  {simple(func(c *Config) { c.URLs = []string{"ldapi://%zz"} }), "ldap.urls[0]", "is not a socket address"},
		"too many at once":           {simple(func(c *Config) { c.Connections, c.BatchSize, c.MaxMembers = 17, 1001, -1 }), "ldap.batch_size ldap.connections ldap.max_members", "is 1001; allowed: 1 to 1000"},
		"as many as there may be":    {simple(func(c *Config) { c.Connections, c.BatchSize, c.PageSize = 16, 1000, 100_000 }), "", ""},
		"dates without a zone":       {simple(func(c *Config) { c.End = "employeeEnd" }), "ldap.timezone", "rollcall must know in which time zone; set it"},
		"a domain that is none":      {simple(func(c *Config) { c.EmailDomainMap = map[string]string{"corp.local": "x y"} }), "ldap.email_domain_map.corp.local", `"x y"`},
		"an attribute that is none":  {simple(func(c *Config) { c.GroupClasses = []string{"group)(x"} }), "ldap.group_classes", "is not a valid name of an attribute or class"},
		"a filter of groups, broken": {simple(func(c *Config) { c.GroupFilter = "(a" }), "ldap.group_filter", "is not a valid filter"},
	} {
		err := x.config.Validate()
		if got := strings.Join(paths(err), " "); got != x.want || x.text != "" && !strings.Contains(err.Error(), x.text) {
			t.Errorf("%s: %s, want %s\n%v", name, got, x.want, err)
		}
	}
	for url, path := range map[string]string{"ldapi://": "/var/run/slapd/ldapi", "ldapi:///": "/var/run/slapd/ldapi", "ldapi://%2Frun%2Fldapi/": "/run/ldapi", "ldapi:///run/x": "/run/x"} {
		if e, err := wire.ParseEndpoint(url); err != nil || e.Addr != path || e.Network() != "unix" {
			t.Errorf("%s: %+v, %v", url, e, err)
		}
	}
}

// A name that the server's schema does not have is not taken for an attribute
// that nobody has: it would end nobody's time here (S10, S28).
func TestS28AttributeOfDatesThatIsNone(t *testing.T) {
	for end, want := range map[string]string{
		"contractEnd": "", "CONTRACTEND": "", "leaves": "", "1.2.840.113556.1.4.159": "",
		"contractEnds": `ldap.end is "contractEnds", but the server's schema has no such attribute; did you mean "contractEnd"?`,
		"lastDay":      `ldap.end is "lastDay", but the server's schema has no such attribute; check the name`,
	} {
		f := fakeAD(adUser(1, nil), adGroup("staff", 1100, adDN(1)), ldaptest.Entry{DN: "CN=Aggregate", Attrs: map[string][]string{
			"objectClass": {"subSchema"}, "attributeTypes": {"( 1.2.3 NAME 'cn' )", "( 1.2.4 NAME ( 'contractEnd' 'leaves' ) )"}}})
		f.Root.Attrs["subschemaSubentry"] = []string{"CN=Aggregate"}
		cfg := adConfig(ldaptest.StartFake(t, f))
		cfg.End, cfg.Timezone = end, "UTC"
		s, err := newDirectory(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), adNamed("staff"))
		if (snap != nil) != (want == "") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", end, err)
		}
	}
}

// paths lists the YAML paths of all problems that an error joins.
func paths(err error) []string {
	if f, ok := err.(interface{ YAMLPath() string }); ok {
		return []string{f.YAMLPath()}
	}
	var list []string
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range j.Unwrap() {
			list = append(list, paths(e)...)
		}
	}
	return list
}
