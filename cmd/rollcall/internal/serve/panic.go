package serve

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// PanicError is a run that ended in a panic. Its text shows no value that might
// hold something secret: the stack says where to look.
type PanicError struct {
	What  string
	Stack []byte
}

// Error says what is known, and that the cause is a defect of rollcall.
func (e *PanicError) Error() string {
	return "the run ended with a panic (" + e.What + "); this is a defect of rollcall: the log has the stack"
}

// NewPanicError makes an error of what recover returned.
func NewPanicError(value any) *PanicError {
	what := fmt.Sprintf("a %T", value)
	if fault, ok := value.(runtime.Error); ok {
		what = fault.Error()
	}
	return &PanicError{what, debug.Stack()}
}
