package program

import (
	"bufio"
	"io"
	"time"

	"rollcall/source/internal/panics"
)

// Bounds of what is kept of standard error. What is beyond is read and dropped:
// a program that nobody listens to would stand still.
const (
	mostLines  = 50
	mostLine   = 400 // bytes
	stderrRest = time.Second
)

// collect reads standard error to its end.
func (r *process) collect() <-chan Messages {
	done := make(chan Messages, 1)
	go func() {
		var m Messages
		defer func() { done <- m }()
		var err error
		defer panics.Recover(&err)
		m.read(r.stderr)
	}()
	return done
}

// read takes lines until nothing more comes. An error of the pipe ends it too.
func (m *Messages) read(raw io.Reader) {
	in := bufio.NewReaderSize(raw, mostLine)
	begins := true
	for {
		line, cut, err := in.ReadLine()
		if err != nil {
			return
		}
		if begins && len(line) > 0 {
			m.add(string(line), cut)
		}
		begins = !cut
	}
}

func (m *Messages) add(line string, cut bool) {
	if cut {
		line += "…"
	}
	m.Lines = append(m.Lines, line)
	if over := len(m.Lines) - mostLines; over > 0 {
		m.Dropped += over
		m.Lines = append(m.Lines[:0], m.Lines[over:]...)
	}
}

// endMessages gives what is still in the pipe a moment: a process that has left
// the session could hold it open for good.
func (r *process) endMessages() {
	_ = r.stderr.SetReadDeadline(time.Now().Add(stderrRest)) // a pipe has deadlines; without, closing it ends the read
}
