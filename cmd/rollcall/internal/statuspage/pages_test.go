package statuspage

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

var everywhere = &net.TCPAddr{IP: net.IPv4zero, Port: 4910}

// writeRun writes a run with its changes into a journal. What waited is not known.
func writeRun(t *testing.T, dir string, changes ...journal.Change) int64 {
	t.Helper()
	return writeWhole(t, dir, journal.Run{}, changes...)
}

// writeWhole writes a run that ended so.
func writeWhole(t *testing.T, dir string, end journal.Run, changes ...journal.Change) int64 {
	t.Helper()
	end.Outcome, end.Finished = "done", noon.Add(2*time.Second)
	db, err := journal.Open(t.Context(), dir, journal.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	id, err := db.Begin(t.Context(), journal.Run{Verb: "serve"})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := db.Intend(t.Context(), id, changes)
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []journal.Outcome
	for i := range ids {
		outcomes = append(outcomes, journal.Outcome{ID: ids[i], Result: journal.Done})
	}
	if err := errors.Join(db.Record(t.Context(), outcomes), db.Finish(t.Context(), id, end), db.Close()); err != nil {
		t.Fatal(err)
	}
	return id
}

// story is a page of two runs: the first has added ada, and ben waits; in the second
// cleo waits instead.
func story(t *testing.T) *Page {
	t.Helper()
	c := config(t)
	p := New(c)
	for _, email := range []string{"ben@corp.example", "cleo@corp.example"} {
		r := grantsRun(0)
		r.Report.Plan.Organizations[1].Changes[1].Email = email
		r.ID = writeWhole(t, c.State, journal.Run{Waited: memory.WaitedIn(r.Report.Plan, false).Raw()},
			journal.Change{Action: "add", Organization: "org_1", UserID: "user_ada", Email: "ada@corp.example", Source: "hr", PersonID: "E1", To: "org:member", Because: "rule 2: staff"},
			journal.Change{Action: "remove", Organization: "org_2", UserID: "user_dora", Email: "dora@corp.example", From: "org:admin", Because: "left", Approved: true})
		p.Observe(r)
	}
	return p
}

func TestPageOfARun(t *testing.T) {
	p := story(t)
	page := get(t, p, "/runs/2")
	expect(t, page, "<title>rollcall: Run 2 instance</title>", "<dt>Outcome</dt><dd>done</dd>", "<dt>Result</dt><dd>", "<dt>Changes</dt><dd>1 leave, 1 join</dd>", "<dt>Began</dt><dd>2026-11-24 12:00:00 UTC</dd>",
		`<h3><a href="../organizations/org_1">acme</a> <small>1 join</small></h3>`, `<li>&#43; <a href="../people/user_ada">ada@corp.example</a> org:member <small>rule 2: staff</small></li>`,
		`<li>- <a href="../people/user_dora">dora@corp.example</a> org:admin <small>left; approved</small></li>`,
		`1 change waited when the run ended.`, `<li>- <a href="../people/cleo@corp.example">cleo@corp.example</a> org:member in <a href="../organizations/org_1">acme</a>`,
		`Compared with <a href="../runs/1">run 1</a>.`, `<h3>New in run 2: 1</h3>`, `<h4><a href="../organizations/org_1">acme</a> <small>1 leave</small></h4>`,
		`<li>- <a href="../people/cleo@corp.example">cleo@corp.example</a> org:member <span class="held">waited: guard removals (S17)</span></li>`,
		`<h3>No longer planned: 1</h3>`, `>ben@corp.example</a>`, `Before: <a href="../runs/1">run 1</a>.`)
	unexpect(t, page, "After:")
	first := get(t, p, "/runs/1")
	expect(t, first, "1 change waited when the run ended.", "the plan of no earlier run is known", `After: <a href="../runs/2">run 2</a>.`)
	unexpect(t, first, "Compared with", "Before:", "cleo@corp.example")
}

// A run that the service has not made has no notes, and a cut-off change says so.
func TestPageOfARunByHand(t *testing.T) {
	c := config(t)
	writeHistory(t, c.State)
	page := get(t, New(c), "/runs/2")
	expect(t, page, "<dt>Outcome</dt><dd>cut off</dd>", "Not known: the run has not ended", "compare run 2: its plan is not known", "<p>Nothing.</p>")
	for result, want := range map[string]string{"": "not known: the run was cut off", "found": "already done", "failed": "failed: no seat", "not_sent": "not sent", "done": ""} {
		change := journal.Change{Result: result}
		if result == "failed" {
			change.Error = "no seat"
		}
		if got := resultText(&change); got != want {
			t.Errorf("%q: %q", result, got)
		}
	}
}

// What a run skipped has a section of its own, and does not wait.
func TestPageOfARunSaysWhatItSkipped(t *testing.T) {
	c := config(t)
	skipped := plan.Change{Action: plan.Remove, Organization: "org_1", UserID: "user_ivo", Email: "ivo@corp.example", From: "org:admin", State: plan.Ready}
	skipped.Skip(plan.Protected)
	left := memory.WaitedIn(&plan.Plan{Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Changes: []plan.Change{skipped}}}}, false)
	left.MoreSkipped = 2
	writeWhole(t, c.State, journal.Run{Waited: left.Raw()})
	writeWhole(t, c.State, journal.Run{Waited: memory.Waited{}.Raw()})
	p := New(c)
	page := get(t, p, "/runs/1")
	expect(t, page, "Nothing waited when the run ended.", "3 changes skipped.", `<li>- <a href="../people/user_ivo">ivo@corp.example</a> org:admin in <a href="../organizations/org_1">acme</a>`, "and 2 more")
	unexpect(t, get(t, p, "/runs/2"), "What was skipped")
	unexpect(t, ask(p, everywhere, http.MethodGet, "h", "/runs/1").Body.String(), "ivo@corp.example")
}

