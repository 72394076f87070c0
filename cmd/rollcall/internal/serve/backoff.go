package serve

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	stdsync "sync"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// Kind says what failed.
type Kind string

// The kinds. If Clerk itself cannot be reached, the run fails and nothing is
// backed off.
const (
	OfSource       Kind = "source"
	OfOrganization Kind = "organization"
)

const (
	// threshold is the number of failures in a row, one a run, after which a
	// source or organization is tried less often: two may be an accident.
	threshold = 3
	// longestPause is the longest time between two tries.
	longestPause = 24 * time.Hour
	// forgetAfter is the time after which an entry is dropped that no run asks
	// for any more, because the configuration no longer names it.
	forgetAfter = 7 * 24 * time.Hour
)

// Failing is a source or an organization that failed in the last runs that
// tried it.
type Failing struct {
	Kind Kind `json:"kind"`
	// Name is that of a source, or the id of an organization.
	Name string `json:"name"`
	// Label is the name that people use.
	Label string `json:"label"`
	// Failures counts failed runs in a row, the first at Since, the last at Last.
	Failures int `json:"failures"`
	// Outages counts the newest of them, in a row, in which the server failed or
	// could not be reached.
	Outages int       `json:"outages,omitempty"`
	Since   time.Time `json:"since"`
	Last    time.Time `json:"last"`
	// Until is the time of the next try; zero while every run tries it.
	Until time.Time `json:"until,omitzero"`
	// Reason is the last error.
	Reason string `json:"reason"`
}

// text is the last error and its consequence. It does not change until the next
// try, so that no channel reports the same problem twice.
func (f *Failing) text() string {
	if f.Until.IsZero() {
		return f.Reason
	}
	return fmt.Sprintf("%s; it failed in %d runs since %s, so the next retry is at %s; until then nobody is removed", f.Reason, f.Failures,
		f.Since.UTC().Format(time.RFC3339), f.Until.UTC().Format(time.RFC3339))
}

// backoffError is the error of a source or organization that this run does not
// try, or that later runs try less often.
type backoffError struct{ text string }

func (e *backoffError) Error() string { return e.text }

type subject struct {
	kind Kind
	name string
}

// Backoff pauses a server that keeps failing: each failure doubles the time
// until the next try, to a day at most. In the run, an entry that is not tried
// looks like one that failed: the organizations that a source feeds are held
// (S14), and an organization counts as one whose members could not be listed
// (S09). A pause therefore keeps leavers in. Only outages start one, because
// nobody can cause them by the content of a file or a profile ([source.Outage],
// [clerkapi.Outage]). A hold is no failure. The methods may be called from
// several goroutines.
type Backoff struct {
	mutex   stdsync.Mutex
	entries map[subject]*Failing
	// written are the entries as the journal has them.
	written map[subject]string
	// asked are the entries that this run asked for.
	asked map[subject]bool
	// listed are the organizations that Clerk listed completely in this run. They
	// count as recovered unless they stop later.
	listed []subject
	// interval is the shortest time between two runs.
	interval time.Duration
	// force says what this run tries in any case.
	force func(Kind, string) bool
	// between says that the run is none of the schedule.
	between bool
}

// NewBackoff has no entries.
func NewBackoff() *Backoff {
	return &Backoff{entries: map[subject]*Failing{}, written: map[subject]string{}}
}

// Begin begins a run of a schedule with that shortest time between two runs.
// The run tries everything for which force is true; nil forces nothing.
func (b *Backoff) Begin(interval time.Duration, force func(kind Kind, name string) bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.interval, b.force, b.asked, b.listed, b.between = interval, force, map[subject]bool{}, nil, false
}

// BeginBetween begins a run between two runs of the schedule. A success counts, and a
// failure does not: otherwise three requests of a program while a server restarts would
// keep leavers in for the next runs of the schedule.
func (b *Backoff) BeginBetween(interval time.Duration) {
	b.Begin(interval, nil)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.between = true
}

