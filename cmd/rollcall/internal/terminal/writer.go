package terminal

import (
	"bufio"
	"fmt"
)

// Writer writes lines. Errors of writing stay in it until Flush.
type Writer struct{ *bufio.Writer }

// Line writes one line.
func (w Writer) Line(format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...) // kept by the bufio.Writer
}
