package source

import (
	"strings"
	"testing"
)

// Each mistake in the keys of a directory is said at its key; what is allowed
// is not.
func TestLDAPProblemsOneByOne(t *testing.T) {
	simple := func(change func(*LDAPConfig)) LDAPConfig {
		c := LDAPConfig{URLs: []string{"ldaps://x"}, BindDN: "cn=x", BindPasswordFile: "p"}
		change(&c)
		return c
	}
	for name, x := range map[string]struct {
		config LDAPConfig
		want   string // the problems' paths
		text   string // of the first
	}{
		"good":                       {simple(func(*LDAPConfig) {}), "", ""},
		"targets without srv":        {simple(func(c *LDAPConfig) { c.SRVTargets = []string{"dc1.corp.example"} }), "ldap.srv_targets", "needs srv"},
		"external with a password":   {simple(func(c *LDAPConfig) { c.Bind = bindExternal }), "ldap.bind", "is external, which takes no bind_dn"},
		"anonymous with a password":  {simple(func(c *LDAPConfig) { c.Bind = bindAnonymous }), "ldap.bind", "is anonymous, which takes no bind_dn"},
		"a keytab, and no gssapi":    {simple(func(c *LDAPConfig) { c.GSSAPI = GSSAPIConfig{CCache: "c"} }), "ldap.gssapi", "needs bind: gssapi"},
		"a keytab of nobody":         {simple(func(c *LDAPConfig) { c.GSSAPI = GSSAPIConfig{Keytab: "k"} }), "ldap.gssapi ldap.gssapi.principal", ""},
		"simple without a name":      {LDAPConfig{URLs: []string{"ldaps://x"}, Bind: bindSimple, BindPasswordFile: "p"}, "ldap.bind_dn", "missing"},
		"no tls, and a ca":           {simple(func(c *LDAPConfig) { c.URLs, c.TLS, c.CAFile = []string{"ldap://x"}, tlsOff, "ca" }), "ldap.tls", "is off, so ca_file"},
		"in_chain, and no AD":        {simple(func(c *LDAPConfig) { c.Nested, c.Schema = "in_chain", schema2307 }), "ldap.nested", "only Active Directory understands"},
		"in_chain, whatever it is":   {simple(func(c *LDAPConfig) { c.Nested, c.Schema = "in_chain", schemaAuto }), "", ""},
		"no server":                  {simple(func(c *LDAPConfig) { c.URLs = []string{"ldaps://x/y", "ldap://[x", "ldaps://"} }), "ldap.urls[0] ldap.urls[1] ldap.urls[2]", "is no address of a server"},
		"no socket":                  {simple(func(c *LDAPConfig) { c.URLs = []string{"ldapi://%zz"} }), "ldap.urls[0]", "is no address of a socket"},
		"too many at once":           {simple(func(c *LDAPConfig) { c.Connections, c.BatchSize, c.MaxMembers = 17, 1001, -1 }), "ldap.batch_size ldap.connections ldap.max_members", "is 1001; it can be 1 to 1000"},
		"as many as there may be":    {simple(func(c *LDAPConfig) { c.Connections, c.BatchSize, c.PageSize = 16, 1000, 100_000 }), "", ""},
		"dates without a zone":       {simple(func(c *LDAPConfig) { c.End = "employeeEnd" }), "ldap.timezone", "say where they begin and end"},
		"a domain that is none":      {simple(func(c *LDAPConfig) { c.EmailDomainMap = map[string]string{"corp.local": "x y"} }), "ldap.email_domain_map.corp.local", `"x y"`},
		"an attribute that is none":  {simple(func(c *LDAPConfig) { c.GroupClasses = []string{"group)(x"} }), "ldap.group_classes", "is no name of an attribute or class"},
		"a filter of groups, broken": {simple(func(c *LDAPConfig) { c.GroupFilter = "(a" }), "ldap.group_filter", "is no filter"},
	} {
		err := x.config.Validate()
		if got := strings.Join(paths(err), " "); got != x.want || x.text != "" && !strings.Contains(err.Error(), x.text) {
			t.Errorf("%s: %s, want %s\n%v", name, got, x.want, err)
		}
	}
	for url, path := range map[string]string{"ldapi://": "/var/run/slapd/ldapi", "ldapi:///": "/var/run/slapd/ldapi", "ldapi://%2Frun%2Fldapi/": "/run/ldapi", "ldapi:///run/x": "/run/x"} {
		if e, err := parseEndpoint(url); err != nil || e.addr != path || e.network() != "unix" {
			t.Errorf("%s: %+v, %v", url, e, err)
		}
	}
}

