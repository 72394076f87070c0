package serve

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// Kind is what may fail by itself.
type Kind string

// The kinds. A Clerk that cannot be reached fails the run and backs nothing
// off.
const (
	OfSource       Kind = "source"
	OfOrganization Kind = "organization"
)

const (
	// threshold is how many runs in a row something must fail in before it is
	// tried less often: twice is an accident.
	threshold = 3
	// rarest is the longest that anything waits: once a day it is tried.
	rarest = 24 * time.Hour
	// forgotten is how long something may not be met at all, since the
	// configuration no longer names it, say, until it is forgotten.
	forgotten = 7 * 24 * time.Hour
)

// Failing is a source or an organization that failed in the last runs that
// tried it.
type Failing struct {
	Kind Kind `json:"kind"`
	// Name is that of a source, or the id of an organization.
	Name string `json:"name"`
	// Label is what people call it.
	Label string `json:"label"`
	// Failures counts runs in a row, the first at Since, the last at Last.
	Failures int `json:"failures"`
	// Outages counts those of them, in a row, in which it was the server, or the
	// way to it, that failed.
	Outages int       `json:"outages,omitempty"`
	Since   time.Time `json:"since"`
	Last    time.Time `json:"last"`
	// Until is when it is tried again; the zero time while it is tried in each run.
	Until time.Time `json:"until,omitzero"`
	// Reason is the last error.
	Reason string `json:"reason"`
}

// text is the last error, and what comes of it. It is the same while nothing
// is tried, so that nobody is told of the same thing twice.
func (f *Failing) text() string {
	if f.Until.IsZero() {
		return f.Reason
	}
	return fmt.Sprintf("%s; it failed in %d runs since %s, so it is tried again at %s and not before; until then whoever has left stays a member", f.Reason, f.Failures,
		f.Since.UTC().Format(time.RFC3339), f.Until.UTC().Format(time.RFC3339))
}

// heldBack is the error of what is not tried, and of what is tried less often.
// It is no [source.DamageError] any more: that would end the run for the others.
type heldBack struct{ text string }

func (e *heldBack) Error() string { return e.text }

type subject struct {
	kind Kind
	name string
}

// Quarantine backs off a server that keeps failing: each failure doubles the
// time until it is tried again, to a day at most. To a run, what is not tried
// looks like what failed: a source holds what it feeds (S14), an organization is
// one whose members could not be listed (S09). Nothing is ever removed for it,
// so whoever could bring it about could stay in after leaving: only outages
// count, and what a file or a member holds is none ([source.Outage],
// [clerkapi.Outage]). What is held has not failed. Its methods may be called by
// many at once.
type Quarantine struct {
	mutex   turns
	entries map[subject]*Failing
	// written is what the journal has.
	written map[subject]string
	// met are those that this run tried, or would have.
	met map[subject]bool
	// listed are the organizations that Clerk has listed whole in this run; they
	// are well unless they stop later.
	listed []subject
	// usual is the least time between two runs.
	usual time.Duration
	// pardon says whose turn it is whatever happened before.
	pardon func(Kind, string) bool
}

// NewQuarantine knows of nothing.
func NewQuarantine() *Quarantine {
	return &Quarantine{mutex: make(turns, 1), entries: map[subject]*Failing{}, written: map[subject]string{}}
}

// factKind is the journal's kind of fact for what fails, by kind and name.
const factKind = "quarantine"

// Begin begins a run of a schedule that has at least that time between two runs.
// pardon says of what the run tries in any case; nil is nothing.
func (q *Quarantine) Begin(usual time.Duration, pardon func(kind Kind, name string) bool) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.usual, q.pardon, q.met, q.listed = usual, pardon, map[subject]bool{}, nil
}

// waits gives the reason why something is not tried in this run; nil when it is.
func (q *Quarantine) waits(s subject) error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.met[s] = true
	f := q.entries[s]
	if f == nil || f.Until.IsZero() || q.pardon != nil && q.pardon(s.kind, s.name) {
		return nil
	}
	// A run never begins at the same second of its minute: half of the usual
	// time early is in time. What is further ahead than anything waits was
	// written by a clock that was wrong: it would never be tried again (S28).
	if left := time.Until(f.Until); left <= q.usual/2 || left > rarest {
		return nil
	}
	return &heldBack{f.text()}
}

// failed counts a failure, and gives the error to go on with.
func (q *Quarantine) failed(s subject, label string, err error) error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	now := time.Now().UTC().Truncate(time.Second)
	f := q.entries[s]
	if f == nil {
		f = &Failing{Kind: s.kind, Name: s.name, Since: now}
		q.entries[s] = f
	}
	f.Label, f.Reason, f.Last = label, err.Error(), now
	f.Failures++
	f.Outages, f.Until = f.Outages+1, time.Time{}
	if !outage(err) {
		f.Outages = 0
	}
	_, damaged := errors.AsType[*source.DamageError](err)
	switch {
	case f.Outages >= threshold:
		f.Until = now.Add(q.pauseAfter(f.Outages))
	case !damaged || f.Failures < threshold:
		return err
	}
	return &heldBack{f.text()}
}

