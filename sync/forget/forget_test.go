package forget_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/sync/forget"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

func TestMain(m *testing.M) { suite.Run(m) }

func TestSwitch(t *testing.T) { suite.Known(t) }

// planted is what nobody may find after Ben Brown was forgotten, and others what is
// still there.
var (
	planted = []string{"ben.brown@corp.example", "bb@old.example", "Ben Brown", "user_ben", "E10150", "desk-of-ben", "https://link.example/ben"}
	others  = []string{"ada@corp.example", "user_ada", "reuben.brown@corp.example", "E101501", "https://link.example/ada", "mentions desk"}
)

// house is a state directory in which everything that can name a person does.
type house struct {
	*testing.T
	dir string
	db  *journal.DB
	now time.Time
	run int64
}

func newHouse(t *testing.T) *house {
	h := &house{T: t, dir: t.TempDir(), now: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}
	var err error
	if h.db, err = journal.Open(t.Context(), h.dir, journal.Options{Now: func() time.Time { return h.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	h.begin()
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) begin() {
	h.Helper()
	id, err := h.db.Begin(h.Context(), journal.Run{Verb: "apply"})
	h.must(err)
	h.run = id
}

// done writes changes with their outcomes.
func (h *house) done(changes ...journal.Change) {
	h.Helper()
	ids, err := h.db.Intend(h.Context(), h.run, changes)
	h.must(err)
	for i, id := range ids {
		o := journal.Outcome{ID: id, Result: journal.Done}
		if changes[i].Action == "invite" {
			o.Link, o.InvitationID = clerkapi.NewSecret("https://link.example/"+strings.ToLower(changes[i].Name[:3])), "orginv_"+changes[i].Name[:3]
		}
		h.must(h.db.Record(h.Context(), []journal.Outcome{o}))
	}
}

// exact is that no two sources share their ids.
func exact(id plan.DirectoryID) plan.DirectoryID { return id }

func (h *house) find(asked string) *forget.Person {
	h.Helper()
	p, err := forget.Find(h.Context(), h.db, asked, exact)
	h.must(err)
	return p
}

var (
	ben = journal.Change{Organization: "org_1", UserID: "user_ben", Email: "ben.brown@corp.example", Name: "Ben Brown", Source: "hr", PersonID: "E10150",
		To: "org:member", Private: json.RawMessage(`{"desk":"desk-of-ben","rollcall":{"id":"E10150"}}`), Because: "row for ben.brown@corp.example", Error: "ben.brown@corp.example",
		Before: json.RawMessage(`{"private":{"desk":"desk-of-ben"}}`), After: json.RawMessage(`{"private":{"desk":"desk-of-ben"}}`)}
	ada = journal.Change{Organization: "org_1", UserID: "user_ada", Email: "ada@corp.example", Name: "Ada Arden", Source: "hr", PersonID: "E10001", To: "org:admin",
		Because: "the same address as BEN.BROWN@corp.example, and reuben.brown@corp.example has E101501", Private: json.RawMessage(`{"desk":"mentions desk"}`)}
)

func as(c journal.Change, action string, change ...func(*journal.Change)) journal.Change {
	c.Action = action
	for _, f := range change {
		f(&c)
	}
	return c
}

// fill writes what runs leave behind about both.
func (h *house) fill() {
	h.Helper()
	ctx := h.Context()
	oldAddress := func(c *journal.Change) { c.UserID, c.Email = "", "bb@old.example" }
	h.done(as(ben, "invite", oldAddress), as(ada, "invite", func(c *journal.Change) { c.UserID = "" }), as(ben, "add"), as(ada, "add"))
	waited := memory.Waited{Approval: []plan.Organization{{ID: "org_1", Changes: []plan.Change{
		{Action: plan.Remove, Organization: "org_1", UserID: "user_ben", Email: "ben.brown@corp.example", Name: "Ben Brown", Source: "hr", ID: "E10150", From: "org:member", Private: `{"desk":"desk-of-ben"}`},
		{Action: plan.Remove, Organization: "org_1", UserID: "user_ada", Email: "ada@corp.example", Source: "hr", ID: "E10001", From: "org:member"}}}}}
	h.must(h.db.Finish(ctx, h.run, journal.Run{Outcome: "held", Error: "add ben.brown@corp.example: user_ben", Waited: waited.Raw(), Summary: []byte(`{"by":"ada","problems":["read people.csv:3: ben.brown@corp.example is listed twice"]}`)}))
	h.must(h.db.Remember(ctx, h.run, []journal.Fact{
		{Kind: memory.FactInvitation, Key: "org_1 bb@old.example", Value: json.RawMessage(`{"sent":1}`)}, {Kind: memory.FactInvitation, Key: "org_1 ada@corp.example", Value: json.RawMessage(`{"sent":1}`)},
		{Kind: memory.FactSeen, Key: "org_1 user_ben", Value: json.RawMessage(`"2026-11-01T08:00:00Z"`)}, {Kind: memory.FactMissing, Key: "org_1 user_ben", Value: json.RawMessage(`{}`)},
		{Kind: memory.FactMover, Key: "hr\x1fE10150", Value: json.RawMessage(`{"user":"user_ben"}`)}, {Kind: "decided", Key: "hr\x1fE10150\x1fuser_ben", Value: json.RawMessage(`{}`)},
		{Kind: "decided", Key: "hr\x1fE7\x1fuser_7", Value: json.RawMessage(`{"was":{"source":"hr","id":"E10150"}}`)},
		{Kind: memory.FactAdmins, Key: "org_1", Value: json.RawMessage(`["user_ada","user_ben"]`)},
		{Kind: memory.FactReferences, Key: "hr", Value: json.RawMessage(`{"a":"E10150","b":"E10001","c":"","d":"\u001ehr\u001fE10150\u001eother\u001f9"}`)},
		{Kind: "status", Key: "last", Value: json.RawMessage(`{"problem":"1 left: Ben Brown (E10150)","people":[[{"Who":"Ben.Brown@corp.example","What":"desk-of-ben","Why":"E10150"},{"Who":"ada@corp.example","Why":"as user_ben"}]],"n":12345678901234567890,"waiters":[{"names":["user_ben","E10150"],"line":{"Who":"user_ben","What":"desk-of-ben","Why":"left"}}]}`)},
	}, nil))
	held := []journal.HeldSet{{Hash: "h1", Organization: "org_1", Keys: []string{`2 "remove" "org_1" "user_ben" "" ""`}, Text: []byte(`[{"changes":[{"action":"remove","email":"ben.brown@corp.example"}]}]`)}, {Hash: "h2", Organization: "org_2", Keys: []string{`2 "remove" "org_2" "user_ada"`}}}
	h.must(errors.Join(h.db.HoldAll(ctx, held), h.db.Approve(ctx, journal.Approval{Hash: "h1", Keys: held[0].Keys, Reason: "Ben Brown leaves", By: "ada@corp.example"}),
		h.db.Approve(ctx, journal.Approval{Hash: "h2", Keys: held[1].Keys, Reason: "as ben.brown@corp.example asked", By: "ada@corp.example"}),
		h.db.Pause(ctx, journal.Pause{Organization: "org_1", Reason: "user_ben is on leave"})))
}

// holds reports whether a file of the state directory has the text, in any case.
func (h *house) holds(text string) bool {
	h.Helper()
	files, err := os.ReadDir(h.dir)
	h.must(err)
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(h.dir, f.Name()))
		h.must(err)
		data, word := bytes.ToLower(data), []byte(strings.ToLower(text))
		if slices.Contains(planted, text) { // two others have one in them
			data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("reuben.brown@"), nil), []byte("e101501"), nil)
		}
		if bytes.Contains(data, word) {
			return true
		}
	}
	return false
}

