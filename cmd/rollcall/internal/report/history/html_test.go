package history

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

var production = clerkapi.Instance{ID: "ins_1", Environment: "production"}

func label(id string) string {
	return map[string]string{"org_1": "engineering", "org_2": "sales"}[id]
}

// leftOutOf is an organization with one change that a run left out.
func leftOutOf(id string, c plan.Change) []plan.Organization {
	c.Organization = id
	return []plan.Organization{{ID: id, Slug: label(id), Changes: []plan.Change{c}}}
}

// mixedRun is a run with each kind of result, with something that waited and something
// that was skipped.
func mixedRun() *Past {
	began := time.Date(2026, 11, 28, 19, 20, 11, 0, time.UTC)
	return &Past{
		Run: journal.Run{ID: 2, Verb: "serve", Started: began, Finished: began.Add(83 * time.Second), Outcome: "held", ExitCode: 3,
			Summary: memory.RunSummary{By: "rollcall", Why: "schedule", Waiting: 2, Skipped: 1}.Raw(), Changes: map[string]int{"add": 1, "set_role": 1, "remove": 1}},
		Changes: []journal.Change{
			{Action: "add", Organization: "org_1", UserID: "user_1", Email: "ann@corp.example", Name: "Ann Ash", To: "org:member", Because: "rule 2: team", Result: "done"},
			{Action: "remove", Organization: "org_2", UserID: "user_2", Email: "bob@corp.example", From: "org:member", Because: "left: no row in people.csv", Result: "done", Approved: true},
			{Action: "add", Organization: "org_2", UserID: "user_4", Email: "dora@corp.example", To: "org:member", Because: "rule 3: sales", Result: "failed", Error: "422 organization_membership_quota_exceeded"},
			{Action: "set_role", Organization: "org_1", UserID: "user_5", Email: "emil@corp.example", From: "org:member", To: "org:admin", Admin: "gained", Because: "rule 1: leads", Result: "done"},
			{Action: "add", Organization: "org_1", UserID: "user_6", Email: "finn@corp.example", To: "org:member", Because: "rule 2: team"},
		},
		Waited: &memory.Waited{More: 3,
			Approval: leftOutOf("org_2", plan.Change{Action: plan.Remove, UserID: "user_7", Email: "gil@corp.example", From: "org:member", Because: "left: no row in people.csv", State: plan.Held, Why: "guard removals (S17)"}),
			Fix:      leftOutOf("org_1", plan.Change{Action: plan.Add, UserID: "user_8", Email: "hana@corp.example", To: "org:member", Because: "rule 2: team", State: plan.Held, Why: "identity_conflict (S02)"}),
			Skipped:  leftOutOf("org_1", plan.Change{Action: plan.Remove, UserID: "user_9", Email: "ivo@corp.example", From: "org:admin", Because: "left: no row in people.csv", State: plan.Skipped, Why: "last admin (S19)"})}}
}

func runPage(t *testing.T, r *Past, o facts.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := RunHTML(&out, production, label, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// rowsOf reads the rows of a page as a browser does: state, change, person, role and
// reason.
func rowsOf(t *testing.T, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	state := ""
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "data-state" {
				state = a.Val
			}
		}
		if n.Data != "tr" || n.FirstChild.Data != "td" || state == "" {
			continue
		}
		cells := []string{state}
		for td := range n.ChildNodes() {
			var text strings.Builder
			for d := range td.Descendants() {
				if d.Type == html.TextNode {
					text.WriteString(d.Data)
				}
			}
			cells = append(cells, strings.TrimSpace(text.String()))
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return out
}

// The page has each change with what became of it, what waited and what was skipped.
// Nothing can be approved there: the run is over.
func TestPageOfARunHasAllOfIt(t *testing.T) {
	page := runPage(t, mixedRun(), facts.Options{Flags: []string{"--state", "st"}, At: time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), Version: "v1"})
	want := []string{
		"held | − leave | gil@corp.example user_7 | org:member | left: no row in people.csv; guard removals (S17)",
		"held | + join | hana@corp.example user_8 | org:member | rule 2: team; identity_conflict (S02)",
		"skipped | − leave | ivo@corp.example user_9 | org:admin | left: no row in people.csv; last admin (S19)",
		"done | ~ change | emil@corp.example user_5 | org:member → org:admin (becomes admin) | rule 1: leads",
		"done | + join | ann@corp.example Ann Ash user_1 | org:member | rule 2: team",
		"failed | + join | finn@corp.example user_6 | org:member | not known; rule 2: team",
		"done | − leave | bob@corp.example user_2 | org:member | left: no row in people.csv, approved",
		"failed | + join | dora@corp.example user_4 | org:member | failed: 422 organization_membership_quota_exceeded; rule 3: sales",
	}
	if diff := cmp.Diff(want, rowsOf(t, page)); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"<title>rollcall run 2: Done: 1 leave, 1 change, 1 join, 1 become admin.</title>", "Run 2: serve by rollcall (schedule), 2026-11-28 19:20:11Z, took 1m23s: waits, exit 3.", "Not listed: 3 changes waited.",
		"Clerk: production instance ins_1.", "<code>rollcall undo 2 --state st</code>", "Waited for approval", "Waited for a fix", ">Skipped<", "Made 2026-11-29T00:00:00Z, rollcall v1."} {
		if !strings.Contains(page, text) {
			t.Errorf("the page has no %q", text)
		}
	}
	for _, text := range []string{"rollcall approve", "src=", `href="http`, "is not known"} {
		if strings.Contains(page, text) {
			t.Errorf("the page has %q", text)
		}
	}
}

