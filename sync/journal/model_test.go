package journal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"rollcall/clerkapi"
)

// model is the journal as maps and slices, as naive as can be.
type model struct {
	db  *DB
	dir string
	now time.Time

	steps               int
	lastRun, lastChange int64
	runs                map[int64]Run
	changes             map[int64]Change
	facts               map[[2]string]Fact
	approvals           map[string]Approval
	held                map[string]HeldSet
	pauses              map[string]Pause
	instance            string
}

func (m *model) open(t *rapid.T) {
	db, err := Open(t.Context(), m.dir, Options{Now: func() time.Time { return m.now }})
	fatal(t, err)
	m.db = db
}

func fatal(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var (
	words  = rapid.SampledFrom([]string{"", "a", "b", "ä\x00ß", "'; --", "%"})
	hashes = rapid.SampledFrom([]string{"h1", "h2", "h3"})
	values = rapid.SampledFrom([]string{"", "null", `{}`, `{"a":[1,2.50]}`, `"\u2028é"`})
	shifts = rapid.SampledFrom([]time.Duration{0, 1, time.Second, 5 * time.Hour, 30 * time.Hour})
)

// jsonOf draws JSON; none is nil.
func jsonOf(t *rapid.T, name string) json.RawMessage {
	if v := values.Draw(t, name); v != "" {
		return json.RawMessage(v)
	}
	return nil
}

func (m *model) Tick(t *rapid.T) { m.now = m.now.Add(shifts.Draw(t, "shift")) }

func (m *model) Reopen(t *rapid.T) {
	fatal(t, m.db.Close())
	m.open(t)
}

func (m *model) Bind(t *rapid.T) {
	asked := rapid.SampledFrom([]string{"i1", "i2"}).Draw(t, "instance")
	if m.instance == "" {
		m.instance = asked
	}
	_, other := errors.AsType[*OtherInstanceError](m.db.Bind(t.Context(), clerkapi.Instance{ID: asked}))
	if other != (m.instance != asked) {
		t.Fatalf("bound to %s, asked for %s: refused %v", m.instance, asked, other)
	}
}

func (m *model) Begin(t *rapid.T) {
	r := Run{Verb: words.Draw(t, "verb"), Version: words.Draw(t, "version"), ConfigHash: words.Draw(t, "config"),
		Recovers: rapid.Int64Range(0, 3).Draw(t, "recovers"), Summary: jsonOf(t, "summary")}
	id, err := m.db.Begin(t.Context(), r)
	fatal(t, err)
	if id <= m.lastRun {
		t.Fatalf("run %d after %d", id, m.lastRun)
	}
	m.lastRun = id
	r.ID, r.Started = id, m.now
	m.runs[id] = r
}

// anyRun draws a run that exists, or existed, or never did.
func (m *model) anyRun(t *rapid.T) int64 { return rapid.Int64Range(0, m.lastRun+1).Draw(t, "run") }

func (m *model) Finish(t *rapid.T) {
	id := m.anyRun(t)
	end := Run{Outcome: words.Draw(t, "outcome"), ExitCode: rapid.IntRange(0, 130).Draw(t, "exit code"), Error: words.Draw(t, "error"),
		PlanHash: words.Draw(t, "plan"), Undoes: rapid.Int64Range(0, 2).Draw(t, "undoes"), Summary: jsonOf(t, "summary"), Waited: jsonOf(t, "waited")}
	err := m.db.Finish(t.Context(), id, end)
	r, ok := m.runs[id]
	if !ok {
		if !errors.Is(err, ErrNoRun) {
			t.Fatal(err)
		}
		return
	}
	fatal(t, err)
	r.Finished, r.Outcome, r.ExitCode, r.Error = m.now, end.Outcome, end.ExitCode, end.Error
	r.PlanHash, r.Undoes = cmp.Or(end.PlanHash, r.PlanHash), cmp.Or(end.Undoes, r.Undoes)
	if end.Summary != nil {
		r.Summary = end.Summary
	}
	if end.Waited != nil {
		r.Waited = end.Waited
	}
	m.runs[id] = r
}

func (m *model) Intend(t *rapid.T) {
	run, batch := m.anyRun(t), changes(rapid.IntRange(1, 4).Draw(t, "n"))
	for i := range batch {
		batch[i].Action, batch[i].Email, batch[i].Private = words.Draw(t, "action"), words.Draw(t, "email"), jsonOf(t, "private")
		batch[i].Intended, batch[i].Before = time.Time{}, jsonOf(t, "before")
	}
	ids, err := m.db.Intend(t.Context(), run, batch)
	if _, ok := m.runs[run]; !ok {
		if !errors.Is(err, ErrNoRun) {
			t.Fatal(err)
		}
		return
	}
	fatal(t, err)
	seq := 0
	for _, c := range m.changes {
		if c.Run == run {
			seq = max(seq, c.Seq)
		}
	}
	for i, c := range batch {
		if ids[i] <= m.lastChange {
			t.Fatalf("change %d after %d", ids[i], m.lastChange)
		}
		m.lastChange = ids[i]
		c.ID, c.Run, c.Seq, c.Intended = ids[i], run, seq+i+1, m.now
		m.changes[c.ID] = c
	}
}

func (m *model) Record(t *rapid.T) {
	var outcomes []Outcome
	next, refused := maps.Clone(m.changes), false
	for range rapid.IntRange(1, 3).Draw(t, "n") {
		o := Outcome{ID: rapid.Int64Range(0, m.lastChange+1).Draw(t, "id"), Result: rapid.SampledFrom([]string{Done, "failed"}).Draw(t, "result"),
			InvitationID: words.Draw(t, "invitation"), Before: jsonOf(t, "before"), After: jsonOf(t, "after"), Error: words.Draw(t, "error")}
		outcomes = append(outcomes, o)
		c, ok := next[o.ID]
		if !ok || !c.Open() && c.Result != o.Result {
			refused = true
			continue
		}
		if !c.Open() {
			continue
		}
		c.Settled, c.Result, c.Error, c.InvitationID = m.now, o.Result, o.Error, cmp.Or(o.InvitationID, c.InvitationID)
		if o.Before != nil {
			c.Before = o.Before
		}
		if o.After != nil {
			c.After = o.After
		}
		next[o.ID] = c
	}
	if err := m.db.Record(t.Context(), outcomes); (err != nil) != refused {
		t.Fatalf("refused %v: %v", refused, err)
	}
	if !refused {
		m.changes = next
	}
}

func (m *model) Remember(t *rapid.T) {
	draw := rapid.Custom(func(t *rapid.T) Fact {
		return Fact{Kind: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "kind"), Key: words.Draw(t, "key"), Value: jsonOf(t, "value")}
	})
	set, forget := rapid.SliceOfN(draw, 0, 4).Draw(t, "set"), rapid.SliceOfN(draw, 0, 2).Draw(t, "forget")
	run := m.anyRun(t)
	fatal(t, m.db.Remember(t.Context(), run, set, forget))
	for _, f := range forget {
		delete(m.facts, [2]string{f.Kind, f.Key})
	}
	for _, f := range set {
		key := [2]string{f.Kind, f.Key}
		if have, ok := m.facts[key]; ok && string(have.Value) == string(f.Value) {
			continue
		}
		f.At, f.Run = m.now, run
		m.facts[key] = f
	}
}

