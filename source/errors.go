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
	if e, ok := errors.AsType[*FetchError](err); ok {
		return e.outage
	}
	e, ok := asLDAPError(err)
	return ok && slices.Contains([]int{codeTimeLimit, codeBusy, codeUnavailable, codeOther, codeServerDown, codeTimeout}, e.Code)
}

// maxListed bounds how many rows a DamageError lists: an admin who declared
// the wrong encoding has a million bad rows and one mistake.
const maxListed = 100

// RowError is one place where the input is damaged. It never holds the value
// that was found, which may be somebody's address.
type RowError struct {
	File string
	// Line and Column count from 1, Column in bytes of the text in UTF-8; 0
	// where the whole file, or the whole line, is meant.
	Line   int
	Column int
	// Field is the heading of the column in the file; empty where none is meant.
	Field   string
	Problem string
}

// Error gives the place as file:line:column, the field and the problem.
func (e *RowError) Error() string {
	at := Origin{File: e.File, Line: e.Line, Column: e.Column}.String()
	if e.Field == "" {
		return at + ": " + e.Problem
	}
	return at + ": " + e.Field + ": " + e.Problem
}

// DamageError says that the input itself is wrong and was refused whole:
// nothing was taken from it. It lists the first hundred places in the order of
// files and lines. Reading again does not help; somebody has to mend the input.
type DamageError struct {
	Rows []*RowError
	// More is how many further problems there are beyond those listed.
	More int
}

// Error lists all problems, one on each line.
func (e *DamageError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "refuse damaged input, nothing of it was used (%s):", count(len(e.Rows)+e.More, "problem"))
	for _, r := range e.Rows {
		b.WriteString("\n  " + r.Error())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n  … and %d more", e.More)
	}
	return b.String()
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
// is no damage but a source that cannot be read, as a server that is down (S14).
type MissingError struct {
	Path    string
	Problem string
}

// Error names the path, and what to look at.
func (e *MissingError) Error() string {
	return e.Path + ": " + e.Problem + "; check the path, and whether the export ran"
}

// count writes a number with its noun: "1 row", "2 rows".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// damaged is damage of a whole file, or of what a path names.
func damaged(file, problem string) error {
	return &DamageError{Rows: []*RowError{{File: file, Problem: problem}}}
}
