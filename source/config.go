package source

// Config is one entry of the sources section: exactly one of LDAP and CSV.
type Config struct {
	// Name goes into markers: keep it, or set RenamedFrom.
	Name        string      `yaml:"name"`
	RenamedFrom string      `yaml:"renamed_from"`
	LDAP        *LDAPConfig `yaml:"ldap"`
	CSV         *CSVConfig  `yaml:"csv"`
}

// FieldError is a problem with one key of the configuration.
type FieldError struct {
	// Path is the YAML path below the source, such as "csv.columns.email".
	Path    string
	Problem string
}

// Error gives the path and the problem.
func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is where the problem is; the configuration turns it into file:line:column.
func (e *FieldError) YAMLPath() string { return e.Path }
