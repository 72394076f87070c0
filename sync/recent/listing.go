package recent

import (
	"cmp"
	"errors"
	"sync"
	"time"

	"rollcall/clerkapi"
)

const (
	// MaxAge is how long the list of an organization serves.
	MaxAge = time.Hour
	// mostMemberships is how many memberships are kept. 100,000 take about 50 MB.
	mostMemberships = 100_000
)

// Listing is what the runs of one process have listed. It is for one process with one
// state directory; the zero value is empty. Its methods may be called at once.
type Listing struct {
	mu            sync.Mutex
	most          int    // memberships that are kept; 0 is mostMemberships
	instance      string // id
	run           int64  // the last run
	organizations map[string]*organization
	absent        map[string]time.Time // addresses and external ids that no account had, and when
	// present are the addresses and external ids of all accounts, if they were listed.
	present   map[string]bool
	presentAt time.Time
}

// organization is the list of one organization, and its changes since.
type organization struct {
	at      time.Time
	members map[string]clerkapi.Membership // by user
	// nameless are the memberships without a user.
	nameless []clerkapi.Membership
}

// isFresh reports whether what was read at a time may serve now. Only the wall clock goes on
// while a machine sleeps. What was read in the future shows that the clock was set back.
func isFresh(at, now time.Time) bool {
	age := now.Round(0).Sub(at.Round(0))
	return age >= 0 && age < MaxAge
}

func (o *organization) size() int { return len(o.members) + len(o.nameless) }

// begin begins a run, and reports whether the lists may serve it. A run of another
// process in between may have changed anything.
func (l *Listing) begin(run int64) Reason {
	l.mu.Lock()
	defer l.mu.Unlock()
	followed := l.run == run-1 || l.run == run // a run that is made again
	why := Reason("")
	switch {
	case len(l.organizations) == 0:
		why = NoListing
	case !followed:
		why = OtherRun
		l.forgetAll()
	}
	l.run = run
	return why
}

// belong ends the lists of another instance.
func (l *Listing) belong(instance string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.instance != instance {
		l.forgetAll()
	}
	l.instance = instance
}

// ToSave is a Listing that keeps no more than can be saved.
func ToSave() *Listing { return &Listing{most: mostSaved} }

func (l *Listing) limit() int { return cmp.Or(l.most, mostMemberships) }

func (l *Listing) forgetAll() { l.organizations, l.absent, l.present = nil, nil, nil }

// keep keeps the lists of organizations that were listed at a time. One that could not be
// listed is forgotten. If they are too many together, all are.
func (l *Listing) keep(listed map[string]clerkapi.OrganizationListing, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.organizations == nil {
		l.organizations = map[string]*organization{}
	}
	total := 0
	for id, one := range listed {
		if delete(l.organizations, id); one.Err == nil {
			total += len(one.Memberships)
		}
	}
	for _, o := range l.organizations {
		total += o.size()
	}
	if total > l.limit() {
		l.organizations = nil
		return
	}
	for id, one := range listed {
		if one.Err != nil {
			continue
		}
		o := &organization{at: at, members: make(map[string]clerkapi.Membership, len(one.Memberships))}
		for _, m := range one.Memberships {
			o.put(m)
		}
		l.organizations[id] = o
	}
}

func (o *organization) put(m clerkapi.Membership) {
	if m.UserID == "" {
		o.nameless = append(o.nameless, m)
		return
	}
	o.members[m.UserID] = m
}

// change notes the answer to a call that changes the membership of a user. If nobody can
// tell what the call has done, the organization is forgotten. A refusal changes nothing.
func (l *Listing) change(id, user string, now *clerkapi.Membership, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.organizations[id]
	switch {
	case o == nil, refused(err):
	case err == nil && now == nil:
		delete(o.members, user)
	case err != nil, len(now.Private) == 0: // without metadata nobody knows whose it is
		delete(l.organizations, id)
	default:
		m := *now
		m.OrganizationID, m.UserID = id, user
		o.members[user] = m
	}
}

// refused reports whether Clerk has refused a call, which was sent once.
func refused(err error) bool {
	e, ok := errors.AsType[*clerkapi.Error](err)
	return ok && e.Status >= 400 && e.Attempts == 1 && !clerkapi.OutcomeUnknown(err)
}
