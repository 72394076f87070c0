package source

import (
	"errors"
	"fmt"
	"strings"
)

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

// Canaries are people and groups that are always there: a read that does not
// show one of them went wrong somewhere, however whole it looks (S13). They
// need not be in any rule's group.
type Canaries struct {
	// People are addresses, stable ids or, in a directory, DNs. A disabled
	// person counts as seen.
	People []string `yaml:"people"`
	// Groups are names or, in a directory, DNs.
	Groups []string `yaml:"groups"`
}

// Validate finds entries that nothing could answer: joined [FieldError] values, or nil.
func (c Canaries) Validate() error {
	return errors.Join(validateCanaries("people", c.People), validateCanaries("groups", c.Groups))
}

func validateCanaries(key string, values []string) error {
	var problems []error
	for i, v := range values {
		path := fmt.Sprintf("canaries.%s[%d]", key, i)
		switch {
		case strings.TrimSpace(v) == "":
			problems = append(problems, &FieldError{path, "is empty: name a person or a group"})
		case HasInvisible(v):
			problems = append(problems, &FieldError{path, "has control or invisible characters"})
		}
	}
	return errors.Join(problems...)
}