func TestPageOfAnOrganization(t *testing.T) {
	p := story(t)
	page := get(t, p, "/organizations/org_1")
	expect(t, page, "<title>rollcall: Organization acme instance</title>", "<dt>Id</dt><dd>org_1</dd>", "<dt>Members</dt><dd>121</dd>", "<dt>Waits</dt><dd>1 person would leave</dd>",
		">cleo@corp.example</a>", `<h3><a href="../runs/2">Run 2, 2026-11-24 12:00:00 UTC</a> <small>1 join</small></h3>`, `<h3><a href="../runs/1">`, ">ada@corp.example</a>")
	unexpect(t, page, "dora@corp.example", "ben@corp.example")
	if strings.Index(page, "Run 2,") > strings.Index(page, "Run 1,") {
		t.Error("the newest changes do not stand first")
	}
}

// A person is found by user, address and id, with all that happened and what waits.
func TestPageOfAPerson(t *testing.T) {
	p := story(t)
	for _, name := range []string{"user_ada", "ada@corp.example", "E1"} {
		page := get(t, p, "/people/"+name)
		expect(t, page, "In the history as: ada@corp.example, user_ada, E1 of hr.", `<a href="../runs/2">Run 2</a>`, `<a href="../runs/1">Run 1</a>`, `>&#43; org:member <small>`, `<a href="../organizations/org_1">acme</a>`, "rule 2: staff")
		unexpect(t, page, "dora@corp.example", "What waits")
	}
	waits := get(t, p, "/people/cleo@corp.example")
	expect(t, waits, "What waits", "org:member in", "rollcall has changed nothing for this person yet.")
}

