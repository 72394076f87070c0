package sources

import (
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/source/ldap"
)

// kinds lists the kinds of source. A new kind brings all of this, and
// kinds_test.go fails where a part is missing:
//
//   - a package below source/ whose type implements [source.Source]. It imports
//     no other kind; deps_test.go and .golangci.yml have a row for it, and
//     .ci/coverage and .ci/run its name;
//   - a configuration that implements [settings], as a field of [Config];
//   - a row here;
//   - its keys in config.example.yaml, and its name in README.md;
//   - an example in kinds_test.go, on which every kind has to keep the contract
//     of [source.Source]: the whole or an error, and nothing after a cancellation;
//   - a row in sourceKinds of cmd/rollcall/sourcekinds_test.go: the suite breaks
//     the rules S09 to S14 for it, and writes deploy/source-kinds.md.
//
// A new place of a CSV file, such as a program, brings the last two and its keys.
var kinds = []kind{
	{
		key:  "ldap",
		part: func(c *Config) (settings, bool) { return c.LDAP, c.LDAP != nil },
		open: func(c *Config, o file.Options) (source.Source, error) {
			return ldap.Open(c.Name, *c.LDAP, c.Canaries, o.Logger)
		},
	},
	{
		key:  "csv",
		part: func(c *Config) (settings, bool) { return c.CSV, c.CSV != nil },
		open: func(c *Config, o file.Options) (source.Source, error) {
			return csvfile.Open(c.Name, *c.CSV, c.Canaries, o), nil
		},
	},
}

// kind is one kind of source.
type kind struct {
	// key is the YAML key of its configuration in an entry of sources.
	key string
	// part gives its configuration; false where the entry has none.
	part func(*Config) (settings, bool)
	// open makes the source of an entry that Validate has accepted.
	open func(*Config, file.Options) (source.Source, error)
}

// settings is the configuration of one kind. It opens no file and no connection.
type settings interface {
	// Validate finds all problems: joined [source.FieldError] values whose paths
	// begin with the key of the kind, or nil.
	Validate() error
	// ValidateCanaries refuses canaries that the source cannot show.
	ValidateCanaries(source.Canaries) error
	// StableIDs reports whether people can have ids that outlive their address (S01).
	StableIDs() bool
	// Memberships reports whether the rows are memberships, which need no rules.
	Memberships() bool
}

// kindsOf are the kinds that an entry configures: one, unless it is wrong.
func (c *Config) kindsOf() []kind {
	var list []kind
	for _, k := range kinds {
		if _, ok := k.part(c); ok {
			list = append(list, k)
		}
	}
	return list
}

// settings is the configuration of the first kind of an entry; nil without one.
func (c *Config) settings() settings {
	for _, k := range c.kindsOf() {
		part, _ := k.part(c)
		return part
	}
	return nil
}
