package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/terminal"
)

// The demo is the first thing that anybody runs: it ends well, says so, and
// its last plan is empty.
func TestDemo(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"demo"}, nil, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", code, &stdout, &stderr)
	}
	shows := strings.Split(stdout.String(), "\n$ rollcall ")
	if len(shows) != 5 {
		t.Fatalf("the demo shows %d commands, want 4", len(shows)-1)
	}
	for i, want := range []string{"Waits for approval (", "joined", "; approved", "\nNo changes"} {
		if !strings.Contains(shows[i+1], want) {
			t.Errorf("command %d does not show %q:\n%s", i+1, want, shows[i+1])
		}
	}
	for _, story := range []string{
		"hana.abe@northwind.example", "(becomes admin)", "(loses admin)", `"Trainees" → "Engineering"`, "protected (S19)", "S03",
	} {
		if !strings.Contains(shows[1], story) {
			t.Errorf("the plan tells nothing of %q", story)
		}
	}
	if stderr.Len() > 0 {
		t.Errorf("noise on stderr:\n%s", &stderr)
	}
}

// What the show says itself fits 80 columns, and what it types can be pasted. Only a word
// that stays whole may be wider.
func TestDemoFitsTheScreen(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	if code := run(t.Context(), []string{"demo"}, nil, &stdout, io.Discard); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	_, show, _ := strings.Cut(stdout.String(), "\n")
	parts, commands := strings.Split(show, "\n(exit code "), 0
	for _, part := range parts[:len(parts)-1] {
		words, command, found := strings.Cut(part, "$ rollcall ")
		if i := strings.Index(words, ")\n"); i == 1 { // the code of the one before
			words = words[3:]
		}
		command, _, _ = strings.Cut(command, "\n\n")
		for line := range strings.Lines(words + "$ rollcall " + command) {
			if line = strings.TrimRight(line, "\n"); terminal.Width(line) > 80 && strings.Contains(strings.TrimSuffix(strings.TrimSpace(line), ` \`), " ") {
				t.Errorf("a line of %d columns: %s", terminal.Width(line), line)
			}
		}
		if !found || strings.Contains(words, "\n\n\n") || len(strings.TrimSpace(words)) < 40 {
			t.Errorf("no story: %q", words)
		}
		if strings.Contains(command, " \\\n    ") {
			commands++
		}
	}
	if len(parts) != 5 || commands == 0 {
		t.Errorf("%d parts, %d long commands", len(parts)-1, commands)
	}
}