func TestSearch(t *testing.T) {
	p := story(t)
	expect(t, get(t, p, "/"), `action="./search" method="get"`, `<a href="./organizations/org_1">acme</a>`, `<a href="./runs/2">2 serve</a>`)
	page := get(t, p, "/search?q=A")
	expect(t, page, `value="A"`, `<a href="./organizations/org_1">acme</a>`, `<a href="./people/user_ada">ada@corp.example</a>`)
	if strings.Count(page, ">ada@corp.example<") != 1 {
		t.Errorf("a person is listed more than once:\n%s", page)
	}
	page = get(t, p, "/search?q=cleo")
	expect(t, page, `<a href="./people/cleo@corp.example">cleo@corp.example</a>`, "None.")
	unexpect(t, page, ">ada@", ">acme<")
	expect(t, get(t, p, "/search?q=org_2"), ">quiet</a>")
	unexpect(t, get(t, p, "/search?q="), "None.")
	get(t, p, "/search?q="+strings.Repeat("ä", 3000))
}

// At an address for others nobody is named on any page, and no person can be asked
// for. Without a name, what an organization has is still shown.
func TestNobodyIsNamedToTheNetwork(t *testing.T) {
	p := story(t)
	for path, status := range map[string]int{
		"/": 200, "/?still": 200, "/runs/1": 200, "/runs/2": 200, "/organizations/org_1": 200, "/search?q=corp": 200, "/search?q=acme": 200,
		"/people/user_ada": 403, "/people/nobody": 403,
	} {
		w := ask(p, everywhere, http.MethodGet, "rollcall.corp.example", path)
		if w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
		unexpect(t, w.Body.String(), "@corp.example", "user_ada")
	}
	expect(t, ask(p, everywhere, http.MethodGet, "h", "/runs/2").Body.String(), `acme</a> <small>1 join</small>`, "1 change waited when the run ended.", "New in run 2: 1", "acme</a> <small>1 leave</small>")
	expect(t, ask(p, everywhere, http.MethodGet, "h", "/search?q=acme").Body.String(), ">acme</a>", "People are found on a loopback address only.")
}

func TestWhatIsUnknownIsNotFound(t *testing.T) {
	p := story(t)
	for _, path := range []string{"/runs/9", "/runs/0", "/runs/-1", "/runs/x", "/runs/99999999999999999999", "/organizations/org_9", "/people/nobody", "/runs/", "/runs/1/2"} {
		if w := ask(p, loopback, http.MethodGet, "localhost", path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := ask(New(Config{Service: p.config.Service, Log: p.config.Log}), loopback, http.MethodGet, "localhost", "/runs/1"); w.Code != http.StatusNotFound {
		t.Errorf("without a history: %d", w.Code)
	}
}

// The pages answer reads only, to the names of this machine only, and never load
// anything.
func TestPagesAreGuardedLikeTheFirst(t *testing.T) {
	p := story(t)
	for _, path := range []string{"/runs/1", "/organizations/org_1", "/people/user_ada", "/search"} {
		if w := ask(p, loopback, http.MethodPost, "localhost", path); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, w.Code)
		}
		if w := ask(p, loopback, http.MethodGet, "evil.example", path); w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s for another host: %d", path, w.Code)
		}
		h := ask(p, loopback, http.MethodGet, "localhost", path).Header()
		if got := h.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; style-src 'sha256-") || !strings.Contains(got, "form-action 'self'; frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, got)
		}
	}
}

