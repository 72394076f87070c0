package source

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.uber.org/zap"
)

// ldapSource reads one directory over LDAP.
type ldapSource struct {
	name string
	cfg  LDAPConfig
	// canaries must be seen (S13).
	canaries Canaries
	email    emailTemplate
	domains  map[string]string
	dates    dates
	log      *zap.Logger
	net      network
	now      func() time.Time
}

// openLDAP makes the source; it connects at each Read, not before.
func openLDAP(cfg Config, o options) (Source, error) {
	s, err := newLDAP(*cfg.LDAP, cfg.Name)
	if err != nil {
		return nil, err
	}
	s.canaries = cfg.Canaries
	if o.logger != nil {
		s.log = o.logger
	}
	return s, nil
}

func newLDAP(cfg LDAPConfig, name string) (*ldapSource, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &ldapSource{
		name: name, cfg: cfg.withDefaults(), domains: map[string]string{},
		log: zap.NewNop(), net: realNetwork(), now: time.Now, dates: newDates(cfg.Timezone, cfg.DateFormat),
	}
	var err error
	if s.email, err = parseEmailTemplate(s.cfg.Email); err != nil {
		return nil, err
	}
	for from, to := range cfg.EmailDomainMap {
		from, err = foldDomain(from)
		if err != nil {
			return nil, err
		}
		if s.domains[from], err = foldDomain(to); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Name is the source's name in the configuration.
func (s *ldapSource) Name() string { return s.name }

// Read reads the groups that the selectors want, the groups inside them, and
// the people in those, from one server (S12). It answers with all of it or
// with an error, most often an [LDAPError] (S09).
func (s *ldapSource) Read(ctx context.Context, want Request) (*Snapshot, error) {
	r, err := s.open(ctx, want)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.read(ctx)
}

// read is the story of one read: the groups, what is in them, the snapshot.
func (r *session) read(ctx context.Context) (*Snapshot, error) {
	begun := r.now()
	if err := r.markNewest(ctx); err != nil {
		return nil, err
	}
	t := newMemberTable(r)
	missing, err := r.findGroups(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := t.resolve(ctx); err != nil {
		return nil, err
	}
	if err := t.seek(ctx); err != nil {
		return nil, err
	}
	snap, err := t.snapshot()
	if err != nil {
		return nil, err
	}
	if snap.MissingCanaries, err = t.missingCanaries(ctx, snap.People); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, ldapFailure(ctx, LDAPError{Op: opSearch, Server: r.server.url, Base: r.userBase}, err)
	}
	snap.Missing, snap.Meant = missing, r.meantGroups(ctx, missing)
	snap.Notes = r.sortedNotes()
	r.log.Debug("directory read", zap.String("source", r.name), zap.String("server", r.server.url),
		zap.Int("groups", len(snap.Groups)), zap.Int("people", len(snap.People)), zap.Duration("took", r.now().Sub(begun)))
	return snap, nil
}

// snapshot unfolds the groups and puts everything into an order that does not
// depend on which answer came first.
func (t *memberTable) snapshot() (*Snapshot, error) {
	snap := &Snapshot{Source: t.name, Server: t.server.url, StableIDs: true, Newest: t.newestChange(), Names: t.names, FoldNames: true}
	order := make([]int32, len(t.people))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Compare(t.people[a].Origin.DN, t.people[b].Origin.DN)
	})
	place := make([]int, len(order))
	snap.People = make([]Person, len(order))
	for i, o := range order {
		place[o] = i
		snap.People[i] = t.people[o]
		t.people[o] = Person{}
		snap.StableIDs = snap.StableIDs && snap.People[i].ID != ""
	}
	if err := t.unfold(snap, place); err != nil {
		return nil, err
	}
	slices.SortFunc(snap.Groups, func(a, b Group) int { return cmp.Compare(a.ID, b.ID) })
	if t.root.stale {
		// S12: a domain controller that has not caught up shows an older directory.
		snap.NoRemovals = append(snap.NoRemovals, t.server.url+" says that it is not synchronized with its partners yet (isSynchronized)")
	}
	return snap, nil
}