// skipReason says why this run does not try something; nil means that it does.
func (b *Backoff) skipReason(s subject) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.asked[s] = true
	f := b.entries[s]
	if f == nil || f.Until.IsZero() || b.force != nil && b.force(s.kind, s.name) {
		return nil
	}
	// Runs do not begin at the same second, so half of the interval early is in
	// time. A time that is further ahead than the longest pause comes from a wrong
	// clock, and would keep the entry from ever being tried again (S28).
	if left := time.Until(f.Until); left <= b.interval/2 || left > longestPause {
		return nil
	}
	return &backoffError{f.text()}
}

// recordFailure counts a failure, and returns the error for the run.
func (b *Backoff) recordFailure(s subject, label string, err error) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	now := time.Now().UTC().Truncate(time.Second)
	f := b.entries[s]
	if b.between {
		return err
	}
	if f == nil {
		f = &Failing{Kind: s.kind, Name: s.name, Since: now}
		b.entries[s] = f
	}
	f.Label, f.Reason, f.Last = label, err.Error(), now
	f.Failures++
	f.Outages, f.Until = f.Outages+1, time.Time{}
	if !outage(err) {
		f.Outages = 0
	}
	if f.Outages < threshold {
		return err
	}
	f.Until = now.Add(b.pauseAfter(f.Outages))
	return &backoffError{f.text()}
}

// outage reports whether the server failed or could not be reached.
func outage(err error) bool {
	_, stopped := errors.AsType[*backoffError](err)
	return stopped || source.Outage(err) || clerkapi.Outage(err)
}

// pauseAfter doubles from twice the interval.
func (b *Backoff) pauseAfter(outages int) time.Duration {
	pause := 2 * b.interval
	for range outages - threshold {
		if pause >= longestPause {
			break
		}
		pause *= 2
	}
	return min(pause, longestPause)
}

// recordSuccess ends the backoff of something that could be read.
func (b *Backoff) recordSuccess(s subject) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.entries, s)
}

// recordListing notes an organization that Clerk listed completely.
func (b *Backoff) recordListing(s subject) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.listed = append(b.listed, s)
}

// Ending is what follows from a run that has ended.
type Ending struct {
	// Stopped are the report's notes on organizations that stopped, with what
	// the backoff has to add.
	Stopped []plan.Note
	// Set and Forget are what the journal has to change.
	Set, Forget []journal.Fact
}

// End ends a run; the report is nil where there is none. Organizations that an
// outage stopped in the middle of the run have failed.
func (b *Backoff) End(r *sync.Report) Ending {
	var e Ending
	if r != nil {
		e.Stopped = r.Stopped
		if !r.Interrupted && r.Fault == "" {
			e.Stopped = b.recordRun(r)
		}
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for s, f := range b.entries {
		if !b.asked[s] && time.Since(f.Last) > forgetAfter {
			delete(b.entries, s)
		}
	}
	e.Set, e.Forget = b.factChanges()
	return e
}

// recordRun counts a failure of each organization whose calls got no answer, and
// ends the backoff of the others: an answer in which Clerk refuses a call is no
// outage. If several are down and nothing was done in any other, Clerk itself has
// failed, and no organization is counted. It returns the report's notes on
// organizations that stopped, with the consequence added.
func (b *Backoff) recordRun(r *sync.Report) []plan.Note {
	for _, s := range b.listed {
		if !r.Down[s.name] {
			b.recordSuccess(s)
		}
	}
	elsewhere := slices.ContainsFunc(r.Outcomes, func(o apply.Outcome) bool {
		return o.Result == apply.Done && !r.Down[o.Change.Organization]
	})
	if len(r.Down) > 1 && !elsewhere {
		return r.Stopped
	}
	notes := slices.Clone(r.Stopped)
	counted := map[string]bool{} // an organization may have stopped for two kinds of calls
	for i := range notes {
		note := &notes[i]
		if id := note.Organization; r.Down[id] && !counted[id] {
			counted[id] = true
			note.Text = b.recordFailure(subject{OfOrganization, id}, r.Plan.LabelOf(id), &backoffError{note.Text}).Error()
		}
	}
	return notes
}

// Waiting are the entries that are tried less often, sorted.
func (b *Backoff) Waiting() []Failing {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var all []Failing
	for _, f := range slices.SortedFunc(maps.Values(b.entries), func(a, b *Failing) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Name, b.Name))
	}) {
		if !f.Until.IsZero() {
			all = append(all, *f)
		}
	}
	return all
}
