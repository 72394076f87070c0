package panics

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// Error is a panic during a read.
type Error struct {
	// Library is the import path of the package that failed, Place the function
	// in it with its file and line.
	Library, Place string
	// Value is what the panic said.
	Value any
}

// Error names the library: an admin can look for its known faults.
func (e *Error) Error() string {
	return fmt.Sprintf("%s failed with a panic in %s: %v; nothing from this read was used", e.Library, e.Place, e.Value)
}

// Is reports whether an error comes of a panic.
func Is(err error) bool {
	_, ok := errors.AsType[*Error](err)
	return ok
}

// Recover is to be deferred: it puts a panic of the function into err. Each
// goroutine needs its own.
func Recover(err *error) {
	if value := recover(); value != nil {
		*err = newError(value)
	}
}

// newError finds the innermost function that is not of the standard library:
// most panics are raised by the runtime on behalf of somebody else.
func newError(value any) *Error {
	e := &Error{Library: "a library", Place: "an unknown place", Value: value}
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		f, more := frames.Next()
		if library, function := split(f.Function); !standard(library) {
			e.Library, e.Place = library, fmt.Sprintf("%s (%s:%d)", function, path.Base(f.File), f.Line)
			return e
		}
		if !more {
			return e
		}
	}
}

// split cuts the import path off a function's full name.
func split(name string) (library, function string) {
	slash := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 {
		return name, name
	}
	return name[:slash+dot], name[slash+dot+1:]
}

// standard reports a package of the standard library: its path begins with no
// domain. The module of this program has none either.
func standard(library string) bool {
	first, _, _ := strings.Cut(library, "/")
	return !strings.Contains(first, ".") && first != "rollcall"
}