// A run that did nothing has a page too, and one of an earlier version says that it is
// not known what waited.
func TestPageOfARunWithoutChanges(t *testing.T) {
	r := mixedRun()
	r.Changes, r.Run.Changes, r.Waited = nil, nil, nil
	page := runPage(t, r, facts.Options{})
	if !strings.Contains(page, "Done: no changes.") || !strings.Contains(page, "Which changes waited is not known.") || strings.Contains(page, "To undo") {
		t.Errorf("%s", page)
	}
	if rows := rowsOf(t, page); len(rows) != 0 {
		t.Errorf("%q", rows)
	}
}

func pageDifference() *Difference {
	r := mixedRun()
	waited := r.Changes[1]
	waited.Result, waited.Error = Waits, "guard removals (S17)"
	before := r.Run
	before.ID = 1
	return &Difference{Run: r.Run, Before: before, New: Changes{r.Changes[2:4], 2}, Dropped: Changes{[]journal.Change{waited}, 1}, Part: true}
}

func TestPageOfADifference(t *testing.T) {
	var out bytes.Buffer
	if err := DifferenceHTML(&out, production, label, pageDifference(), facts.Options{}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"done | ~ change | emil@corp.example user_5 | org:member → org:admin (becomes admin) | rule 1: leads",
		"failed | + join | dora@corp.example user_4 | org:member | failed: 422 organization_membership_quota_exceeded; rule 3: sales",
		"held | − leave | bob@corp.example user_2 | org:member | waited: guard removals (S17); left: no row in people.csv, approved",
	}
	if diff := cmp.Diff(want, rowsOf(t, out.String())); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"rollcall run 2, compared with run 1", "2 new in run 2; 1 no longer planned.", "One of the two runs was about a part of the plan only.", "New in run 2: 2 changes", "engineering, done: 1"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the page has no %q:\n%s", text, out.String())
		}
	}
	same := pageDifference()
	same.New, same.Dropped = Changes{}, Changes{}
	out.Reset()
	if err := DifferenceHTML(&out, production, label, same, facts.Options{}); err != nil || !strings.Contains(out.String(), "The plans of the two runs have the same changes.") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// Whatever the history holds, a page gets neither an element nor a control character of
// it (S35).
func TestS35PagesOfThePastAreHarmless(t *testing.T) {
	const hostile = "x\x1b]0;owned\x07\u202e\ny\"><img src=x onerror=alert(1)><script>alert(1)</script>"
	c := journal.Change{Action: "add", Organization: hostile, UserID: hostile, Email: hostile, Name: hostile, From: hostile, To: hostile, Because: hostile, Result: hostile, Error: hostile, Public: []byte(`{"<b>\u202e": "<i>"}`)}
	unknown := c
	unknown.Action = hostile
	r := &Past{Run: journal.Run{ID: 1, Verb: hostile, Outcome: hostile, Error: hostile, Finished: time.Now(), Summary: memory.RunSummary{By: hostile, Why: hostile}.Raw(), Changes: map[string]int{"add": 1}}, Changes: []journal.Change{c, unknown},
		Waited: &memory.Waited{Approval: []plan.Organization{{Slug: hostile, Changes: []plan.Change{{Action: plan.Add, Email: hostile, Name: hostile, To: hostile, Because: hostile, Why: hostile}}}}}}
	var out bytes.Buffer
	same := func(id string) string { return id }
	if err := RunHTML(&out, production, same, r, facts.Options{Flags: []string{hostile}}); err != nil {
		t.Fatal(err)
	}
	if err := DifferenceHTML(&out, production, same, &Difference{Run: r.Run, Before: r.Run, New: Changes{r.Changes, 2}}, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	for i, c := range out.String() {
		if c != '\n' && (unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp)) {
			t.Errorf("%U at byte %d", c, i)
		}
	}
	if n := strings.Count(out.String(), "<script"); n != 2 || strings.Contains(out.String(), "<img") {
		t.Errorf("%d scripts, or a picture", n)
	}
}

// A page of 10,000 changes can be mailed; testdata/browser of package report opens what
// this leaves among the artifacts.
func TestHTMLOfRuns(t *testing.T) {
	large := mixedRun()
	for i := range 10_000 {
		c := large.Changes[i%5]
		c.Organization = fmt.Sprintf("org_%d", i%60)
		c.UserID, c.Email, c.Name = fmt.Sprintf("user_2NNEqL2nrIRdJ194ndJqA%06d", i), fmt.Sprintf("firstname.lastname%d@corp.example", i), "Firstname Lastname"
		large.Changes = append(large.Changes, c)
	}
	place := func(id string) string { return strings.Replace(id, "org_", "team-", 1) }
	for name, write := range map[string]func(*bytes.Buffer) error{
		"run":       func(b *bytes.Buffer) error { return RunHTML(b, production, label, mixedRun(), facts.Options{}) },
		"run-large": func(b *bytes.Buffer) error { return RunHTML(b, production, place, large, facts.Options{}) },
		"difference": func(b *bytes.Buffer) error {
			return DifferenceHTML(b, production, label, pageDifference(), facts.Options{})
		},
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if b.Len() > 5_000_000 {
			t.Errorf("%s has %d bytes", name, b.Len())
		}
		if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".html"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
