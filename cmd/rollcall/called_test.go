package main

import "testing"

// Commands begin with what the installation says, if these are plain words (S35).
func TestS35ProgramIsPlainWords(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"rollcall-as-service": "rollcall-as-service plan",
		"kubectl -n rollcall exec deploy/rollcall -- rollcall": "kubectl -n rollcall exec deploy/rollcall -- rollcall plan",
		"": "rollcall plan", " ": "rollcall plan", "rollcall; rm -rf /": "rollcall plan", "$(id)": "rollcall plan", "a\nb": "rollcall plan",
		"a\u202eb": "rollcall plan", "`id`": "rollcall plan", "a  b": "rollcall plan", "'a'": "rollcall plan", "x=y z": "rollcall plan",
	} {
		lookup := func(string) (string, bool) { return value, true }
		if got := commandLine(lookup, "plan"); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