// Whatever names the person is gone from every byte of the state directory, also while
// it is open; others are still there, and runs count as before.
func TestForgottenPeopleAreInNoByte(t *testing.T) {
	suite.OneGoroutine(t)
	for _, asked := range []string{"Ben.Brown@corp.example", "user_ben", "E10150", "bb@old.example"} {
		t.Run(asked, func(t *testing.T) {
			h := newHouse(t)
			h.fill()
			h.begin()
			h.done(as(ben, "remove", func(c *journal.Change) { c.From, c.To = c.To, "" }))
			h.must(h.db.Finish(t.Context(), h.run, journal.Run{Outcome: "done"}))
			for _, text := range slices.Concat(planted, others) {
				if !h.holds(text) {
					t.Fatalf("%s is not there before", text)
				}
			}
			before, err := h.db.Runs(t.Context(), 0)
			h.must(err)
			h.now = h.now.Add(48 * time.Hour) // nothing waits, and no approval is valid
			p := h.find(asked)
			if why, err := p.Obstacle(t.Context(), h.db, func(a *journal.Approval) bool { return a.Live(h.now) }); why != "" || err != nil {
				t.Fatal(why, err)
			}
			n, err := p.Forget(t.Context(), h.db)
			h.must(err)
			if n.Changes != 3 || n.Runs != 2 || n.Links != 1 || n.Facts != 9 || n.HeldSets != 1 || n.Approvals != 1 || n.Kept != 0 || n.Unsure != 0 {
				t.Errorf("removed %+v", n)
			}
			for _, text := range planted {
				if h.holds(text) {
					t.Errorf("%s is still there", text)
				}
			}
			for _, text := range others {
				if !h.holds(text) {
					t.Errorf("%s is gone", text)
				}
			}
			h.counts(before)
			h.must(h.db.Close())
			for _, text := range planted {
				if h.holds(text) {
					t.Errorf("%s is there after closing", text)
				}
			}
		})
	}
}

