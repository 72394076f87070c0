package setup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/terminal"
)

// Dialogue asks somebody, or takes what the command line says.
type Dialogue struct {
	// Interactive is false where nobody answers: a question then gets its default.
	Interactive bool
	// Width is that of the terminal; 0 is unlimited.
	Width int
	out   io.Writer
	lines chan line
}

// line is what somebody typed, or why nobody will.
type line struct {
	text string
	err  error
}

// NewDialogue makes a dialogue over a terminal, or over files.
func NewDialogue(in io.Reader, out io.Writer, interactive bool) *Dialogue {
	d := &Dialogue{Interactive: interactive, out: out}
	if interactive {
		d.lines = make(chan line)
		go d.read(bufio.NewReader(in))
	}
	return d
}

// read hands over line by line. It ends with the process: a read of a terminal
// cannot be interrupted.
func (d *Dialogue) read(in *bufio.Reader) {
	for {
		text, err := in.ReadString('\n')
		if text = strings.TrimSpace(text); text != "" {
			err = nil // the last line may have no end
		}
		d.lines <- line{text, err}
		if err != nil {
			return
		}
	}
}

func (d *Dialogue) print(format string, args ...any) {
	text := strings.TrimLeft(format, " ") // the indentation is ours, other long blanks are not
	d.printEscaped(format[:len(format)-len(text)] + escape.Text(fmt.Sprintf(text, args...)))
}

func (d *Dialogue) printEscaped(text string) {
	// Without an output there is nobody to tell that it is gone.
	_, _ = fmt.Fprintln(d.out, wrap(text, d.Width))
}

// answerRoom is what a question leaves of its last line for a short answer.
const answerRoom = 8

// wrap breaks each line between words. What follows is indented, and begins with the
// bar of all continued lines (S35).
func wrap(text string, width int) string {
	const indent = 2
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = terminal.Wrap(line, width, indent)
	}
	return strings.Join(lines, "\n")
}

// printProblem says what is wrong. Each further line of an error is one here too.
func (d *Dialogue) printProblem(err error) {
	for i, line := range strings.Split(err.Error(), "\n") {
		if i == 0 {
			d.print("PROBLEM: %s", line)
			continue
		}
		d.print("  │ %s", strings.TrimSpace(line))
	}
}

// errNobody ends a dialogue whose input has ended.
var errNobody = errors.New("the input ended before all questions were answered")

// ask asks one question. Nothing typed is the default.
func (d *Dialogue) ask(ctx context.Context, question, standard string) (string, error) {
	if !d.Interactive {
		return standard, nil
	}
	if standard != "" {
		question += " [" + standard + "]"
	}
	if _, err := fmt.Fprint(d.out, wrap(escape.Text(question)+":", d.Width-answerRoom)+" "); err != nil {
		return "", err
	}
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case l := <-d.lines:
		if errors.Is(l.err, io.EOF) {
			return "", errNobody
		}
		if l.text == "" {
			return standard, l.err
		}
		return l.text, l.err
	}
}

// Confirm asks for a yes or a no, which is the default.
func (d *Dialogue) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := d.ask(ctx, question+" [y/N]", "")
	return answer == "y" || answer == "yes", err
}

// AskUntil asks one question until the answer is accepted.
func (d *Dialogue) AskUntil(ctx context.Context, question string, accept func(answer string) error) (answer string, err error) {
	err = d.askUntil(ctx, func(bool) error {
		if answer, err = d.ask(ctx, question, ""); err != nil {
			return err
		}
		return accept(answer)
	})
	return answer, err
}

// askUntil repeats a step until it works; where nobody answers, its error is the end.
func (d *Dialogue) askUntil(ctx context.Context, step func(first bool) error) error {
	for first := true; ; first = false {
		err := step(first)
		if err == nil || !d.Interactive || ctx.Err() != nil || errors.Is(err, errNobody) {
			return err
		}
		d.printProblem(err)
	}
}
