package forget_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/sync/exception"
	"rollcall/sync/forget"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// waiting is what waits of two people, as the journal keeps it.
func waiting(changes ...plan.Change) memory.Waited {
	return memory.Waited{Approval: []plan.Organization{{ID: "org_1", Slug: "acme", Name: "Acme Works", Changes: changes}}, Skipped: []plan.Organization{{ID: "org_2", Changes: changes}}}
}

var adaWaits = plan.Change{Action: plan.SetRole, Organization: "org_1", UserID: "user_ada", Email: "ada@corp.example", Name: "Ada Arden", Source: "hr", ID: "E10001", From: "org:member",
	To: "org:admin", Admin: plan.AdminGained, Public: `{"changes":"approval","email":"waiting"}`, Because: "rule 2: team-changes to remove", Cause: plan.Moved, LastSeen: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC),
	State: plan.Held, Why: "waits for approval (S17)"}

// fillOthers writes what runs leave behind about people who stay.
func (h *house) fillOthers() {
	h.Helper()
	ctx := h.Context()
	h.done(as(ada, "add"), as(ada, "set_role", func(c *journal.Change) {
		c.Because, c.Error, c.From = "rule 2: team-changes", "role not changed", "org:member"
		c.Before, c.After = json.RawMessage(`{"role":"org:member","private_metadata":{"2026":"remove"}}`), json.RawMessage(`{"role":"org:admin"}`)
	}), as(ada, "invite", func(c *journal.Change) {
		c.UserID, c.Email, c.Name, c.PersonID = "", "cleo.changes@corp.example", "Cleo Changes", "2026"
	}))
	h.must(h.db.Finish(ctx, h.run, journal.Run{Outcome: "held", Error: "2 changes wait for approval; remove failed", Waited: waiting(adaWaits).Raw(), Summary: []byte(`{"by":"root","why":"schedule","waiting":2}`)}))
	h.must(h.db.Remember(ctx, h.run, []journal.Fact{
		{Kind: memory.FactInvitation, Key: "org_1 ada@corp.example", Value: json.RawMessage(`{"sent":1,"at":"2026-11-30T08:00:00Z"}`)},
		{Kind: memory.FactOrganization, Key: "org_1", Value: json.RawMessage(`{"slug":"acme","sources":["hr"]}`)},
		{Kind: memory.FactGroup, Key: "hr team-changes", Value: json.RawMessage(`{"name":"Sales Team","organizations":["org_1"],"counts":[{"at":"2026-11-30T08:00:00Z","count":2}]}`)},
		{Kind: memory.FactSeen, Key: "org_1 user_ada", Value: json.RawMessage(`"2026-11-01T08:00:00Z"`)}, {Kind: memory.FactAdmins, Key: "org_1", Value: json.RawMessage(`["user_ada"]`)},
		{Kind: memory.FactReferences, Key: "hr", Value: json.RawMessage(`{"approval":"E10001","changes":"","2026":"2026"}`)}, {Kind: memory.FactMover, Key: "hr\x1fE10001", Value: json.RawMessage(`{"user":"user_ada"}`)},
		{Kind: "quarantine", Key: "organization org_1", Value: json.RawMessage(`{"kind":"organization","name":"org_1","label":"acme","failures":2,"reason":"Clerk did not answer"}`)},
		{Kind: "status", Key: "last", Value: json.RawMessage(`{"finished":"2026-11-30T08:00:00Z","problem":"1 change waits","digest":{"headline":"2 changes wait for approval","sections":[{"title":"acme","holds":["more than 10 %"],"ways":[{"when":"if this is meant","commands":["rollcall approve h2"]}]}]},"people":[[{"Symbol":"~","Who":"ada@corp.example","What":"org:member to org:admin","Why":"waits for approval","Admin":true}]],"organizations":[{"id":"org_1","name":"acme","waits":"2 wait"}]}`)},
		{Kind: "status", Key: "members", Value: json.RawMessage(`{"last":"2026-11-30T00:00:00Z","members":{"org_1":[-1,2]}}`)},
		{Kind: "status", Key: "waiting", Value: json.RawMessage(`{"run":1,"waiters":[{"organization_id":"org_1","organization":"acme","names":["user_ada","2026","ada@corp.example"],"line":{"Symbol":"~","Who":"ada@corp.example","What":"org:admin","Why":"remove","Admin":true}}]}`)},
	}, nil))
	held, err := json.Marshal(waiting(adaWaits).Approval)
	h.must(err)
	h.must(h.db.AddException(ctx, &exception.Exception{Kind: exception.Grant, Organization: "org_1", Address: "ada@corp.example", UserID: "user_ada", Person: exception.Person{Source: "hr", ID: "E10001"},
		Role: "org:admin", Reason: "changes of 2026", By: "remove", Ends: h.now.Add(time.Hour)}))
	sets := []journal.HeldSet{{Hash: "h2", Organization: "org_1", Keys: []string{adaWaits.Key()}, Text: held}}
	h.must(errors.Join(h.db.HoldAll(ctx, sets), h.db.Approve(ctx, journal.Approval{Hash: "h2", Keys: sets[0].Keys, Reason: "changes of 2026", By: "remove"}),
		h.db.Pause(ctx, journal.Pause{Organization: "org_2", Reason: "waiting for approval", By: "root"})))
}

