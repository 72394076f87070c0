package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/sync/exception"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/writers"
)

// Store reads and writes what runs leave behind.
type Store struct {
	Config    policy.Config
	Journal   Journal
	Run       int64
	Remembers bool
	Now       func() time.Time
	Clerk     ClerkClock
}

// Load reads the memory of earlier runs; nil without history.
func (r *Store) Load(ctx context.Context) (*Memory, error) {
	if !r.Remembers {
		return nil, nil
	}
	m := &Memory{}
	if r.Journal == nil {
		return m, nil
	}
	facts, err := r.Journal.Facts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	m.moved, facts = renameSources(facts, r.Config)
	if err := take(m, facts, r.Now()); err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	if m.pauses, err = r.Journal.Pauses(ctx); err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	if m.Approvals, err = r.Journal.Approvals(ctx); err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	if err := r.readRemovals(ctx, m); err != nil {
		return nil, err
	}
	if err := r.readCreations(ctx, m); err != nil {
		return nil, err
	}
	m.Clock, err = r.readClock(ctx)
	return m, err
}

// Memory is what earlier runs left for the decisions of this one (the rules
// marked H). A nil memory is a run without history.
type Memory struct {
	// Begun is false before the first apply. Foreign says that our markers were in
	// Clerk before this state existed, which knows nothing of those members (S31).
	Begun, Foreign bool
	mapped         []string                    // ids: see StateFact.Mapped (S21)
	Organizations  map[string]OrganizationFact // by id
	Pins           map[string]string           // id by slug (S22)
	Groups         map[string]GroupFact        // by key of the group (S17, S18)
	References     map[string]map[string]string
	servers        map[string]ServerFact     // by source (S12)
	files          map[string][]string       // by source (S11)
	Patterns       map[string]bool           // by pattern key (S21)
	Managed        map[string]ManagedFact    // by organization and user: Clerk's directory sync manages them (S19)
	Unlimited      map[string]UnlimitedFact  // by organization: when no seats were counted
	Writers        *writers.Known            // what else makes members; nil if it was never read
	Missing        map[string]MissingFact    // by organization and user: people who left, in grace (S29)
	Seen           map[string]time.Time      // by organization and user: when people who left were last in the directory
	Compared       ComparedFact              // when organizations were last compared with their sources
	Admins         map[string][]string       // by organization: users who are admins by the directory (S30)
	Decisions      map[string]plan.Decision  // by source, id and user: decisions on conflicts (S02)
	Movers         map[string]MoverFact      // by source and id: users who may have lost their last marker (S01)
	Invitations    map[string]InvitationFact // by organization and address: what was sent
	Hour           map[string][]time.Time    // by kind: when requests that invite were sent
	Refusals       map[string]RefusalFact    // by organization and reason: what Clerk refused to whole organizations (S39)
	DueLeavers     map[string]LeaverFact     // by user: people whose accounts the leaver ladder has not finished with
	Unreadable     UnreadableSince           // members of groups that cannot be read (S10)
	Settled        map[string]bool           // by number: grants that are over and have left nothing
	Clock          clock
	// CreatedFor are the ids of the people for whom runs have created users, by user.
	CreatedFor map[string]plan.DirectoryID
	facts      map[string]bool // by kind and key: what the journal has
	// moved are the facts under a source's former name, and under the present one.
	moved []movedFact
	// removals are by organization and user, or address; leavers are organizations.
	removals   map[string]Removal
	leavers    map[string]bool
	pauses     []journal.Pause
	Approvals  []journal.Approval
	Exceptions []exception.Exception
}

// HasBegun reports whether a run has changed Clerk before this one.
func (m *Memory) HasBegun() bool { return m != nil && m.Begun }

// take puts each fact into the table of its kind. A kind without a table is of
// a later version and is ignored.
func take(m *Memory, facts []journal.Fact, now time.Time) error {
	tables := tables(m, now)
	m.facts = make(map[string]bool, len(facts))
	for i := range facts {
		f := &facts[i]
		m.facts[factKey(f.Kind, f.Key)] = true
		if take := tables[f.Kind]; take != nil {
			if err := take(f); err != nil {
				return fmt.Errorf("the %s fact %q: %w", f.Kind, f.Key, err)
			}
		}
	}
	return nil
}

