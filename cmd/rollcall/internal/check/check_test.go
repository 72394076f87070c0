package check

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/source/ldap"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

func TestSummaryCountsWhatThereIsToFix(t *testing.T) {
	for want, x := range map[string]struct{ problems, warnings int }{
		"No problems.\n":               {0, 0},
		"No problems, 1 warning.\n":    {0, 1},
		"1 problem.\n":                 {1, 0},
		"2 problems, 3 warnings.\n":    {2, 3},
		"1,200 problems, 1 warning.\n": {1200, 1},
	} {
		var out bytes.Buffer
		c := findings{out: &out}
		for i := range x.problems {
			c.bad("%d", i)
		}
		for i := range x.warnings {
			c.warn("%d", i)
		}
		if c.summary(); out.String() != want {
			t.Errorf("%+v: %q, want %q", x, out.String(), want)
		}
	}
}

// Nobody takes "no problems" for "all is done" while something waits.
func TestSummarySaysWhatWaits(t *testing.T) {
	future := time.Now().Add(time.Hour)
	made := plan.Plan{
		Organizations: []plan.Organization{{ID: "org_1", Slug: "acme"}, {ID: "org_2", Slug: "blue"}, {ID: "org_3", Slug: "red"}},
		Holds: []plan.Hold{
			{Organization: "org_2", Guard: "removals", Rule: "S17", Text: "too many", Approval: "abcd"},
			{Organization: "org_3", Guard: "S02", Rule: "S02", Text: "two ids"},
			{Reason: plan.UnknownOrganization, Organization: "green", Text: "no such organization"},
		},
	}
	for want, past := range map[string]runner.Past{
		"No problems, 3 warnings. Waiting: acme (paused), blue (approval) and red (S02).\n":                                             {Pauses: []journal.Pause{{Organization: "org_1", Reason: "an audit"}}},
		"No problems, 3 warnings. Waiting: all organizations (paused), blue (approval) and red (S02).\n":                                {Pauses: []journal.Pause{{Reason: "an audit"}}},
		"No problems, 2 warnings. Waiting: blue (approval) and red (S02).\n":                                                            {Failing: []serve.Failing{{Label: "corp", Until: time.Now().Add(-time.Hour)}}},
		"No problems, 3 warnings. Waiting: blue (approval), red (S02) and corp (retry at " + future.UTC().Format(time.RFC3339) + ").\n": {Failing: []serve.Failing{{Label: "corp", Until: future}}},
	} {
		var out bytes.Buffer
		c := Checkup{findings: &findings{out: &out}, config: &config.Config{}, past: past}
		waits(&c, &made)
		if c.summary(); out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	}
}

// Each kind of line has a colour on a terminal, and the same words without.
func TestFindingsAreCounted(t *testing.T) {
	var plain, colour bytes.Buffer
	for _, f := range []*findings{{out: &plain}, {out: &colour, style: terminal.Style{On: true}}} {
		f.ok("a")
		f.warn("b")
		f.bad("c\x1b[0m")
		f.warn("b") // is said once
		f.write()
		f.summary()
	}
	if want := "PROBLEM  c\\u001b[0m\nwarning  b\nok       a\n1 problem, 1 warning.\n"; plain.String() != want {
		t.Errorf("%q", plain.String())
	}
	for _, want := range []string{"\x1b[32mok       \x1b[0ma\n", "\x1b[33mwarning  \x1b[0mb\n", "\x1b[31mPROBLEM  \x1b[0mc\\u001b[0m\n", "\x1b[31m1 problem, 1 warning.\x1b[0m\n"} {
		if !strings.Contains(colour.String(), want) {
			t.Errorf("no %q in %q", want, colour.String())
		}
	}
}

// What does not fit a terminal, and what follows the first line of an error, stands behind
// a bar: no value begins a line of its own (S35). In a pipe a finding is one line.
func TestFindingsFitTheTerminal(t *testing.T) {
	for width, want := range map[int]string{
		30: "PROBLEM  a key of the\n         │ configuration:\n         │   rollcall.yaml:3:1:\n         │ x\n         │     3 | a:  b\n         │ ok       no forged\n         │ line\n",
		0:  "PROBLEM  a key of the configuration:\n         │   rollcall.yaml:3:1: x\n         │     3 | a:  b\n         │ ok       no forged line\n",
	} {
		var out bytes.Buffer
		c := findings{out: &out, width: width}
		c.bad("a key of the configuration:\n  rollcall.yaml:3:1: x\n    3 | a:  b\nok       no forged line\n")
		if c.write(); out.String() != want {
			t.Errorf("%d: got\n%swant\n%s", width, out.String(), want)
		}
	}
}

// Of the members of a group only those are counted apart that there are.
func TestMembersOfAGroup(t *testing.T) {
	for want, g := range map[string]ldap.CheckedGroup{
		"1 person": {Members: 1},
		"4 people, 2 of them in nested groups, 1 disabled, 1 without an address; 1 member unknown": {Members: 4, Nested: 2, Disabled: 1, WithoutEmail: 1, Unusable: 1},
		"2 people, 1 disabled": {Members: 2, Disabled: 1},
	} {
		if got := membersOf(&g); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A few organizations have a line each, many have one together.
func TestManyOrganizationsAreOneLine(t *testing.T) {
	for n, want := range map[int]string{2: "organization o0 (o0): 3 members\nok       organization o1 (o1): 3 members\n", 60: "60 organizations: 180 members\n"} {
		var out bytes.Buffer
		c := Checkup{findings: &findings{out: &out}}
		list := make([]plan.Organization, n)
		for i := range list {
			list[i] = plan.Organization{ID: fmt.Sprint("o", i), Members: 3}
		}
		c.organizations(list)
		if c.write(); out.String() != "ok       "+want {
			t.Errorf("%d: %q", n, out.String())
		}
	}
}
