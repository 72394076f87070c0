package plan

import "sync"

// Stage is a part of a run that takes time.
type Stage uint8

// The stages, in their order.
const (
	ReadSources Stage = iota + 1
	ReadClerk
	Applying
)

// String is the word in JSON.
func (s Stage) String() string {
	return [...]string{"", ReadSources: "read_sources", ReadClerk: "read_clerk", Applying: "apply"}[s]
}

// Unit is what a stage counts.
type Unit uint8

// The units. Reading Clerk counts three things, one after the other.
const (
	Sources Unit = iota + 1
	Organizations
	Memberships
	Users
	Changes
)

// String is the word in JSON.
func (u Unit) String() string {
	return [...]string{"", Sources: "sources", Organizations: "organizations", Memberships: "memberships", Users: "users", Changes: "changes"}[u]
}

// Progress says how far a stage is: Done of Total units. A Total of 0 is unknown.
type Progress struct {
	Stage       Stage
	Unit        Unit
	Done, Total int
	// Source is the source whose read has just ended, People are those that it
	// has, and Failed says that it could not be read.
	Source string
	People int
	Failed bool
	// Tally counts the changes that were sent, by kind.
	Tally Tally
}

// Tally counts changes by what became of them. Skipped ones were left out at the
// last moment.
type Tally struct {
	Joined, Invited, Changed, Left, Skipped, Failed int
}

// Count adds one change.
func (t *Tally) Count(action Action, reached, failed bool) {
	switch {
	case failed:
		t.Failed++
	case !reached:
		t.Skipped++
	case action == Add || action == CreateUser:
		t.Joined++
	case action == Invite:
		t.Invited++
	case action == Remove:
		t.Left++
	default:
		t.Changed++
	}
}

// Sum is how many changes were counted.
func (t Tally) Sum() int {
	return t.Joined + t.Invited + t.Changed + t.Left + t.Skipped + t.Failed
}

// Watcher receives the progress of a run. Several goroutines call it at once.
type Watcher interface{ Watch(p Progress) }

// WatchFunc is a function as a Watcher.
type WatchFunc func(Progress)

// Watch calls the function.
func (f WatchFunc) Watch(p Progress) { f(p) }

// Meter counts one unit of a stage. A nil Meter does nothing.
type Meter struct {
	watcher Watcher
	mu      sync.Mutex
	p       Progress
	passed  int
}

// NewMeter makes a meter; without a watcher it is nil.
func NewMeter(w Watcher, stage Stage, unit Unit) *Meter {
	if w == nil {
		return nil
	}
	return &Meter{watcher: w, p: Progress{Stage: stage, Unit: unit}}
}

// Expect adds to the total.
func (m *Meter) Expect(n int) { m.update(func() { m.p.Total += n }) }

// Add adds to what is done. Done never exceeds the total, even if a list is read
// again.
func (m *Meter) Add(n int) { m.update(func() { m.passed += n }) }

// Complete sets what was done in the end.
func (m *Meter) Complete(n int) { m.update(func() { m.passed, m.p.Total = n, n }) }

func (m *Meter) update(change func()) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
	m.p.Done = min(m.passed, m.p.Total)
	m.watcher.Watch(m.p)
}