// S35: what others write is text on every page, and in the paths of links.
func TestS35HostileValuesOnEachPage(t *testing.T) {
	c := hostileConfig(t)
	evil := attack + `"/../?#`
	valid := strings.TrimSuffix(strings.ReplaceAll(evil, "\xff", ""), "\x00")
	id := writeRun(t, c.State, journal.Change{Action: attack, Organization: valid, UserID: valid, Email: valid, Source: valid, PersonID: valid, To: valid, Because: valid},
		journal.Change{Action: "set_metadata", Organization: "org_1", UserID: "user_1", Email: valid, Public: []byte(`{"<script>":"<img>\u202e"}`)})
	p := New(c)
	r := hostileRun()
	r.ID = id
	p.Observe(r)
	for _, path := range []string{"/", "/runs/1", "/organizations/org_1", "/organizations/" + url.PathEscape(valid), "/people/user_1", "/people/" + url.PathEscape(valid), "/search?q=script", "/search?q=" + url.QueryEscape(attack), "/runs/" + url.PathEscape(attack), "/people/" + url.PathEscape(attack)} {
		w := ask(p, loopback, http.MethodGet, "localhost", path)
		if w.Code != http.StatusOK && w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, bad := range []string{"<script", "<img", "\u202e", "\x1b", "\xff", `href="../people/<`, `%22/../?#`} {
			if strings.Contains(w.Body.String(), bad) {
				t.Errorf("%s: %q in\n%s", path, bad, w.Body)
			}
		}
	}
	expect(t, get(t, p, "/people/"+url.PathEscape(valid)), "Run 1</a>")
}

// What is kept of thousands that wait is bounded.
func TestWhatWaitsIsBounded(t *testing.T) {
	r := heldRun()
	o := &r.Report.Plan.Organizations[1]
	for i := range mostWaiters + 10 {
		c := plan.Change{Action: plan.Remove, Organization: "org_1", Email: fmt.Sprintf("p%d@corp.example", i), State: plan.Ready}
		c.Hold(plan.Removals)
		o.Changes = append(o.Changes, c)
	}
	if set := newWaitingSet(2, r.Report); len(set.Waiters) != mostWaiters || set.All() != mostWaiters+11 {
		t.Errorf("%d of %d are kept", len(set.Waiters), set.All())
	}
	last := plan.Change{Action: plan.SetRole, Organization: "org_z", Email: "zz@corp.example", Admin: plan.AdminGained, State: plan.Ready}
	last.Hold(plan.AdminGrants)
	r.Report.Plan.Organizations = append(r.Report.Plan.Organizations, plan.Organization{ID: "org_z", Changes: []plan.Change{last}})
	if set := newWaitingSet(2, r.Report); len(set.Waiters) != mostWaiters+1 || !set.Waiters[mostWaiters].Line.Admin {
		t.Error("whoever becomes admin is left out (S43)")
	}
}

// A difference of thousands lists the first of each part and counts the others. Any
// earlier run can be compared with.
func TestDifferencesAreBounded(t *testing.T) {
	suite.OneGoroutine(t)
	c := config(t)
	var many []journal.Change
	for i := range shownChanges + 7 {
		many = append(many, journal.Change{Action: "add", Organization: "org_1", Email: fmt.Sprintf("p%d@corp.example", i), To: "org:member"})
	}
	nothing := journal.Run{Waited: memory.Waited{}.Raw()}
	writeWhole(t, c.State, nothing)
	writeWhole(t, c.State, nothing, many...)
	writeWhole(t, c.State, nothing, many...)
	p := New(c)
	same := get(t, p, "/runs/3")
	expect(t, same, `Compared with <a href="../runs/2">run 2</a>: the two plans have the same changes.`, "Nothing waited when the run ended.")
	page := get(t, p, "/runs/3?with=1")
	expect(t, page, `Compared with <a href="../runs/1">run 1</a>.`, "<h3>New in run 3: 507</h3>", "and 7 more; <code>rollcall show 3 --diff 1</code>", `<input id="with" name="with" type="text" inputmode="numeric" pattern="[0-9]*" maxlength="18" value="1">`)
	if n := strings.Count(page, "<li>"); n != 2*shownChanges {
		t.Errorf("%d lines", n)
	}
	lists := strings.Split(page, `<ul class="people">`)[1:]
	for _, list := range lists { // a browser lays out those on the screen, list by list
		if list, _, _ = strings.Cut(list, "</ul>"); strings.Count(list, "<li") > chunkLength {
			t.Errorf("a list of %d", strings.Count(list, "<li"))
		}
	}
	if len(lists) != 2*shownChanges/chunkLength || !regexp.MustCompile(`\.people \{[^}]*content-visibility: auto`).MatchString(page) {
		t.Errorf("%d lists", len(lists))
	}
	for _, with := range []string{"3", "4", "x", "-1", "99999999999999999999"} { // the run before
		expect(t, get(t, p, "/runs/3?with="+with), `Compared with <a href="../runs/2">run 2</a>`)
	}
}