// What two sources can share needs ids, and a name that can be read (S01, S35).
func TestProblemsOfSharedSources(t *testing.T) {
	people, members := peopleForm(), membershipForm()
	nameless := people
	nameless.ID = ""
	for name, x := range map[string]struct {
		config Config
		want   string
	}{
		"the same ids":       {Config{Name: "hr", SameIDsAs: "corp", CSV: &CSVConfig{Path: "a", Columns: people}}, ""},
		"its own":            {Config{Name: "hr", SameIDsAs: "hr", CSV: &CSVConfig{Path: "a", Columns: people}}, "same_ids_as"},
		"no ids to compare":  {Config{Name: "hr", SameIDsAs: "corp", CSV: &CSVConfig{Path: "a", Columns: nameless}}, "same_ids_as"},
		"lends":              {Config{Name: "hr", Lends: []string{"team"}, CSV: &CSVConfig{Path: "a", Columns: people}}, ""},
		"lends nothing":      {Config{Name: "hr", Lends: []string{" ", "a\u202eb"}, CSV: &CSVConfig{Path: "a", Columns: people}}, "lends[0] lends[1]"},
		"lends and has rows": {Config{Name: "hr", Lends: []string{"team"}, CSV: &CSVConfig{Path: "a", Columns: members}}, "lends"},
	} {
		if x.config.CSV.Columns.ID == "" && name != "no ids to compare" {
			x.config.CSV.Columns.ID = "id"
		}
		if got := strings.Join(paths(x.config.Validate()), " "); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}

// A review names the membership and the user, and feeds nobody.
func TestProblemsOfAReview(t *testing.T) {
	review := func(change func(*CSVColumns)) Config {
		c := CSVColumns{Organization: "org", MembershipID: "m", UserID: "u", Decision: "keep"}
		change(&c)
		return Config{Name: "review", CSV: &CSVConfig{Path: "a", Columns: c}}
	}
	for name, x := range map[string]struct {
		config Config
		want   string
	}{
		"whole":           {review(func(*CSVColumns) {}), ""},
		"no organization": {review(func(c *CSVColumns) { c.Organization = "" }), "csv.columns.organization"},
		"no membership":   {review(func(c *CSVColumns) { c.MembershipID = "" }), "csv.columns.membership_id"},
		"no user":         {review(func(c *CSVColumns) { c.UserID = "" }), "csv.columns.user_id"},
		"people too":      {review(func(c *CSVColumns) { c.ID, c.FirstName, c.Groups.Column = "id", "first", "g" }), "csv.columns.id csv.columns.first_name csv.columns.groups"},
		"metadata too":    {review(func(c *CSVColumns) { c.Metadata.Public = map[string]string{"a": "b"} }), "csv.columns.metadata"},
	} {
		if got := strings.Join(paths(x.config.Validate()), " "); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}

// Classes and attributes that an admin names replace the schema's own.
func TestSchemaByTheAdmin(t *testing.T) {
	s := chooseSchema(&LDAPConfig{Schema: schema2307bis, UserClasses: []string{"corpPerson"}, GroupClasses: []string{"corpTeam", "groupOfNames"}, MemberAttributes: []string{"corpMember"}, GroupFilter: "cn=a*"}, &rootDSE{})
	if s.users != "(objectClass=corpPerson)" || s.groups != "(&(|(objectClass=corpTeam)(objectClass=groupOfNames))(cn=a*))" ||
		strings.Join(s.members, " ") != "corpMember" || len(s.names) != 0 || s.userClasses[0] != "corpperson" {
		t.Errorf("%+v", s)
	}
}

// A name that the server's schema does not have is not taken for an attribute
// that nobody has: it would end nobody's time here (S10, S28).
func TestS28AttributeOfDatesThatIsNone(t *testing.T) {
	for end, want := range map[string]string{
		"contractEnd": "", "CONTRACTEND": "", "leaves": "", "1.2.840.113556.1.4.159": "",
		"contractEnds": `no attribute "contractEnds", which ldap.end names; did you mean "contractEnd"?`,
		"lastDay":      `no attribute "lastDay", which ldap.end names; look the name up`,
	} {
		f := fakeAD(adUser(1, nil), adGroup("staff", 1100, adDN(1)), fakeEntry{dn: "CN=Aggregate", attrs: map[string][]string{
			"objectClass": {"subSchema"}, "attributeTypes": {"( 1.2.3 NAME 'cn' )", "( 1.2.4 NAME ( 'contractEnd' 'leaves' ) )"}}})
		f.root.attrs["subschemaSubentry"] = []string{"CN=Aggregate"}
		cfg := adConfig(startFake(t, f))
		cfg.End, cfg.Timezone = end, "UTC"
		s, err := newLDAP(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), adNamed("staff"))
		if (snap != nil) != (want == "") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", end, err)
		}
	}
}