// tables lists what reads the facts of each kind.
func tables(m *Memory, now time.Time) map[string]func(*journal.Fact) error {
	return map[string]func(*journal.Fact) error{
		FactState: func(f *journal.Fact) error {
			state, err := decode[StateFact](f)
			m.Begun, m.Foreign, m.mapped = true, state.Foreign, state.Mapped
			return err
		},
		FactOrganization: table(&m.Organizations),
		FactPin:          table(&m.Pins),
		FactGroup:        table(&m.Groups),
		FactReferences:   table(&m.References),
		FactServer:       table(&m.servers),
		FactFiles:        table(&m.files),
		FactPattern:      tableOf(&m.Patterns, func(*journal.Fact) (bool, error) { return true, nil }),
		FactManaged:      tableOf(&m.Managed, func(f *journal.Fact) (ManagedFact, error) { return managedFact(f, now) }),
		FactMissing:      table(&m.Missing),
		FactSeen:         table(&m.Seen),
		FactCompared: func(f *journal.Fact) (err error) {
			m.Compared, err = decode[ComparedFact](f)
			return err
		},
		FactAdmins:     table(&m.Admins),
		factDecided:    table(&m.Decisions),
		FactMover:      table(&m.Movers),
		FactInvitation: table(&m.Invitations),
		FactHour:       table(&m.Hour),
		FactRefusal:    table(&m.Refusals),
		FactSeats:      table(&m.Unlimited),
		FactWriters: func(f *journal.Fact) (err error) {
			m.Writers, err = decode[*writers.Known](f)
			return err
		},
		FactSettled:    table(&m.Settled),
		FactLeaver:     table(&m.DueLeavers),
		FactUnreadable: table((*map[string]map[string]time.Time)(&m.Unreadable)),
	}
}

// table reads the values of facts into a map by key.
func table[V any](into *map[string]V) func(*journal.Fact) error {
	return tableOf(into, decode[V])
}

// tableOf reads into a map by key what value makes of each fact. The map stays
// nil, which reads as empty, until there is a fact.
func tableOf[V any](into *map[string]V, value func(*journal.Fact) (V, error)) func(*journal.Fact) error {
	return func(f *journal.Fact) error {
		if *into == nil {
			*into = map[string]V{}
		}
		v, err := value(f)
		(*into)[f.Key] = v
		return err
	}
}

// decode reads the value of a fact.
func decode[V any](f *journal.Fact) (v V, err error) {
	err = json.Unmarshal(f.Value, &v)
	return v, err
}

// factKey is a fact's key among the facts of all kinds.
func factKey(kind, key string) string { return kind + "\x00" + key }

// OrganizationsOf lists the organizations that a source fed when it was last
// read completely. It is not ok if nothing is known of the source (S14).
func (m *Memory) OrganizationsOf(source string) (ids []string, ok bool) {
	if !m.Knows(source) {
		return nil, false
	}
	for id, o := range m.Organizations {
		if slices.Contains(o.Sources, source) {
			ids = append(ids, id)
		}
	}
	ids = append(ids, m.OrganizationsByGroup(source)...)
	slices.Sort(ids)
	return slices.Compact(ids), true
}

// Knows reports whether earlier runs know which organizations a source feeds. A
// state that began with markers knows it from the first run on that applied all
// that a group of the source leads to (S14, S31).
func (m *Memory) Knows(source string) bool {
	switch {
	case m == nil || !m.Begun:
		return false
	case len(m.OrganizationsByGroup(source)) > 0:
		return true
	case m.Foreign:
		return false
	}
	for _, o := range m.Organizations {
		if slices.Contains(o.Sources, source) {
			return true
		}
	}
	return false
}

// OrganizationsByGroup lists the organizations that groups or rows of a source
// led to in its last good run. Sources that only know people of the organization
// under other names are not among them.
func (m *Memory) OrganizationsByGroup(source string) (ids []string) {
	if m == nil {
		return nil
	}
	for key, g := range m.Groups {
		if of, _, _ := strings.Cut(key, "\x1f"); of == source {
			ids = append(ids, g.Organizations...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