// The page of a run lists the first of thousands that waited, and everybody who would
// become admin (S43).
func TestS43WaitingOfARunIsBounded(t *testing.T) {
	c := config(t)
	o := plan.Organization{ID: "org_1", Slug: "acme"}
	last := plan.Organization{ID: "org_2", Slug: "zoo"}
	for i := range shownChanges + 7 {
		one := plan.Change{Action: plan.Remove, Organization: "org_1", Email: fmt.Sprintf("p%d@corp.example", i), From: "org:member", State: plan.Ready}
		one.Hold(plan.Removals)
		o.Changes = append(o.Changes, one)
	}
	admin := plan.Change{Action: plan.Add, Organization: "org_2", Email: "zoe@corp.example", To: "org:admin", Admin: plan.AdminGained, State: plan.Ready}
	admin.Hold(plan.AdminGrants)
	last.Changes = []plan.Change{admin}
	writeWhole(t, c.State, journal.Run{Waited: memory.WaitedIn(&plan.Plan{Organizations: []plan.Organization{o, last}}, false).Raw()})
	page := get(t, New(c), "/runs/1")
	if n := strings.Count(page, `<ul class="people">`); n != shownChanges/chunkLength+1 {
		t.Errorf("%d lists", n)
	}
	expect(t, page, "508 changes waited when the run ended.", `<li class="admin">&#43; <a href="../people/zoe@corp.example">`, "and 7 more", "More of them: <code>rollcall show 1</code>")
	if n := strings.Count(page, "<li"); n != shownChanges+1 {
		t.Errorf("%d lines", n)
	}
}

// Whoever became admin is in the list, however long it is, and first (S43).
func TestS43ListsOfARunKeepNewAdmins(t *testing.T) {
	c := config(t)
	var many []journal.Change
	for i := range shownChanges + 7 {
		many = append(many, journal.Change{Action: "add", Organization: "org_1", Email: fmt.Sprintf("p%d@corp.example", i), To: "org:member"})
	}
	many = append(many, journal.Change{Action: "add", Organization: "org_1", Email: "zoe@corp.example", To: "org:admin", Admin: "gained"})
	writeWhole(t, c.State, journal.Run{}, many...)
	page := get(t, New(c), "/runs/1")
	expect(t, page, `<li class="admin">&#43; <a href="../people/zoe@corp.example">`, "and 7 more changes")
	if strings.Index(page, "zoe@corp.example") > strings.Index(page, "p0@corp.example") {
		t.Error("the new admin does not come first")
	}
}

// The notes of old runs are forgotten, those of the others kept.
func TestNotesOfOldRunsAreForgotten(t *testing.T) {
	c := config(t)
	p := New(c)
	for _, id := range []int64{1, 2, 3, keptNotes + 2} {
		r := heldRun()
		r.ID = id
		p.Observe(r)
	}
	db, err := journal.Open(t.Context(), c.State, journal.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := db.Facts(t.Context(), factRun)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, f := range kept {
		keys = append(keys, f.Key)
	}
	if got := strings.Join(keys, " "); got != "202 3" {
		t.Errorf("kept %s", got)
	}
}

// Each page names the Clerk instance in its title and in its head, also one that has
// nothing to show (S41).
func TestS41EachPageNamesTheInstance(t *testing.T) {
	p := story(t)
	for _, path := range append([]string{"runs/9"}, storyPages...) {
		page := ask(p, loopback, http.MethodGet, "localhost", "/"+path).Body.String()
		expect(t, page, " instance</title>", "<p>Clerk: instance.</p>")
	}
}
