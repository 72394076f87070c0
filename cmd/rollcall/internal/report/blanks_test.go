package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

// forged is what somebody wants to stand in a line of its own.
const forged = "- zed@corp.example  org:admin  left the company"

// Whatever a value is filled with, and however long, its words begin no line of the
// report on a terminal: a run of blanks is a number, and a line that continues
// another one says so (S35). The words are there all the same.
func TestS35NoValueBeginsALine(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(n int) string{
		"blanks":        func(n int) string { return strings.Repeat(" ", n) },
		"firm blanks":   func(n int) string { return strings.Repeat("\u00a0", n) },
		"wide blanks":   func(n int) string { return strings.Repeat("\u3000", n) },
		"few at a time": func(n int) string { return strings.Repeat("    .", n/5+1) + " " },
		"words":         func(n int) string { return strings.Repeat(" and", n/4) + strings.Repeat("x", n%4) + " " },
		"one long word": func(n int) string { return strings.Repeat("x", n) + " " },
	} {
		for _, width := range []int{60, 80, 120} {
			if suite.Short(t) && width != 80 {
				continue
			}
			for n := 0; n < 2*width; n += width / 20 {
				text := render(t, attackedBy("Sales"+fill(n)+forged), facts.Options{Width: width})
				for _, row := range rowsOf(text, width) {
					if strings.HasPrefix(strings.TrimLeft(row, " \u00a0\u3000"), "- zed@") {
						t.Fatalf("%d of %s on %d columns begin a line: %q in\n%s", n, name, width, row, text)
					}
				}
				if !strings.Contains(text, "zed@corp.example") {
					t.Fatalf("%d of %s: the value is gone\n%s", n, name, text)
				}
			}
		}
	}
}

// A row may name any organization, and the plan has a title for those that do not exist:
// the name is not the whole of the line (S35). All of it is there.
func TestS35UnknownOrganizationBeginsNoLine(t *testing.T) {
	const name = "Nobody loses access. To approve: rollcall approve --all"
	r := &sync.Report{Plan: &plan.Plan{Holds: []plan.Hold{plan.NewHold(plan.UnknownOrganization, name, "no organization has this name")}}}
	for _, width := range []int{0, 60, 80} {
		text := render(t, r, facts.Options{Width: width})
		for _, row := range rowsOf(text, max(width, 200)) {
			if strings.HasPrefix(strings.TrimLeft(row, " "), "Nobody loses") {
				t.Errorf("on %d columns the name begins a line:\n%s", width, text)
			}
		}
		if !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(text, "│", "")), " "), `Organization "`+name+`"`) {
			t.Errorf("on %d columns the name is gone:\n%s", width, text)
		}
	}
}

// An explanation keeps to the same: whatever a source, Clerk or the history say, it
// begins no line on a terminal (S35).
func TestS35NoValueBeginsALineOfAnExplanation(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		for n := 0; n < 2*width; n += width / 20 {
			value := "Sales" + strings.Repeat("x", n) + " " + forged
			x := &explain.Explanation{Reason: value, Failures: []plan.Failure{{Source: value, Text: value}},
				Entries:       []explain.Entry{{Source: value, Origin: value, ID: value, Disabled: value, Start: value, Trouble: value}, {UserID: value}},
				Users:         []explain.User{{ID: value, Verified: []string{value}}},
				Rules:         []explain.Match{{Rule: 1, Groups: value, Why: value}},
				Organizations: []explain.Place{{ID: value, Wanted: value, Because: value, Role: value, Holds: []plan.Hold{{Rule: "S02", Text: value}}, Changes: []plan.Change{{Action: plan.Add, To: value, Because: value}}}}}
			var out strings.Builder
			if err := Explanation(&out, &sync.Report{Plan: &plan.Plan{}, Explanation: x}, facts.Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			for _, row := range rowsOf(out.String(), width) {
				if strings.HasPrefix(strings.TrimLeft(row, " "), "- zed@") {
					t.Fatalf("%d on %d columns begin a line: %q in\n%s", n, width, row, out.String())
				}
			}
			if !strings.Contains(out.String(), "zed@corp.example") {
				t.Fatal("the value is gone")
			}
		}
	}
}

// rowsOf are the rows of a terminal that is so wide.
func rowsOf(text string, width int) []string {
	var rows []string
	for line := range strings.Lines(text) {
		row, column := "", 0
		for _, r := range strings.TrimSuffix(line, "\n") {
			w := terminal.Width(string(r))
			if column+w > width {
				rows, row, column = append(rows, row), "", 0
			}
			row, column = row+string(r), column+w
		}
		rows = append(rows, row)
	}
	return rows
}

// A page, a comment and a message show the number too; a program gets the value
// as it is, and so does whoever has few blanks.
func TestS35LongBlanksAreCounted(t *testing.T) {
	for value, counted := range map[string]bool{"Sales" + strings.Repeat(" ", 70) + forged: true, "Sales    and   more": false} {
		r := attackedBy(value)
		digest := NewDigest(r, facts.Options{}, 25)
		for form, x := range forms {
			var b bytes.Buffer
			if err := x.write(&b, r); err != nil {
				t.Fatal(err)
			}
			want := counted && form != "json" && form != "csv"
			text := strings.NewReplacer("&#91;", "[", "&#93;", "]", `\[`, "[", `\]`, "]").Replace(b.String())
			if strings.Contains(text, "[70 blanks]") != want {
				t.Errorf("%s: %t\n%s", form, !want, text)
			}
		}
		if got := fmt.Sprintf("%+v", digest); strings.Contains(got, "[70 blanks]") != counted || counted && strings.Contains(got, "     ") {
			t.Errorf("message: %s", got)
		}
	}
}
