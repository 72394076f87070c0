package facts

import (
	"slices"
	"testing"

	"rollcall/sync/plan"
)

// A list of notes is cut at its end, so what asks for something comes first.
func TestUrgentNotesComeFirst(t *testing.T) {
	notes := []plan.Note{
		{Kind: plan.Outranked, Text: "two rules"}, {Rule: "S03", Email: "jo@corp.example", Text: "no account"}, {Rule: "S02", Text: "no stable ids"},
		{Rule: "S25", Text: "paused"}, {Rule: "S26", Kind: plan.ReaddedLeaver, Email: "max@corp.example", Text: "added again"}, {Kind: plan.OtherWriter, Text: "a verified domain"},
	}
	var got []string
	for _, n := range UrgentFirst(notes) {
		got = append(got, n.Text)
	}
	if want := []string{"paused", "added again", "a verified domain", "no stable ids", "no account", "two rules"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if notes[0].Text != "two rules" {
		t.Error("the plan itself was changed")
	}
}