// view is what the journal says of everybody but one account, as values.
func (h *house) view(without string) map[string]any {
	h.Helper()
	ctx := h.Context()
	changes, err := h.db.Matching(ctx, journal.Filter{})
	h.must(err)
	facts, errFacts := h.db.Facts(ctx)
	sets, errSets := h.db.HeldSets(ctx)
	approvals, errApprovals := h.db.Approvals(ctx)
	pauses, errPauses := h.db.Pauses(ctx)
	runs, errRuns := h.db.Runs(ctx, 0)
	exceptions, errExceptions := h.db.Exceptions(ctx)
	links, errLinks := h.db.Links(ctx, 1)
	h.must(errors.Join(errFacts, errSets, errApprovals, errPauses, errRuns, errLinks, errExceptions))
	var waited [][]plan.Change
	for i := range runs {
		text, err := h.db.Waited(ctx, runs[i].ID)
		h.must(err)
		if w := memory.ReadWaited(text); w == nil {
			h.Errorf("what waited in run %d cannot be read: %s", runs[i].ID, text)
		} else {
			waited = append(waited, slices.DeleteFunc(w.Approval[0].Changes, func(c plan.Change) bool { return c.UserID == without || c.Email == forget.Placeholder }))
		}
	}
	waited = slices.DeleteFunc(waited, func(changes []plan.Change) bool { return len(changes) == 0 })
	if len(waited) == 0 {
		h.Error("nothing of others waits")
	}
	for i := range facts {
		facts[i].At = time.Time{}
	}
	return map[string]any{"facts": facts, "held": sets, "approvals": approvals, "pauses": pauses, "waited": waited, "links": len(links), "exceptions": exceptions,
		"changes": slices.DeleteFunc(changes, func(c journal.Change) bool { return c.UserID == without || c.Forgotten }),
		"runs":    slices.DeleteFunc(runs, func(r journal.Run) bool { return r.ID > 1 })}
}