func (m *model) Approve(t *rapid.T) {
	a := Approval{Hash: hashes.Draw(t, "hash"), Reason: words.Draw(t, "reason"), Keys: rapid.SliceOfNDistinct(words, 1, 3, rapid.ID).Draw(t, "keys")}
	fatal(t, m.db.Approve(t.Context(), a))
	slices.Sort(a.Keys)
	a.Given, a.Expires = m.now, m.now.Add(24*time.Hour)
	m.approvals[a.Hash] = a
}

func (m *model) UseApproval(t *rapid.T) {
	hash, key := hashes.Draw(t, "hash"), words.Draw(t, "key")
	err := m.db.UseApproval(t.Context(), hash, []string{key})
	a, ok := m.approvals[hash]
	if !ok || !slices.Contains(a.Keys, key) {
		if !errors.Is(err, ErrNoApproval) {
			t.Fatal(err)
		}
		return
	}
	fatal(t, err)
	a.Done = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(a.Done), key))))
	a.Used = len(a.Done) == len(a.Keys)
	m.approvals[hash] = a
}

func (m *model) Hold(t *rapid.T) {
	s := HeldSet{Hash: hashes.Draw(t, "hash"), Organization: words.Draw(t, "organization"), Keys: rapid.SliceOfN(words, 0, 3).Draw(t, "keys"), Text: jsonOf(t, "text")}
	fatal(t, m.db.Hold(t.Context(), m.lastRun, []HeldSet{s}))
	s.At, s.Run = m.now, m.lastRun
	m.held[s.Hash] = s
	m.dropOldSets()
}

