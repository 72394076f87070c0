package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Errors of a read that say nothing about the data itself. The source could
// not be judged whole, so nothing may be concluded from it (S09); trying
// again later can help.
var (
	// ErrChanged says that a file was written while it was read (S11).
	ErrChanged = errors.New("file changed while it was read")
	// ErrStale says that a file is older than max_age allows (S11).
	ErrStale = errors.New("file is older than max_age")
)

// Outage reports whether the server of a source could not be reached, broke
// off, or says itself that it has trouble: to ask it less often spares it. What
// the data says makes no outage, nor does a file of this machine.
func Outage(err error) bool {
	e, ok := errors.AsType[outage](err)
	return ok && e.Outage()
}

// outage is an error that knows whether the server is in trouble.
type outage interface {
	error
	Outage() bool
}

// MaxListed bounds how many rows a DamageError lists: a wrong encoding makes a
// million bad rows of one mistake.
const MaxListed = 100

// RowError is one place where the input is damaged. It never holds the value
// that was found, which may be an address.
type RowError struct {
	File string
	// Line and Column count from 1, Column in bytes of the text in UTF-8; 0
	// where the whole file, or the whole line, is meant.
	Line   int
	Column int
	// Field is the heading of the column in the file; empty where none is meant.
	Field   string
	Problem string
	// Key is the key of the configuration that does not fit the file, with its place if
	// that is known; empty if the data itself is damaged. The problem then names the file.
	Key string
}

// Error gives the place as file:line:column, the field and the problem, safe to
// show (S35): whoever may write into a directory may choose a file's name.
func (e *RowError) Error() string {
	if e.Key != "" {
		return Escape(e.Key) + ": " + Escape(e.Problem)
	}
	at := Escape(Origin{File: e.File, Line: e.Line, Column: e.Column}.String())
	if e.Field == "" {
		return at + ": " + Escape(e.Problem)
	}
	return at + ": " + Escape(e.Field) + ": " + Escape(e.Problem)
}

// DamageError says that the input itself is wrong and was refused whole:
// nothing was taken from it. It lists the first hundred places in the order of
// files and lines. Reading again does not help: the input has to be fixed.
type DamageError struct {
	Rows []*RowError
	// More is how many further problems there are beyond those listed.
	More int
	// CutOff says why the input seems to be cut off; empty if it does not.
	CutOff string
}

// Error lists all problems, one on each line.
func (e *DamageError) Error() string {
	var b strings.Builder
	what := "the input is damaged, so nothing from it was used; correct these places, or export it again"
	switch {
	case e.CutOff != "":
		what = "the file may be cut off: " + e.CutOff + "; nothing from it was used; wait until the export has ended, or export it again"
	case e.misnamed():
		what = "the configuration does not fit the file, so nothing from it was used; correct these keys, or the export if its header has changed"
	}
	fmt.Fprintf(&b, "%s (%s):", what, Count(len(e.Rows)+e.More, "problem"))
	for _, r := range e.Rows {
		b.WriteString("\n  " + r.Error())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n  … and %d more", e.More)
	}
	return b.String()
}

// misnamed reports whether all problems are keys of the configuration that do not fit
// the file: the data itself may be sound.
func (e *DamageError) misnamed() bool {
	return len(e.Rows) > 0 && e.More == 0 && !slices.ContainsFunc(e.Rows, func(r *RowError) bool { return r.Key == "" })
}

// Unwrap gives the listed rows to errors.Is and errors.AsType.
func (e *DamageError) Unwrap() []error {
	list := make([]error, len(e.Rows))
	for i, r := range e.Rows {
		list[i] = r
	}
	return list
}

// MissingError says that there is no file at a path, or none that a glob
// matches: the export did not run, the mount is gone, or the path is wrong. It
// is not damage: the source cannot be read, as when a server is down (S14).
type MissingError struct {
	Path    string
	Problem string
}

// Error names the path, and what to look at.
func (e *MissingError) Error() string {
	return Escape(e.Path) + ": " + e.Problem + "; check the path, and check that the export ran"
}

// Shown is an error whose text is safe to show, for errors of the system, which
// name files as they are called (S35); nil for nil.
func Shown(err error) error {
	if err == nil || Escape(err.Error()) == err.Error() {
		return err
	}
	return &shownError{err}
}

type shownError struct{ err error }

func (e *shownError) Error() string { return Escape(e.err.Error()) }
func (e *shownError) Unwrap() error { return e.err }

// Damaged is damage of a whole file, or of what a path names.
func Damaged(file, problem string) error {
	return &DamageError{Rows: []*RowError{{File: file, Problem: problem}}}
}
