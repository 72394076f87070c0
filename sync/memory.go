package sync

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rollcall/sync/journal"
)

// memory is what earlier runs left for this one to judge by (the rules marked
// H). A nil memory is a run without history.
type memory struct {
	// begun is false before the first apply, foreign true when our markers were
	// in Clerk before this state was: it knows nothing of those members (S31).
	begun, foreign bool
	organizations  map[string]organizationFact // by id
	pins           map[string]string           // id by slug (S22)
	groups         map[string]groupFact        // by feed key (S17, S18)
	references     map[string]map[string]string
	servers        map[string]serverFact     // by source (S12)
	files          map[string][]string       // by source (S11)
	patterns       map[string]bool           // by pattern key (S21)
	managed        map[string]bool           // by organization and user: Clerk's own directory sync has them (S19)
	missing        map[string]missingFact    // by organization and user: who left, and waits (S29)
	admins         map[string][]string       // by organization: the users who are admins as the directory wants (S30)
	decided        map[string]Decision       // by source, id and user: what an admin said of a conflict (S02)
	movers         map[string]moverFact      // by source and id: users who may have lost their last marker (S01)
	invitations    map[string]invitationFact // by organization and address: what was sent
	hour           map[string][]time.Time    // by kind: when requests that invite were sent
	clock          clock
	facts          map[string]journal.Fact
	pauses         []journal.Pause
	approved       []journal.Approval
}

// approvals are those of the command line and those of the journal (S23).
func (m *memory) approvals(run Run, now time.Time) *approvals {
	if m == nil {
		return newApprovals(run.Approve, nil, now)
	}
	return newApprovals(run.Approve, m.approved, now)
}

// The kinds of facts.
const (
	factState        = "state"
	factOrganization = "organization"
	factPin          = "pin"
	factGroup        = "group"
	factReferences   = "references"
	factServer       = "server"
	factFiles        = "files"
	factPattern      = "pattern"
	factManaged      = "managed"
	factMissing      = "missing"
	factAdmins       = "admins"
	factDecided      = "decided"
	factMover        = "mover"
	factInvitation   = "invitation"
	factHour         = "invitation_hour"
)

// stateFact is how the state began (S31).
type stateFact struct {
	Foreign bool `json:"began_with_markers"`
}

// organizationFact is what is known of an organization that runs have managed.
type organizationFact struct {
	Slug string `json:"slug"`
	// Sources fed it in the last run that applied all of it (S14, S15).
	Sources []string `json:"sources"`
	// Rules is the hash of the sections rules and sources that it was last
	// applied under, whole (S20).
	Rules string `json:"rules,omitempty"`
	// Trusted says that a run has applied all of it under this state (S31).
	Trusted bool `json:"trusted,omitempty"`
}

// groupFact is how many members a group had, oldest first: the newest count
// that is a day old, and those since (S17, S18).
type groupFact struct {
	Name          string      `json:"name"`
	Organizations []string    `json:"organizations"` // ids
	Counts        []pastCount `json:"counts"`
}

type pastCount struct {
	At    time.Time `json:"at"`
	Count int       `json:"count"`
}

// serverFact is the server that was read last, and the newest change it showed (S12).
type serverFact struct {
	Server string `json:"server"`
	Newest string `json:"newest"`
}

// managedLife is how long a refusal by Clerk's own directory sync is believed.
const managedLife = 7 * 24 * time.Hour

// remembered reads the memory of earlier runs; nil without history.
func (r *Reconciler) remembered(ctx context.Context) (*memory, error) {
	if !r.remembers {
		return nil, nil
	}
	m := &memory{organizations: map[string]organizationFact{}, pins: map[string]string{}, groups: map[string]groupFact{},
		references: map[string]map[string]string{}, servers: map[string]serverFact{}, files: map[string][]string{},
		patterns: map[string]bool{}, managed: map[string]bool{},
		missing: map[string]missingFact{}, admins: map[string][]string{}, decided: map[string]Decision{}, movers: map[string]moverFact{},
		invitations: map[string]invitationFact{}, hour: map[string][]time.Time{}, facts: map[string]journal.Fact{}}
	if r.journal == nil {
		return m, nil
	}
	facts, err := r.journal.Facts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	for _, f := range facts {
		if err := m.take(f, r.now()); err != nil {
			return nil, fmt.Errorf("read the journal: the %s fact %q: %w", f.Kind, f.Key, err)
		}
	}
	if m.pauses, err = r.journal.Pauses(ctx); err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	if m.approved, err = r.journal.Approvals(ctx); err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	m.clock, err = r.readClock(ctx)
	return m, err
}

func (m *memory) take(f journal.Fact, now time.Time) error {
	m.facts[f.Kind+"\x00"+f.Key] = f
	switch f.Kind {
	case factState:
		var state stateFact
		err := json.Unmarshal(f.Value, &state)
		m.begun, m.foreign = true, state.Foreign
		return err
	case factOrganization:
		return keep(m.organizations, f)
	case factPin:
		return keep(m.pins, f)
	case factGroup:
		return keep(m.groups, f)
	case factReferences:
		return keep(m.references, f)
	case factServer:
		return keep(m.servers, f)
	case factFiles:
		return keep(m.files, f)
	case factPattern:
		m.patterns[f.Key] = true
	case factManaged:
		m.managed[f.Key] = now.Sub(f.At) < managedLife
	case factMissing:
		return keep(m.missing, f)
	case factAdmins:
		return keep(m.admins, f)
	case factDecided:
		return keep(m.decided, f)
	case factMover:
		return keep(m.movers, f)
	case factInvitation:
		return keep(m.invitations, f)
	case factHour:
		return keep(m.hour, f)
	}
	return nil
}

func keep[V any](in map[string]V, f journal.Fact) error {
	var v V
	err := json.Unmarshal(f.Value, &v)
	in[f.Key] = v
	return err
}

// fed lists the organizations that a source fed when last all was well; it is
// not ok when nothing is known of the source (S14).
func (m *memory) fed(source string) (ids []string, ok bool) {
	if m == nil || m.foreign || !m.begun {
		return nil, false
	}
	for id, o := range m.organizations {
		if slices.Contains(o.Sources, source) {
			ids, ok = append(ids, id), true
		}
	}
	slices.Sort(ids)
	return ids, ok
}

// base is how many members the group had when the window began, or when it was
// first seen.
func (g groupFact) base(now time.Time) int {
	n := 0
	for i, c := range g.Counts {
		if i == 0 || !c.At.After(now.Add(-window)) {
			n = c.Count
		}
	}
	return n
}

// with adds a count and forgets what lies before the window, but for the last.
func (g groupFact) with(now time.Time, count int) []pastCount {
	counts := g.Counts
	for len(counts) > 1 && !counts[1].At.After(now.Add(-window)) {
		counts = counts[1:]
	}
	if len(counts) > 0 && counts[len(counts)-1].Count == count {
		return counts
	}
	return append(slices.Clone(counts), pastCount{now.UTC().Truncate(time.Second), count})
}