// dropOldSets drops the sets that no approval can reach any more.
func (m *model) dropOldSets() {
	maps.DeleteFunc(m.held, func(_ string, s HeldSet) bool { return !s.At.After(m.now.Add(-ApprovalLife)) })
}

func (m *model) Pause(t *rapid.T) {
	p := Pause{Organization: words.Draw(t, "organization"), Reason: words.Draw(t, "reason"), By: "root", Run: m.lastRun}
	fatal(t, m.db.Pause(t.Context(), p))
	p.Since = m.now
	m.pauses[p.Organization] = p
}

func (m *model) Resume(t *rapid.T) {
	organization := words.Draw(t, "organization")
	err := m.db.Resume(t.Context(), organization)
	if _, ok := m.pauses[organization]; ok == errors.Is(err, ErrNotPaused) {
		t.Fatalf("paused %v: %v", ok, err)
	}
	delete(m.pauses, organization)
}

func (m *model) Prune(t *rapid.T) {
	before := m.now.Add(-rapid.SampledFrom([]time.Duration{0, 40 * time.Hour, 100 * time.Hour}).Draw(t, "age"))
	n, err := m.db.Prune(t.Context(), before)
	fatal(t, err)
	if latest := m.now.Add(-48 * time.Hour); before.After(latest) {
		before = latest
	}
	needed := map[int64]bool{}
	for _, c := range m.changes {
		needed[c.Run] = needed[c.Run] || c.Open() || !c.Intended.Before(before)
	}
	had := len(m.runs)
	maps.DeleteFunc(m.runs, func(id int64, r Run) bool { return r.Started.Before(before) && !needed[id] })
	maps.DeleteFunc(m.changes, func(_ int64, c Change) bool { _, ok := m.runs[c.Run]; return !ok })
	maps.DeleteFunc(m.approvals, func(_ string, a Approval) bool {
		return a.Given.Before(before) && (a.Used || a.Expires.Before(before))
	})
	maps.DeleteFunc(m.held, func(_ string, s HeldSet) bool { return s.At.Before(before) })
	if n != had-len(m.runs) {
		t.Fatalf("pruned %d runs, want %d", n, had-len(m.runs))
	}
}

// compare fails when the journal and the model differ; nil and empty are the same.
func compare[T any](t *rapid.T, what string, want []T, have []T, err error) {
	t.Helper()
	fatal(t, err)
	if d := gocmp.Diff(want, have, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("%s (-want +have):\n%s", what, d)
	}
}

func sorted[K comparable, V any](m map[K]V, order func(a, b V) int) []V {
	return slices.SortedFunc(maps.Values(m), order)
}

