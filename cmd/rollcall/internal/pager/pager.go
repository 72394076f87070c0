package pager

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"

	"golang.org/x/term"

	"rollcall/cmd/rollcall/internal/terminal"
)

// Page collects a text that is meant for a terminal.
type Page struct {
	bytes.Buffer
	terminal *os.File
	lookup   func(string) (string, bool) // of environment variables
}

// New collects a text for a terminal.
func New(terminal *os.File, lookup func(string) (string, bool)) *Page {
	return &Page{terminal: terminal, lookup: lookup}
}

// Terminal is where the text is shown.
func (p *Page) Terminal() *os.File { return p.terminal }

// Show shows the text: through the pager if it is longer than the screen, and else
// as it is.
func (p *Page) Show(ctx context.Context) error {
	if command := p.command(); command != "" && p.tooLong() && p.run(ctx, command) {
		return nil
	}
	if _, err := p.WriteTo(p.terminal); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// command is the pager of the user; empty is none. A terminal that cannot move its
// cursor has none.
func (p *Page) command() string {
	if kind, _ := p.lookup("TERM"); kind == "" || kind == "dumb" {
		return ""
	}
	command, set := p.lookup("PAGER")
	if !set {
		command = "less"
	}
	if command = strings.TrimSpace(command); command == "cat" {
		return ""
	}
	return command
}

// tooLong reports whether the text does not fit the screen, together with the
// line of the prompt.
func (p *Page) tooLong() bool {
	columns, rows, err := term.GetSize(int(p.terminal.Fd()))
	return err == nil && columns > 0 && terminal.Rows(p.String(), columns) >= rows
}

// run gives the text to a pager, and reports whether there is such a program. How
// the pager ends says nothing about the text: whoever quits has read enough.
func (p *Page) run(ctx context.Context, command string) bool {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return false
	}
	program, _, _ := strings.Cut(command, " ")
	if _, err := exec.LookPath(program); err != nil {
		return false
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), shell, "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = bytes.NewReader(p.Bytes()), p.terminal, os.Stderr, p.environment()
	interrupts := make(chan os.Signal, 1) // Ctrl-C is the pager's, as long as it goes on
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	if cmd.Start() != nil {
		return false
	}
	_ = cmd.Wait()
	return true
}

// passedOn are the variables that a pager needs. It gets no others: one of them
// holds the Clerk key (S38).
var passedOn = []string{"PATH", "HOME", "USER", "SHELL", "TERM", "TERMINFO", "COLORTERM", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES",
	"LESS", "LESSCHARSET", "LESSKEY", "LESSHISTFILE", "LESSSECURE", "LESSUTFCHARDEF", "LV", "MORE", "MOST_SWITCHES", "BAT_THEME", "BAT_STYLE", "XDG_CONFIG_HOME", "XDG_STATE_HOME"}

// environment is that of the pager. less leaves the text on the screen, quits at
// once if it fits, and shows colours; root gets no shell from it.
func (p *Page) environment() []string {
	values := map[string]string{"LESS": "FRX", "LV": "-c"}
	if os.Geteuid() == 0 {
		values["LESSSECURE"] = "1"
	}
	for _, name := range passedOn {
		if value, set := p.lookup(name); set {
			values[name] = value
		}
	}
	var out []string
	for name, value := range values {
		out = append(out, name+"="+value)
	}
	return out
}
