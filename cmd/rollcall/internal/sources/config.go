package sources

import (
	"errors"
	"fmt"
	"strings"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/ldap"
)

// Config is one entry of the sources section. Exactly one of its kinds is set;
// see [kinds] for what a new kind has to bring.
type Config struct {
	// Name goes into markers: keep it, or set RenamedFrom.
	Name        string          `yaml:"name"`
	RenamedFrom string          `yaml:"renamed_from"`
	LDAP        *ldap.Config    `yaml:"ldap"`
	CSV         *csvfile.Config `yaml:"csv"`
	// SameIDsAs names a source that has the same stable ids: one id is one
	// person in both (S01).
	SameIDsAs string `yaml:"same_ids_as"`
	// Lends lists attributes or columns that rules of other sources may use, for
	// people of whom a higher source does not say it, and whom both have in groups
	// that rules name.
	Lends []string `yaml:"lends"`
	// Canaries must be seen in every read (S13).
	Canaries source.Canaries `yaml:"canaries"`
}

// Names are the names of sources, in their order.
func Names(list []Config) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return names
}

// Validate finds all problems of the entry: joined [source.FieldError] values
// whose paths start below the entry, or nil. It opens no file and no connection.
func (c Config) Validate() error {
	problems := []error{c.validateName(), c.validateKind(), c.Canaries.Validate()}
	if part := c.settings(); part != nil {
		problems = append(problems, part.ValidateCanaries(c.Canaries))
	}
	return errors.Join(append(problems, c.validateSharedIDs(), c.validateLends())...)
}

func problem(path, text string) error { return &source.FieldError{Path: path, Problem: text} }

func (c Config) validateName() error {
	switch {
	case c.Name == "":
		return problem("name", "missing: rollcall marks memberships with this name, so choose one and keep it")
	case source.HasInvisible(c.Name):
		return problem("name", "has control or invisible characters")
	case c.Name == c.RenamedFrom:
		return problem("renamed_from", "is the same as name: leave it out")
	}
	return nil
}

func (c Config) validateKind() error {
	switch configured := c.kindsOf(); len(configured) {
	case 0:
		return problem("name", "the source has nothing to read: add an ldap or a csv key")
	case 1:
		return c.settings().Validate()
	default:
		return problem(configured[1].key, "cannot be set together with "+configured[0].key+": use two sources, one for each")
	}
}

// StableIDs reports whether the people of the source can have ids.
func (c Config) StableIDs() bool {
	part := c.settings()
	return part == nil || part.StableIDs()
}

func (c Config) validateSharedIDs() error {
	switch {
	case c.SameIDsAs == "":
	case c.SameIDsAs == c.Name:
		return problem("same_ids_as", "names the source itself: name another source")
	case !c.StableIDs():
		return problem("same_ids_as", "needs csv.columns.id: without ids there is nothing to compare")
	}
	return nil
}

func (c Config) validateLends() error {
	var problems []error
	for i, name := range c.Lends {
		switch at := fmt.Sprintf("lends[%d]", i); {
		case strings.TrimSpace(name) == "":
			problems = append(problems, problem(at, "is empty"))
		case source.HasInvisible(name):
			problems = append(problems, problem(at, "has control or invisible characters"))
		}
	}
	if part := c.settings(); len(c.Lends) > 0 && part != nil && part.Memberships() {
		problems = append(problems, problem("lends", "has no effect for rows that are memberships: leave it out"))
	}
	return errors.Join(problems...)
}
