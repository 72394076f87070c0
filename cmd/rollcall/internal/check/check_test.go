package check

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

func TestSummaryCountsWhatThereIsToFix(t *testing.T) {
	for want, x := range map[string]findings{
		"No problems.\n":               {},
		"No problems, 1 warning.\n":    {warnings: 1},
		"1 problem.\n":                 {problems: 1},
		"2 problems, 3 warnings.\n":    {problems: 2, warnings: 3},
		"1,200 problems, 1 warning.\n": {problems: 1200, warnings: 1},
	} {
		var out bytes.Buffer
		x.out = &out
		if x.summary(); out.String() != want {
			t.Errorf("%+v: %q, want %q", x, out.String(), want)
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
		f.summary()
	}
	if want := "ok       a\nwarning  b\nPROBLEM  c\\u001b[0m\n1 problem, 1 warning.\n"; plain.String() != want {
		t.Errorf("%q", plain.String())
	}
	for _, want := range []string{"\x1b[32mok       \x1b[0ma\n", "\x1b[33mwarning  \x1b[0mb\n", "\x1b[31mPROBLEM  \x1b[0mc\\u001b[0m\n", "\x1b[31m1 problem, 1 warning.\x1b[0m\n"} {
		if !strings.Contains(colour.String(), want) {
			t.Errorf("no %q in %q", want, colour.String())
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
		if c.organizations(list); out.String() != "ok       "+want {
			t.Errorf("%d: %q", n, out.String())
		}
	}
}