// counts compares the runs with those before, and looks at what they keep.
func (h *house) counts(before []journal.Run) {
	h.Helper()
	ctx := h.Context()
	runs, err := h.db.Runs(ctx, 0)
	h.must(err)
	for i := range runs {
		if fmt.Sprint(runs[i].Changes) != fmt.Sprint(before[i].Changes) {
			h.Errorf("run %d counts %v, before %v", runs[i].ID, runs[i].Changes, before[i].Changes)
		}
	}
	changes, err := h.db.Changes(ctx, 1)
	h.must(err)
	for _, c := range changes {
		if mine := c.UserID+c.Email == ""; mine != c.Forgotten || c.Organization != "org_1" || c.Result != journal.Done || c.To == "" {
			h.Errorf("%+v", c)
		}
	}
	text, err := h.db.Waited(ctx, 1)
	h.must(err)
	if w := memory.ReadWaited(text); w == nil || w.Count() != 2 || w.Approval[0].Changes[0].From != "org:member" || w.Approval[0].Changes[1].Email != "ada@corp.example" {
		h.Errorf("waited %s", text)
	}
	facts, err := h.db.Facts(ctx, "status", memory.FactAdmins, memory.FactReferences)
	h.must(err)
	want := []string{`["user_ada"]`, `{"b":"E10001","c":""}`, `{"n":12345678901234567890,"people":[[{"What":"","Who":"[forgotten]","Why":""},{"Who":"ada@corp.example","Why":"as [forgotten]"}]],"problem":"1 left: [forgotten] ([forgotten])","waiters":[{"line":{"What":"","Who":"[forgotten]","Why":""},"names":[]}]}`}
	for i, f := range facts {
		if string(f.Value) != want[i] {
			h.Errorf("fact %s %s, want %s", f.Kind, f.Value, want[i])
		}
	}
	again, err := h.find("user_ben").Forget(ctx, h.db)
	h.must(err)
	if again != (forget.Removed{}) {
		h.Errorf("forgotten twice: %+v", again)
	}
}

// Nothing is forgotten that something still needs.
func TestWhatIsNeededIsNotForgotten(t *testing.T) {
	for name, x := range map[string]struct {
		do   func(h *house)
		want string
	}{
		"an open change": {func(h *house) {
			_, err := h.db.Intend(t.Context(), h.run, []journal.Change{as(ben, "remove")})
			h.must(err)
		}, "run 1 was cut off before it recorded the outcome of a change of this person"},
		"a set that waits": {func(h *house) {
			h.must(h.db.HoldAll(t.Context(), []journal.HeldSet{{Hash: "h", Keys: []string{`2 "remove" "org_1" "user_ben"`}}}))
		}, "a change of this person waits for approval"},
		"a set that names an address only": {func(h *house) {
			h.must(h.db.HoldAll(t.Context(), []journal.HeldSet{{Hash: "h", Text: []byte(`[{"changes":[{"action":"add","user_email":"ben.brown@corp.example"}]}]`)}}))
		}, "a change of this person waits for approval"},
		"an approval": {func(h *house) {
			h.must(h.db.Approve(t.Context(), journal.Approval{Hash: "h", Keys: []string{`2 "remove" "org_1" "user_ben"`}}))
		}, "an approval of a change of this person is valid until 2026-11-02 08:00Z"},
		"what waits for others": {func(h *house) {
			h.must(h.db.HoldAll(t.Context(), []journal.HeldSet{{Hash: "h", Keys: []string{`2 "remove" "org_1" "user_ada"`}}}))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.done(as(ben, "add"))
			x.do(h)
			why, err := h.find("user_ben").Obstacle(t.Context(), h.db, func(a *journal.Approval) bool { return a.Live(h.now) })
			if err != nil || !strings.HasPrefix(why, x.want) || (why == "") != (x.want == "") {
				t.Errorf("%q, %v; want %q", why, err, x.want)
			}
		})
	}
}

