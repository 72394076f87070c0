package field

// Error is a problem with one key of a section.
type Error struct {
	// Path is the YAML path below the section, such as "email.from".
	Path    string
	Problem string
}

// New makes the error of one key.
func New(path, problem string) *Error { return &Error{path, problem} }

// Error gives the path and the problem.
func (e *Error) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is the path as package config asks for it.
func (e *Error) YAMLPath() string { return e.Path }
