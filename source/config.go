package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Config is one entry of the sources section: exactly one of LDAP and CSV.
type Config struct {
	// Name goes into markers: keep it, or set RenamedFrom.
	Name        string      `yaml:"name"`
	RenamedFrom string      `yaml:"renamed_from"`
	LDAP        *LDAPConfig `yaml:"ldap"`
	CSV         *CSVConfig  `yaml:"csv"`
	// SameIDsAs names a source that has the same stable ids: one id is one
	// person in both (S01).
	SameIDsAs string `yaml:"same_ids_as"`
	// Lends lists attributes or columns that rules of other sources may use, for
	// people of whom a higher source does not say it, and whom both have in groups
	// that rules name.
	Lends []string `yaml:"lends"`
	// Canaries must be seen in every read (S13).
	Canaries Canaries `yaml:"canaries"`
}

// Validate finds all problems of the entry: joined [FieldError] values whose
// paths start below the entry, or nil. It opens no file and no connection.
func (c Config) Validate() error {
	var p problems
	switch {
	case c.Name == "":
		p.add("name", "missing: memberships are marked with it, so choose one and keep it")
	case hasInvisible(c.Name):
		p.add("name", "has control or invisible characters")
	case c.Name == c.RenamedFrom:
		p.add("renamed_from", "is the same as name; leave it out")
	}
	switch {
	case c.LDAP != nil && c.CSV != nil:
		p.add("csv", "stands beside ldap: make two entries of it, one for each")
	case c.LDAP != nil:
		p.join(c.LDAP.Validate())
	case c.CSV != nil:
		p.join(c.CSV.Validate())
	default:
		p.add("name", "source reads nothing: give it an ldap or a csv key")
	}
	c.Canaries.validate(&p, c.CSV)
	c.validateShares(&p)
	return p.err()
}

// StableIDs reports whether the people of the source can have ids.
func (c Config) StableIDs() bool { return c.CSV == nil || c.CSV.Columns.ID != "" }

func (c Config) validateShares(p *problems) {
	switch {
	case c.SameIDsAs == "":
	case c.SameIDsAs == c.Name:
		p.add("same_ids_as", "is the source itself")
	case !c.StableIDs():
		p.add("same_ids_as", "needs csv.columns.id: without ids nothing can be compared")
	}
	for i, name := range c.Lends {
		switch at := fmt.Sprintf("lends[%d]", i); {
		case strings.TrimSpace(name) == "":
			p.add(at, "is empty")
		case hasInvisible(name):
			p.add(at, "has control or invisible characters")
		}
	}
	if len(c.Lends) > 0 && c.CSV != nil && c.CSV.Columns.membership() {
		p.add("lends", "means nothing in the membership form, whose columns are its own")
	}
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

// problems gathers what is wrong with a configuration, so that an admin sees
// all of it at once.
type problems struct{ list []error }

func (p *problems) add(path, problem string) {
	p.list = append(p.list, &FieldError{Path: path, Problem: problem})
}

func (p *problems) join(err error) {
	if err != nil {
		p.list = append(p.list, err)
	}
}

func (p *problems) err() error { return errors.Join(p.list...) }

// hasInvisible reports whether a text has characters that S35 refuses in
// e-mails, ids and roles: controls, line separators, and format characters,
// among them the bidirectional overrides, which make a text look like another.
func hasInvisible(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b >= 0x7f {
			return hasInvisibleRune(s[i:])
		}
	}
	return false
}

func hasInvisibleRune(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return true
		}
	}
	return false
}
