package ldap

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"rollcall/source"
	"rollcall/source/internal/panics"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// Directory reads one directory over LDAP.
type Directory struct {
	name string
	cfg  Config
	// canaries must be seen (S13).
	canaries source.Canaries
	people   people.Config
	log      *zap.Logger
	network  wire.Network
	now      func() time.Time
}

// Open makes the source of a configuration; it connects at each Read, not
// before. log may be nil.
func Open(name string, cfg Config, canaries source.Canaries, log *zap.Logger) (*Directory, error) {
	d, err := newDirectory(cfg, name)
	if err != nil {
		return nil, err
	}
	d.canaries, d.log = canaries, cmp.Or(log, zap.NewNop()).Named("source")
	return d, nil
}

func newDirectory(cfg Config, name string) (*Directory, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	d := &Directory{name: name, cfg: cfg.withDefaults(), log: zap.NewNop(), network: wire.SystemNetwork(), now: time.Now}
	var err error
	d.people, err = d.cfg.people()
	return d, err
}

// Name is the source's name in the configuration.
func (d *Directory) Name() string { return d.name }

// Read reads the groups that the selectors want, the groups inside them, and
// the people in those, from one server (S12). It answers with all of it or
// with an error, most often an [Error] (S09). A panic is an error too.
func (d *Directory) Read(ctx context.Context, want source.Request) (snap *source.Snapshot, err error) {
	defer panics.Recover(&err)
	r, err := d.open(ctx, want)
	if err != nil {
		return nil, err
	}
	defer r.server.Close()
	return r.read(ctx)
}

// read is the story of one read: the groups, what is in them, the snapshot.
func (r *session) read(ctx context.Context) (*source.Snapshot, error) {
	begun := r.dir.now()
	if err := r.markNewest(ctx); err != nil {
		return nil, err
	}
	if err := r.readDomain(ctx); err != nil {
		return nil, err
	}
	index := newMemberIndex(r)
	missing, err := r.findGroups(ctx, index)
	if err != nil {
		return nil, err
	}
	resolver := resolver{read: r, index: index}
	if err := resolver.resolve(ctx); err != nil {
		return nil, err
	}
	if err := resolver.readPeopleByID(ctx); err != nil {
		return nil, err
	}
	search := canarySearch{r, index.mapper}
	snap, err := index.snapshot()
	if err != nil {
		return nil, err
	}
	if snap.MissingCanaries, err = search.missingCanaries(ctx, snap.People); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, wire.Failure(ctx, Error{Op: wire.OpSearch, Server: r.server.URL(), Base: r.userBase}, err)
	}
	snap.Missing, snap.Meant, snap.Alike = missing, r.meantGroups(ctx, missing), alikeSearch{r}.people(ctx)
	snap.Notes = r.notes.Sorted()
	r.dir.log.Debug("directory read", zap.String("source", r.dir.name), zap.String("server", r.server.URL()),
		zap.Int("groups", len(snap.Groups)), zap.Int("people", len(snap.People)), zap.Duration("took", r.dir.now().Sub(begun)))
	return snap, nil
}

// snapshot lists the people of each group and puts everything into an order that does not
// depend on which answer came first.
func (ix *memberIndex) snapshot() (*source.Snapshot, error) {
	snap := &source.Snapshot{Source: ix.read.dir.name, Server: ix.read.server.URL(), StableIDs: true, Revision: ix.newestChange(), Names: ix.read.names, FoldNames: true, Tree: ix.read.userBase, Domain: ix.read.domain, Inner: map[string]source.Group{}, Flat: ix.read.dir.cfg.Nested == "off"}
	order := make([]int32, len(ix.people))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Compare(ix.people[a].Origin.DN, ix.people[b].Origin.DN)
	})
	place := make([]int, len(order))
	snap.People = make([]source.Person, len(order))
	for i, o := range order {
		place[o] = i
		snap.People[i] = ix.people[o]
		ix.people[o] = source.Person{}
		snap.StableIDs = snap.StableIDs && snap.People[i].ID != ""
	}
	if err := flatten(ix, snap, place); err != nil {
		return nil, err
	}
	if snap.Domain != "" {
		snap.BySID = ix.bySID(place)
	}
	slices.SortFunc(snap.Groups, func(a, b source.Group) int { return cmp.Compare(a.ID, b.ID) })
	if ix.read.root.Stale {
		// S12: a domain controller that has not caught up shows an older directory.
		snap.NoRemovals = append(snap.NoRemovals, ix.read.server.URL()+" is not synchronized with its replication partners yet (isSynchronized)")
	}
	return snap, nil
}
