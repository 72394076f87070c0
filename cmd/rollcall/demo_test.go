package main

import (
	"bytes"
	"strings"
	"testing"
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
