package source

// LDAPConfig is the ldap key of a source.
type LDAPConfig struct {
	URLs []string `yaml:"urls"`
}
