package state

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/sync/exception"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// open makes a journal with two organizations: one that a run has managed, and one
// that a slug stands for.
func open(t *testing.T) *journal.DB {
	t.Helper()
	db, err := journal.Open(t.Context(), t.TempDir(), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	err = db.Remember(t.Context(), 1, []journal.Fact{
		{Kind: memory.FactOrganization, Key: "org_1", Value: []byte(`{"slug": "acme"}`)},
		{Kind: memory.FactOrganization, Key: "org_2", Value: []byte(`{}`)},
		{Kind: memory.FactPin, Key: "sales", Value: []byte(`"org_3"`)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestOrganizationsAreFoundBySlugAndID(t *testing.T) {
	known, err := Read(t.Context(), open(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"acme": "org_1", "org_1": "org_1", "org_2": "org_2", "sales": "org_3", "org_new": "org_new", "nope": ""} {
		if id, ok := known.ID(name); ok != (want != "") || ok && id != want {
			t.Errorf("%s is %q, %v", name, id, ok)
		}
	}
	if got := known.Label("org_2") + known.Label("org_1") + known.Label("org_9"); got != "org_2acmeorg_9" {
		t.Error(got)
	}
	if got := known.Suggestion("acne"); got != `; did you mean "acme"?` {
		t.Error(got)
	}
	if got := known.Suggestion("zzzzzzzz"); got != "" {
		t.Error(got)
	}
}

func TestWords(t *testing.T) {
	db := open(t)
	for _, verb := range []string{"apply", "undo"} {
		run, err := db.Begin(t.Context(), journal.Run{Verb: verb})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Hold(t.Context(), run, []journal.HeldSet{{Hash: strings.Repeat(verb[:1], 64), Organization: "org_1", Keys: []string{"a", "b"}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Pause(t.Context(), journal.Pause{Organization: "org_3", Reason: "audit"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := db.AddException(t.Context(), &exception.Exception{Kind: exception.Deny, Address: "ada@corp.example", Ends: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.EndException(t.Context(), 1, "ops"); err != nil {
		t.Fatal(err)
	}
	lists := map[string]func() ([]string, error){
		"runs":   func() ([]string, error) { return RunWords(t.Context(), db) },
		"hashes": func() ([]string, error) { return HashWords(t.Context(), db) },
		"names":  func() ([]string, error) { return OrganizationWords(t.Context(), db) },
		"paused": func() ([]string, error) { return PausedWords(t.Context(), db) },
		"denied": func() ([]string, error) { return ExceptionWords(t.Context(), db) },
	}
	for name, want := range map[string][]string{"runs": {"2", "1"}, "hashes": {strings.Repeat("u", 32), strings.Repeat("a", 32)}, "names": {"acme", "org_2", "sales"}, "paused": {"sales"}, "denied": {"2"}} {
		words, err := lists[name]()
		var got []string
		for _, w := range words {
			first, _, _ := strings.Cut(w, "\t")
			got = append(got, first)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, words, err)
		}
	}
}

// A reason and a slug come from people and from Clerk. A shell prints them (S35).
func TestS35WordsHaveNoControlCharacters(t *testing.T) {
	db := open(t)
	hostile := "a\x1b[31m\nb\tc\u202e"
	if err := db.Pause(t.Context(), journal.Pause{Organization: "org_1", Reason: hostile}); err != nil {
		t.Fatal(err)
	}
	words, err := PausedWords(t.Context(), db)
	if err != nil || len(words) != 1 {
		t.Fatal(words, err)
	}
	name, meaning, _ := strings.Cut(words[0], "\t")
	if name != "acme" || strings.ContainsAny(meaning, "\x1b\n\t\u202e") || !strings.Contains(meaning, "c") {
		t.Errorf("%q", words[0])
	}
}

// Anybody with a link can accept it: each stands beside its address, and a text from outside
// moves no column (S35).
func TestS35Links(t *testing.T) {
	label := func(id string) string { return "label of " + id }
	if got := LinkLines(7, nil, label); !strings.HasPrefix(got, "Run 7 has no link of a pending invitation.") {
		t.Error(got)
	}
	got := LinkLines(7, []journal.Link{{Organization: "org_1", Email: "ada@corp.example", URL: clerkapi.NewSecret("https://accounts.example/a")},
		{Organization: "org_\n2", Email: "b@corp.example", URL: clerkapi.NewSecret("https://accounts.example/b\x1b[2K")}}, label)
	lines := strings.Split(got, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "ada@corp.example  label of org_1") || !strings.HasSuffix(lines[0], "https://accounts.example/a") ||
		!strings.HasPrefix(lines[1], "b@corp.example ") || strings.Contains(got, "\x1b") || !strings.HasPrefix(lines[2], "Anybody with a link can accept the invitation.") {
		t.Errorf("%q", got)
	}
}

// The changes of a person are found by what named the person at any time; undo is
// told an address or an account that it knows.
func TestPastFindsAPersonByFormerNames(t *testing.T) {
	db := open(t)
	for _, changes := range [][]journal.Change{
		{{Action: "add", Organization: "org_1", UserID: "user_1", Email: "old@corp.example", Source: "hr", PersonID: "7"}, {Action: "add", Organization: "org_1", UserID: "user_2", Email: "two@corp.example"}},
		{{Action: "set_role", Organization: "org_1", UserID: "user_1", Email: "new@corp.example"}, {Action: "add", Organization: "org_3", UserID: "user_1", Email: "new@corp.example"}},
	} {
		run, err := db.Begin(t.Context(), journal.Run{Verb: "apply"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Intend(t.Context(), run, changes); err != nil {
			t.Fatal(err)
		}
	}
	for _, person := range []string{"old@corp.example", "OLD@corp.example", "user_1", "7"} {
		past, err := Past(t.Context(), db, "", person, 0)
		if err != nil || len(past) != 2 || past[0].Run.ID != 2 || len(past[0].Changes) != 2 || len(past[1].Changes) != 1 {
			t.Fatalf("%s: %+v, %v", person, past, err)
		}
		if past[0].Only != "new@corp.example" || past[1].Only != "old@corp.example" {
			t.Errorf("%s: undo takes %q and %q", person, past[0].Only, past[1].Only)
		}
	}
	for name, x := range map[string]struct {
		organization, person string
		limit, runs          int
	}{
		"nobody":                            {"", "nobody@corp.example", 0, 0},
		"the newest run only":               {"", "user_1", 1, 1},
		"a person in one organization":      {"org_3", "old@corp.example", 0, 1},
		"all changes of an organization":    {"org_1", "", 0, 2},
		"an organization without changes":   {"org_2", "", 0, 0},
		"somebody else in the organization": {"org_3", "two@corp.example", 0, 0},
	} {
		if past, err := Past(t.Context(), db, x.organization, x.person, x.limit); err != nil || len(past) != x.runs {
			t.Errorf("%s: %d runs, %v", name, len(past), err)
		}
	}
}

// waitedFor is what waits: removals of people from acme.
func waitedFor(people ...string) memory.Waited {
	o := plan.Organization{ID: "org_1", Slug: "acme"}
	for _, person := range people {
		o.Changes = append(o.Changes, plan.Change{Action: plan.Remove, Organization: "org_1", UserID: "user_" + person, Email: person + "@corp.example", Source: "hr", ID: person, From: "org:member", State: plan.Held, Why: "removals (S17)"})
	}
	return memory.Waited{Approval: []plan.Organization{o}}
}

// writeRun writes a run with what it removed from acme, and what waited; nil is not
// known.
func writeRun(t *testing.T, db *journal.DB, removed []string, w *memory.Waited) int64 {
	t.Helper()
	run, err := db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range removed {
		change := memory.Entry(&waitedFor(person).Approval[0].Changes[0])
		ids, err := db.Intend(t.Context(), run, []journal.Change{change})
		if err == nil {
			err = db.Record(t.Context(), []journal.Outcome{{ID: ids[0], Result: journal.Done}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	end := journal.Run{Outcome: "held"}
	if w != nil {
		end.Waited = w.Raw()
	}
	if err := db.Finish(t.Context(), run, end); err != nil {
		t.Fatal(err)
	}
	return run
}

// What waited is that of the run that showed it. An undo keeps its sets under the run
// that it takes back, and they are not what waited after that run.
func TestWaitedIsThatOfTheRunThatShowedIt(t *testing.T) {
	db := open(t)
	w := waitedFor("ben")
	shown, old := writeRun(t, db, nil, &w), writeRun(t, db, nil, nil)
	set := journal.HeldSet{Hash: "a", Text: []byte(`[{"id": "org_1", "slug": "acme", "members": 1, "changes": []}]`)}
	for _, run := range []int64{shown, old} {
		if err := db.Hold(t.Context(), run, []journal.HeldSet{set}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Run(t.Context(), db, shown, 0); err != nil || got.Waited == nil || got.Waited.Count() != 1 || got.Waited.Approval[0].Changes[0].Email != "ben@corp.example" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := Run(t.Context(), db, old, 0); err != nil || got.Waited != nil {
		t.Errorf("a run of an earlier version: %+v, %v", got, err)
	}
}

// names are the people of changes, each with what became of it.
func names(changes []journal.Change) string {
	var out []string
	for i := range changes {
		name, _, _ := strings.Cut(changes[i].Email, "@")
		out = append(out, name+" "+changes[i].Result)
	}
	return strings.Join(out, ", ")
}

func differenceOf(t *testing.T, db *journal.DB, run, before int64) (*history.Difference, error) {
	t.Helper()
	r, err := Run(t.Context(), db, run, 0)
	if err != nil {
		return nil, err
	}
	return Difference(t.Context(), db, r, before, 0)
}

// A difference says what one plan has and the other has not, with what became of it.
func TestDifferenceOfTwoRuns(t *testing.T) {
	db := open(t)
	first, second, third := waitedFor("ben", "cleo", "dora"), waitedFor("ben", "finn"), waitedFor()
	for _, r := range []struct {
		removed []string
		waited  *memory.Waited
	}{{[]string{"ada"}, &first}, {nil, nil}, {nil, &memory.Waited{Part: true}}, {[]string{"cleo", "eve"}, &second}, {nil, &third}} {
		writeRun(t, db, r.removed, r.waited)
	}
	for name, x := range map[string]struct {
		run, before               int64
		compared                  int64
		added, sent, dropped, did string
		part                      bool
	}{
		"the run before has a plan of everything": {4, 0, 1, "eve done, finn waited", "cleo done", "dora waited", "ada done", false},
		"the run that is named":                   {5, 1, 1, "", "", "ben waited, cleo waited, dora waited", "ada done", false},
		"a plan of a part":                        {4, 3, 3, "ben waited, cleo done, eve done, finn waited", "", "", "", true},
		"one run with itself":                     {4, 4, 4, "", "", "", "", false},
	} {
		d, err := differenceOf(t, db, x.run, x.before)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Run.ID != x.run || d.Before.ID != x.compared || d.Part != x.part || d.Incomplete ||
			names(d.New.First) != x.added || names(d.Sent.First) != x.sent || names(d.Dropped.First) != x.dropped || names(d.Done.First) != x.did {
			t.Errorf("%s: %d and %d: new %q, sent %q, dropped %q, done %q, part %t", name, d.Run.ID, d.Before.ID, names(d.New.First), names(d.Sent.First), names(d.Dropped.First), names(d.Done.First), d.Part)
		}
		for _, c := range d.New.First {
			if c.Result == history.Waits && c.Error != "removals (S17)" {
				t.Errorf("%s: no reason: %+v", name, c)
			}
		}
	}
	for name, runs := range map[string][2]int64{"the first run": {1, 0}, "a run without a plan": {2, 1}, "compared with one": {4, 2}} {
		if _, err := differenceOf(t, db, runs[0], runs[1]); !errors.Is(err, history.ErrNoPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, runs := range [][2]int64{{9, 1}, {4, 9}} {
		if _, err := differenceOf(t, db, runs[0], runs[1]); !errors.Is(err, journal.ErrNoRun) {
			t.Error(runs, err)
		}
	}
}

// Of thousands of changes the first are read, and everybody who became admin (S43); the
// others are counted. The difference is the same.
func TestS43RunsAndDifferencesAreRead(t *testing.T) {
	db := open(t)
	people := []string{"ada", "ben", "cleo", "dora", "eve", "finn"}
	w := waitedFor("gil", "hana")
	w.Approval[0].Changes[1].Admin = plan.AdminGained
	writeRun(t, db, nil, &memory.Waited{})
	run := writeRun(t, db, people, &w)
	admin := memory.Entry(&waitedFor("zoe").Approval[0].Changes[0])
	admin.Admin = string(plan.AdminGained)
	if _, err := db.Intend(t.Context(), run, []journal.Change{admin}); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int][2]string{
		0: {"ada done, ben done, cleo done, dora done, eve done, finn done, zoe ", "ada done, ben done, cleo done, dora done, eve done, finn done, gil waited, hana waited, zoe "},
		2: {"ada done, ben done, zoe ", "ada done, ben done, hana waited, zoe "},
	} {
		r, err := Run(t.Context(), db, run, most)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Difference(t.Context(), db, r, 0, most)
		if err != nil {
			t.Fatal(err)
		}
		if names(r.Changes) != want[0] || names(d.New.First) != want[1] || d.New.All != 9 || most > 0 && len(r.Outlines) != 7 {
			t.Errorf("%d: %q, %q of %d, %d outlines", most, names(r.Changes), names(d.New.First), d.New.All, len(r.Outlines))
		}
	}
}