// outage reports whether it was the server that failed, or the way to it.
func outage(err error) bool {
	_, stopped := errors.AsType[*heldBack](err)
	return stopped || source.Outage(err) || clerkapi.Outage(err)
}

// pauseAfter doubles from twice the usual time.
func (q *Quarantine) pauseAfter(outages int) time.Duration {
	pause := 2 * q.usual
	for range outages - threshold {
		if pause >= rarest {
			break
		}
		pause *= 2
	}
	return min(pause, rarest)
}

func (q *Quarantine) well(s subject) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	delete(q.entries, s)
}

func (q *Quarantine) readWhole(s subject) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.listed = append(q.listed, s)
}

// End looks at what a run did, nil where nothing is known of that, and gives
// the facts that the journal needs. Organizations that stopped in the middle for
// an outage have failed.
func (q *Quarantine) End(r *sync.Report) (set, forget []journal.Fact) {
	if r != nil && !r.Interrupted && r.Fault == "" {
		q.judge(r)
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for s, f := range q.entries {
		if !q.met[s] && time.Since(f.Last) > forgotten {
			delete(q.entries, s)
		}
	}
	return q.news()
}

// judge counts organizations whose calls got no answer, and pardons the others:
// what Clerk answers and refuses is no outage. When several are down and nothing
// was done in any other, the trouble is Clerk's.
func (q *Quarantine) judge(r *sync.Report) {
	for _, s := range q.listed {
		if !r.Down[s.name] {
			q.well(s)
		}
	}
	elsewhere := slices.ContainsFunc(r.Outcomes, func(o sync.Outcome) bool {
		return o.Result == sync.Done && !r.Down[o.Change.Organization]
	})
	if len(r.Down) > 1 && !elsewhere {
		return
	}
	labels := map[string]string{}
	for i := range r.Plan.Organizations {
		labels[r.Plan.Organizations[i].ID] = r.Plan.Organizations[i].Label()
	}
	for i := range r.Stopped {
		note := &r.Stopped[i]
		id := note.Organization
		if !r.Down[id] {
			continue
		}
		note.Text = q.failed(subject{OfOrganization, id}, cmp.Or(labels[id], id), &heldBack{note.Text}).Error()
	}
}

// news is what the journal does not have yet.
func (q *Quarantine) news() (set, forget []journal.Fact) {
	for s, f := range q.entries {
		value, err := json.Marshal(f)
		if err != nil || q.written[s] == string(value) {
			continue // plain data can be encoded
		}
		q.written[s] = string(value)
		set = append(set, journal.Fact{Kind: factKind, Key: s.key(), Value: value})
	}
	for s := range q.written {
		if q.entries[s] == nil {
			delete(q.written, s)
			forget = append(forget, journal.Fact{Kind: factKind, Key: s.key()})
		}
	}
	return set, forget
}

func (s subject) key() string { return string(s.kind) + " " + s.name }

// Load takes over what the journal has: an earlier service wrote it, or a run
// by hand has ended a quarantine.
func (q *Quarantine) Load(facts []journal.Fact) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	clear(q.entries)
	clear(q.written)
	for _, f := range Recall(facts) {
		s := subject{f.Kind, f.Name}
		q.entries[s] = &f
		if value, err := json.Marshal(f); err == nil {
			q.written[s] = string(value)
		}
	}
}

// FactKind is the journal's kind of fact that [Recall] reads.
func FactKind() string { return factKind }

// Recall reads facts of that kind. What another version wrote is left out.
func Recall(facts []journal.Fact) []Failing {
	var all []Failing
	for _, fact := range facts {
		var f Failing
		if fact.Kind == factKind && json.Unmarshal(fact.Value, &f) == nil && (subject{f.Kind, f.Name}).key() == fact.Key {
			all = append(all, f)
		}
	}
	return all
}

// Waiting are those that are tried less often, sorted.
func (q *Quarantine) Waiting() []Failing {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	var all []Failing
	for _, f := range slices.SortedFunc(maps.Values(q.entries), func(a, b *Failing) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Name, b.Name))
	}) {
		if !f.Until.IsZero() {
			all = append(all, *f)
		}
	}
	return all
}

// Ended lists, of what fails, that which a run by hand has seen well.
func Ended(failing []Failing, r *sync.Report) []journal.Fact {
	if r == nil || r.Interrupted {
		return nil
	}
	well := map[subject]bool{}
	for _, s := range r.Plan.Sources {
		well[subject{OfSource, s.Name}] = true
	}
	labels := map[string]string{}
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		well[subject{OfOrganization, o.ID}], labels[o.Label()] = true, o.ID
	}
	for _, f := range r.Plan.Failures {
		delete(well, subject{OfSource, f.Source})
		delete(well, subject{OfOrganization, cmp.Or(labels[f.Organization], f.Organization)})
	}
	for id := range r.Down {
		delete(well, subject{OfOrganization, id})
	}
	var facts []journal.Fact
	for _, f := range failing {
		if s := (subject{f.Kind, f.Name}); well[s] {
			facts = append(facts, journal.Fact{Kind: factKind, Key: s.key()})
		}
	}
	return facts
}
