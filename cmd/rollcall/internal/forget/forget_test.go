package forget

import (
	"strings"
	"testing"

	"rollcall/.ci/suite"
	people "rollcall/sync/forget"
	"rollcall/sync/journal"
)

func TestMain(m *testing.M) { suite.Run(m) }

// What stays is named, with the reason.
func TestWhatIsNotForgotten(t *testing.T) {
	t.Parallel()
	n := people.Removed{Facts: 1, Kept: 1, Unsure: 2}
	got := forgottenText(&people.Person{Asked: "ben", Shared: []string{"a@corp.example", "b@corp.example"}}, &n)
	for _, want := range []string{"\nNot removed, because other people have or had the same address: a@corp.example, b@corp.example.\n",
		"\nNot removed: the name in the metadata of 1 change of other people, because undo restores it. ", "\n2 texts may still name this person: "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

// What was removed is listed, whatever it was. Only if nothing was, the spelling may be
// wrong.
func TestWhatWasForgotten(t *testing.T) {
	t.Parallel()
	const nothing = "The state directory has nothing about ben; check the spelling"
	for name, x := range map[string]struct {
		removed people.Removed
		want    string
	}{
		"nothing":         {people.Removed{}, nothing},
		"kept by others":  {people.Removed{Kept: 1, Unsure: 1}, nothing},
		"an exception":    {people.Removed{Forgotten: journal.Forgotten{Exceptions: 1}}, "Removed from the state directory: 1 ended exception.\n"},
		"a fact, a text":  {people.Removed{Facts: 1, Forgotten: journal.Forgotten{Texts: 2}}, "Removed from the state directory: 1 fact, the name in 2 texts.\n"},
		"everything else": {people.Removed{Runs: 2, Forgotten: journal.Forgotten{Changes: 3, Links: 1, HeldSets: 1, Approvals: 1}}, "the data of 3 changes of 2 runs, 1 link, 1 old waiting set, 1 approval.\nThe runs still count"},
	} {
		got := forgottenText(&people.Person{Asked: "ben"}, &x.removed)
		if !strings.Contains(got, x.want) || strings.Contains(got, nothing) != (x.want == nothing) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