// Look compares everything as a reader sees it that opens beside the writer.
func (m *model) Look(t *rapid.T) {
	reader, err := Open(t.Context(), m.dir, Options{ReadOnly: true, Now: func() time.Time { return m.now }})
	fatal(t, err)
	m.check(t, reader)
	fatal(t, reader.Close())
}

// Check compares everything as the writer sees it, after each fifth step.
func (m *model) Check(t *rapid.T) {
	if m.steps++; m.steps%5 == 0 {
		m.check(t, m.db)
	}
}

func (m *model) check(t *rapid.T, db *DB) {
	ctx := t.Context()
	byID := func(a, b Change) int { return cmp.Compare(a.ID, b.ID) }
	all := sorted(m.changes, byID)
	runs := sorted(m.runs, func(a, b Run) int { return cmp.Compare(b.ID, a.ID) })
	for i := range runs {
		waited, err := db.Waited(ctx, runs[i].ID)
		compare(t, "waited", runs[i].Waited, waited, err)
		runs[i].Waited, runs[i].Changes = nil, map[string]int{}
		for _, c := range all {
			if c.Run == runs[i].ID && c.Result == Done {
				runs[i].Changes[c.Action]++
			}
		}
	}
	haveRuns, err := db.Runs(ctx, 0)
	compare(t, "runs", runs, haveRuns, err)
	since := m.now.Add(-24 * time.Hour)
	haveAll, err := db.Since(ctx, since)
	compare(t, "since", slices.DeleteFunc(slices.Clone(all), func(c Change) bool { return c.Intended.Before(since) }), haveAll, err)
	haveOpen, err := db.Unfinished(ctx)
	compare(t, "unfinished", slices.DeleteFunc(slices.Clone(all), func(c Change) bool { return !c.Open() }), haveOpen, err)
	haveOfRun, err := db.Changes(ctx, m.lastRun)
	compare(t, "of the last run", slices.DeleteFunc(slices.Clone(all), func(c Change) bool { return c.Run != m.lastRun }), haveOfRun, err)
	haveFacts, err := db.Facts(ctx)
	compare(t, "facts", sorted(m.facts, func(a, b Fact) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key)) }), haveFacts, err)
	haveApprovals, err := db.Approvals(ctx)
	compare(t, "approvals", sorted(m.approvals, func(a, b Approval) int { return cmp.Or(a.Given.Compare(b.Given), cmp.Compare(a.Hash, b.Hash)) }), haveApprovals, err)
	havePauses, err := db.Pauses(ctx)
	compare(t, "pauses", sorted(m.pauses, func(a, b Pause) int { return cmp.Compare(a.Organization, b.Organization) }), havePauses, err)
	for _, hash := range []string{"h1", "h2", "h3"} {
		want, ok := m.held[hash]
		ok = ok && want.At.After(m.now.Add(-ApprovalLife))
		have, err := db.Held(ctx, hash)
		if !ok {
			if !errors.Is(err, ErrNoHeld) {
				t.Fatal(hash, have, err)
			}
			continue
		}
		compare(t, "held", []HeldSet{want}, []HeldSet{have}, err)
	}
}

// Any story of calls leaves the journal as it leaves a few maps.
func TestTheJournalIsLikeAFewMaps(t *testing.T) {
	t.Parallel()
	n := 0
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		if n++; n%thin != 1%thin { // the first one too, under the race detector
			return
		}
		m := &model{dir: fmt.Sprintf("%s/%d", root, n), now: start, runs: map[int64]Run{}, changes: map[int64]Change{}, facts: map[[2]string]Fact{},
			approvals: map[string]Approval{}, held: map[string]HeldSet{}, pauses: map[string]Pause{}}
		m.open(t)
		defer func() { fatal(t, m.db.Close()) }()
		t.Repeat(rapid.StateMachineActions(m))
		m.check(t, m.db)
	})
}
