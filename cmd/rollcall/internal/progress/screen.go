package progress

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	stdsync "sync"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"rollcall/cmd/rollcall/internal/terminal"
)

// Screen is a terminal whose last lines change. What is written to it, such as a
// line of the log, stands above them.
type Screen struct {
	terminal io.Writer
	columns  func() int
	mutex    stdsync.Mutex // guards live
	live     []string      // the lines that change, as they stand there
}

// NewScreen is the screen of a terminal.
func NewScreen(file *os.File) *Screen {
	return newScreen(file, func() int {
		columns, _, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 0
		}
		return columns
	})
}

func newScreen(w io.Writer, columns func() int) *Screen {
	return &Screen{terminal: w, columns: columns}
}

// Columns is how many characters fit on a line.
func (s *Screen) Columns() int {
	const usual = 80
	if n := s.columns(); n > 0 {
		return n
	}
	return usual
}

// Write writes whole lines above those that change, broken between words where they
// are longer than the screen.
func (s *Screen) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.live) == 0 {
		return s.terminal.Write(p)
	}
	_, err := io.WriteString(s.terminal, s.toTop()+"\x1b[J"+wrapped(string(p), s.Columns())+strings.Join(s.live, "\n")+"\n")
	return len(p), err
}

// wrapped breaks lines of the log for a screen. A tab stands between the parts of one.
func wrapped(lines string, columns int) string {
	var b strings.Builder
	for line := range strings.Lines(lines) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "  ")
		b.WriteString(terminal.Wrap(line, columns-1, 0) + "\n")
	}
	return b.String()
}

// Draw writes lines that stay, and below them those that change. A line that is
// too long is cut: one that wraps would not be overwritten.
func (s *Screen) Draw(stay, live []string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	columns := s.Columns() - 1
	stay, live = cut(stay, columns), cut(live, columns)
	if len(stay) == 0 && slices.Equal(live, s.live) {
		return
	}
	var b strings.Builder
	b.WriteString(s.toTop())
	for _, line := range slices.Concat(stay, live) {
		b.WriteString(line + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	s.live = live
	_, _ = io.WriteString(s.terminal, b.String()) // a lost line of progress harms nobody
}

// toTop moves the cursor to the first of the lines that change.
func (s *Screen) toTop() string {
	if len(s.live) == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r", len(s.live))
}

func cut(lines []string, columns int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = text.Snip(line, columns, "…")
	}
	return out
}