// bytesOf is everything in the directory.
func bytesOf(t testing.TB, dir string) []byte {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

var wordParts = regexp.MustCompile(`[A-Za-z0-9_:]+`)

// Whoever is forgotten, and whatever they are called, all that the journal says of others
// reads as before, and what the person was called is in no value of their own.
func TestOthersReadTheSameWhateverThePersonIsCalled(t *testing.T) {
	base := newHouse(t)
	base.fillOthers()
	values, err := json.Marshal(base.view(""))
	base.must(err)
	words := wordParts.FindAllString(string(values), -1)
	words = append(words, "Sales Team", "Acme Works", "Ada Arden", "Cleo Changes", "waits for approval", "changes", "approval", "remove", "waiting", "2026", "11-30", "2026-11-30T08:00:00Z", "forgotten", "E10150", "Ben Brown", "null", "true")
	slices.Sort(words)
	words = slices.DeleteFunc(slices.Compact(words), func(word string) bool { return len(word) > 40 }) // an address has an end
	base.must(base.db.Close())
	clean := bytesOf(t, base.dir)
	rapid.Check(t, func(r *rapid.T) {
		word := rapid.SampledFrom(words)
		name, id := word.Draw(r, "name"), word.Draw(r, "id")
		local := "a" + strings.ToLower(strings.NewReplacer(":", "", " ", ".").Replace(word.Draw(r, "local part")))
		person := journal.Change{Action: "add", Organization: "org_1", UserID: "user_" + strings.ReplaceAll(local, ".", "") + "x", Email: local + "@people.example", Name: name, Source: "ad", PersonID: id, To: "org:member",
			Because: name, Private: json.RawMessage(`{"desk":"desk-of-person"}`), Error: id}
		h := base.copy()
		before := h.view(person.UserID)
		h.plant(&person)
		p := h.find(rapid.SampledFrom([]string{person.UserID, person.Email, "bb." + person.Email}).Draw(r, "asked"))
		if why, err := p.Obstacle(t.Context(), h.db, func(*journal.Approval) bool { return true }); why != "" || err != nil {
			r.Fatal(why, err)
		}
		_, err := p.Forget(t.Context(), h.db)
		h.must(err)
		got := h.view(person.UserID)
		if d := cmp.Diff(before, got); d != "" {
			r.Fatalf("%+v (-before +after):\n%s", person, d)
		}
		h.must(h.db.Close())
		left := bytesOf(t, h.dir)
		for _, text := range []string{person.Email, "bb." + person.Email, person.UserID, "desk-of-person", id, name} {
			if len(text) > 4 && bytes.Contains(left, []byte(text)) && !bytes.Contains(clean, []byte(text)) {
				r.Fatalf("%s of %+v is still there", text, person)
			}
		}
	})
}

// copy is the house with a copy of its directory.
func (h *house) copy() *house {
	h.Helper()
	next := &house{T: h.T, dir: h.TempDir(), now: h.now}
	h.must(os.CopyFS(next.dir, os.DirFS(h.dir)))
	var err error
	next.db, err = journal.Open(h.Context(), next.dir, journal.Options{Now: func() time.Time { return next.now }})
	h.must(err)
	h.Cleanup(func() { _ = next.db.Close() })
	return next
}

// plant writes a person into everything that a run writes.
func (h *house) plant(c *journal.Change) {
	h.Helper()
	ctx := h.Context()
	h.begin()
	h.done(*c, as(*c, "remove", func(c *journal.Change) { c.Email = "bb." + c.Email }))
	deny := &exception.Exception{Kind: exception.Deny, Address: c.Email, UserID: c.UserID, Person: exception.Person{Source: c.Source, ID: c.PersonID}, Reason: c.Name, By: "root", Ends: h.now.Add(time.Hour)}
	h.must(h.db.AddException(ctx, deny))
	h.must(h.db.EndException(ctx, deny.ID, c.Email))
	waits := plan.Change{Action: plan.Remove, Organization: "org_1", UserID: c.UserID, Email: c.Email, Name: c.Name, Source: c.Source, ID: c.PersonID, From: "org:member", Private: `{"desk":"desk-of-person"}`,
		Because: c.Name, Why: c.PersonID, State: plan.Held, LastSeen: time.Unix(1, 0)}
	h.must(h.db.Finish(ctx, h.run, journal.Run{Outcome: "held", Error: "add " + c.Email + ": " + c.UserID, Waited: waiting(waits).Raw()}))
	h.must(h.db.Remember(ctx, h.run, []journal.Fact{{Kind: memory.FactInvitation, Key: "org_1 " + c.Email, Value: json.RawMessage(`{"sent":1}`)},
		{Kind: memory.FactMissing, Key: "org_1 " + c.UserID, Value: json.RawMessage(`{}`)}, {Kind: memory.FactMover, Key: c.Source + "\x1f" + c.PersonID, Value: json.RawMessage(`{"user":"` + c.UserID + `"}`)},
	}, nil))
}

// Nobody is forgotten by a typing error, nor by a word that the history has for other
// things; the name of a column is no person either.
func TestAnIDThatNobodyHasIsAnError(t *testing.T) {
	h := newHouse(t)
	h.fillOthers()
	for _, asked := range []string{"changes", "approval", "2027", "acme", "team-changes", "Ada Arden", "remove", ""} {
		if p, err := forget.Find(t.Context(), h.db, asked, exact); !errors.Is(err, forget.ErrUnknown) {
			t.Errorf("%q: %+v, %v", asked, p, err)
		}
	}
	h.must(h.db.Remember(t.Context(), 1, []journal.Fact{{Kind: memory.FactReferences, Key: "ad", Value: json.RawMessage(`{"x":"77","y":"\u001ead\u001f78\u001ehr\u001f79"}`)},
		{Kind: memory.FactReferences, Key: "sales", Value: json.RawMessage(`{"x":"78"}`)}}, nil))
	for asked, want := range map[string]string{"2026": "[{hr 2026}]", "E10001": "[{hr E10001}]", "user_nobody": "[]", "nobody@corp.example": "[]", "77": "[{ad 77}]", "79": "[{ad 78} {hr 79}]"} {
		if p := h.find(asked); fmt.Sprint(p.IDs) != want {
			t.Errorf("%s: %v, want %s", asked, p.IDs, want)
		}
	}
	if _, err := forget.Find(t.Context(), h.db, "78", exact); !errors.Is(err, forget.ErrSeveral) {
		t.Error("an id in two sources:", err)
	}
}

// In sentences of others an address is replaced where it is whole, and a name is left;
// in those of a run a name that is no word goes too. What is left is counted.
func TestSentences(t *testing.T) {
	h := newHouse(t)
	h.fillOthers()
	sentences := map[string]string{
		"ben@corp.example, xben@corp.example, x.ben@corp.example, x-ben@corp.example": "[forgotten], xben@corp.example, x.ben@corp.example, x-ben@corp.example",
		"ben@corp.example. <BEN@corp.example> 'ben@corp.example' o'ben@corp.example":  "[forgotten]. <[forgotten]> '[forgotten]' o'ben@corp.example",
		"ben@corp.example.org ben@corp.example-x mail=ben@corp.example,":              "ben@corp.example.org ben@corp.example-x mail=[forgotten],",
		"user_ben, user_ben2 a\xffben@corp.example":                                   "[forgotten], user_ben2 a\xff[forgotten]",
		"Ben Brown (E10150), ben brown, Ben Browning, E10150-2":                       "Ben Brown (E10150), ben brown, Ben Browning, E10150-2",
	}
	texts, wants := []string{}, []string{}
	for text, want := range sentences {
		texts, wants = append(texts, text), append(wants, want)
		h.done(as(ada, "set_role", func(c *journal.Change) { c.Because = text }))
	}
	h.done(journal.Change{Action: "add", UserID: "user_ben", Email: "ben@corp.example", Name: "Ben Brown", Source: "hr", PersonID: "E10150"})
	h.must(h.db.Finish(t.Context(), h.run, journal.Run{Outcome: "failed", Error: texts[4] + "; " + "Ben Brown (E10150), ben brown, E10150-2", Waited: waiting(adaWaits).Raw()}))
	n, err := h.find("user_ben").Forget(t.Context(), h.db)
	h.must(err)
	changes, err := h.db.Matching(t.Context(), journal.Filter{Users: []string{"user_ada"}})
	h.must(err)
	for _, c := range changes[2:] {
		if !slices.Contains(wants, c.Because) {
			t.Errorf("because %q", c.Because)
		}
	}
	runs, err := h.db.Runs(t.Context(), 0)
	h.must(err)
	if !strings.HasSuffix(runs[0].Error, "; [forgotten] ([forgotten]), ben brown, E10150-2") || n.Unsure != 2 {
		t.Errorf("error %q, %+v", runs[0].Error, n)
	}
}

// A name that somebody else has too stays in the sentences about a run, and is counted.
func TestANameThatSomebodyElseHasStays(t *testing.T) {
	h := newHouse(t)
	h.done(as(ben, "add"), as(ben, "add", func(c *journal.Change) { c.UserID, c.Email, c.PersonID = "user_bob", "bob@corp.example", "E20000" }))
	h.must(h.db.Finish(t.Context(), h.run, journal.Run{Outcome: "failed", Error: "Ben Brown (E10150), Ben Brown (E20000)"}))
	n, err := h.find("user_ben").Forget(t.Context(), h.db)
	h.must(err)
	runs, err := h.db.Runs(t.Context(), 0)
	h.must(err)
	if runs[0].Error != "Ben Brown ([forgotten]), Ben Brown (E20000)" || n.Unsure != 1 {
		t.Errorf("%q, %+v", runs[0].Error, n)
	}
}

// Whoever only a grant names is known; while it is in force, they are not forgotten.
func TestSomebodyWithAnExceptionOnly(t *testing.T) {
	h := newHouse(t)
	h.fillOthers()
	e := &exception.Exception{Kind: exception.Grant, Organization: "org_1", Address: "ben@corp.example", Person: exception.Person{Source: "hr", ID: "changes"}, Role: "org:member", By: "root", Reason: "for ben@corp.example", Ends: h.now.Add(time.Hour)}
	h.must(h.db.AddException(t.Context(), e))
	never := func(*journal.Approval) bool { return false }
	why, err := h.find("changes").Obstacle(t.Context(), h.db, never)
	if err != nil || !strings.HasPrefix(why, "exception 2 of this person is in force") {
		t.Error(why, err)
	}
	h.must(h.db.EndException(t.Context(), e.ID, "root"))
	p := h.find("changes")
	if why, err := p.Obstacle(t.Context(), h.db, never); why != "" || err != nil {
		t.Error(why, err)
	}
	n, err := p.Forget(t.Context(), h.db)
	h.must(err)
	left, err := h.db.Exceptions(t.Context())
	h.must(err)
	if n.Exceptions != 1 || len(left) != 1 || left[0].UserID != "user_ada" || h.holds("ben@corp.example") {
		t.Errorf("%+v", left)
	}
}

// A number of one source may be somebody else's in another: neither what waits of them
// nor what was approved is touched.
func TestTheSameNumberInAnotherSource(t *testing.T) {
	h := newHouse(t)
	h.fillOthers()
	marked := adaWaits
	marked.Private = `{"rollcall":{"owner":"o","source":"hr","id":"E10001"}}`
	h.must(h.db.HoldAll(t.Context(), []journal.HeldSet{{Hash: "h3", Keys: []string{marked.Key()}}}))
	h.done(journal.Change{Action: "add", UserID: "user_ben", Email: "ben@corp.example", Name: "Ben Brown", Source: "ad", PersonID: "E10001"})
	always := func(*journal.Approval) bool { return true }
	if why, err := h.find("user_ben").Obstacle(t.Context(), h.db, always); why != "" || err != nil {
		t.Error(why, err)
	}
	for _, asked := range []string{"user_ada", "ada@corp.example"} {
		if why, err := h.find(asked).Obstacle(t.Context(), h.db, always); why == "" || err != nil {
			t.Error(asked, why, err)
		}
	}
	if _, err := forget.Find(t.Context(), h.db, "E10001", exact); !errors.Is(err, forget.ErrSeveral) {
		t.Error(err)
	}
	p, err := forget.Find(t.Context(), h.db, "E10001", func(id plan.DirectoryID) plan.DirectoryID { return plan.DirectoryID{ID: id.ID} })
	if err != nil || fmt.Sprint(p.Users) != "[user_ada user_ben]" {
		t.Errorf("sources that share their ids: %+v, %v", p, err)
	}
}

// Of what was approved together, the part of others stays.
func TestWhatWasApprovedForOthersStays(t *testing.T) {
	h := newHouse(t)
	h.fillOthers()
	h.done(as(ben, "add"))
	leaves := plan.Change{Action: plan.Remove, Organization: "org_1", UserID: "user_ben", From: "org:member"}
	invited := plan.Change{Action: plan.Invite, Organization: "org_1", Email: "bb@old.example", To: "org:member", Private: `{"rollcall":{"owner":"o","source":"hr","id":"E10150"}}`}
	heirs := plan.Change{Action: plan.Invite, Organization: "org_1", Email: "ben.brown@corp.example", To: "org:member", Private: `{"rollcall":{"owner":"o","source":"hr","id":"E20000"}}`}
	h.must(h.db.Approve(t.Context(), journal.Approval{Hash: "h4", Keys: []string{leaves.Key(), adaWaits.Key(), invited.Key(), heirs.Key()}, By: "root"}))
	h.now = h.now.Add(48 * time.Hour)
	n, err := h.find("user_ben").Forget(t.Context(), h.db)
	h.must(err)
	approvals, err := h.db.Approvals(t.Context())
	h.must(err)
	i := slices.IndexFunc(approvals, func(a journal.Approval) bool { return a.Hash == "h4" })
	if i < 0 || len(approvals[i].Keys) != 2 || !slices.Contains(approvals[i].Keys, adaWaits.Key()) || !slices.Contains(approvals[i].Keys, heirs.Key()) || n.Approvals != 1 {
		t.Errorf("%+v, %+v", approvals, n)
	}
}