// An address that passed to somebody else stands for nobody, and stays when the first
// one is forgotten (S01).
func TestS01AnInheritedAddressIsNotForgotten(t *testing.T) {
	h := newHouse(t)
	heir := as(ben, "add", func(c *journal.Change) { c.UserID, c.PersonID, c.Name = "user_heir", "E20000", "Bert Brown" })
	h.done(as(ben, "add"), heir)
	if _, err := forget.Find(t.Context(), h.db, "ben.brown@corp.example", exact); !errors.Is(err, forget.ErrSeveral) || !strings.Contains(err.Error(), "user_ben, E10150 and user_heir, E20000") {
		t.Error(err)
	}
	p := h.find("E10150")
	if fmt.Sprint(p.Shared) != "[ben.brown@corp.example]" || len(p.Changes()) != 1 {
		t.Errorf("%+v", p)
	}
	_, err := p.Forget(t.Context(), h.db)
	h.must(err)
	if h.holds("user_ben") || !h.holds("user_heir") || !h.holds("ben.brown@corp.example") || !h.holds("Bert Brown") {
		t.Error("the heir is not as before")
	}
}

// What undo restores of others is left alone, and counted.
func TestMetadataOfOthersStay(t *testing.T) {
	h := newHouse(t)
	h.done(as(ben, "add"), as(ada, "set_metadata", func(c *journal.Change) { c.Private = json.RawMessage(`{"manager":"ben.brown@corp.example"}`) }))
	n, err := h.find("user_ben").Forget(t.Context(), h.db)
	h.must(err)
	if n.Kept != 1 || !h.holds(`{"manager":"ben.brown@corp.example"}`) {
		t.Errorf("%+v", n)
	}
}

// A plan's change is the person's by account, id, or an address that is still theirs.
func TestClaimChange(t *testing.T) {
	h := newHouse(t)
	h.done(as(ben, "add"))
	p := h.find("user_ben")
	for _, x := range []struct {
		c    plan.Change
		want bool
	}{
		{plan.Change{UserID: "user_ben"}, true},
		{plan.Change{Source: "hr", ID: "E10150"}, true},
		{plan.Change{Source: "other", ID: "E10150"}, false},
		{plan.Change{Email: "ben.brown@corp.example"}, true},
		{plan.Change{UserID: "user_ada", Email: "ada@corp.example"}, false},
		{plan.Change{}, false},
		{plan.Change{Source: "hr", ID: "E9", Email: "ben.brown@corp.example"}, false},
		{plan.Change{Email: "ben.brown@corp.example"}, false}, // it has passed to E9
	} {
		if got := p.ClaimChange(&x.c); got != x.want {
			t.Errorf("%+v: %v", x.c, got)
		}
	}
}

// An entry is the person's by account or id, or if one of the two has no id. Whoever else
// has an address of the person keeps it.
func TestReleaseEntry(t *testing.T) {
	for name, x := range map[string]struct {
		source, id, user string
		emails           []string
		released, shared bool
	}{
		"by the id":                {"hr", "E10150", "", []string{"ben.brown@corp.example"}, false, false},
		"by the account":           {"other", "E9", "user_ben", []string{"ben.brown@corp.example"}, false, false},
		"without an id":            {"hr", "", "", []string{"ben.brown@corp.example"}, false, false},
		"the id of another source": {"other", "E10150", "", []string{"bob@corp.example"}, true, false},
		"an heir of the address":   {"hr", "E9", "user_bob", []string{"bob@corp.example", "Ben.Brown@corp.example"}, true, true},
	} {
		h := newHouse(t)
		h.done(as(ben, "add"))
		p := h.find("user_ben")
		released := p.ReleaseEntry(plan.DirectoryID{Source: x.source, ID: x.id}, x.user, x.emails...)
		if shared := len(p.Shared) > 0; released != x.released || shared != x.shared || p.IsSubject("ben.brown@corp.example") == x.shared {
			t.Errorf("%s: released %t, shared %q", name, released, p.Shared)
		}
	}
}
