package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/sync/errgroup"
)

// What reading costs, in the time that one entry of a sweep takes. A request
// waits for its answer once; an entry found by a look-up costs the server the
// walk over an OR filter.
const (
	priceRequest = 20
	priceFound   = 3
	// sweepFrom is the number of members below which nobody sweeps.
	sweepFrom = 500
)

// resolve finds out what every listed value is, level by level, until no group
// lists anything new. A group is read once, so cycles end by themselves.
func (t *memberTable) resolve(ctx context.Context) error {
	if err := t.chain(ctx); err != nil {
		return err
	}
	primary := 0
	for depth := 0; ; depth++ {
		var err error
		if primary, err = t.primaryMembers(ctx, primary); err != nil {
			return err
		}
		todo := t.unread(t.fresh)
		t.fresh = nil
		if len(todo) == 0 {
			return nil
		}
		if depth > t.cfg.MaxDepth {
			return &LDAPError{
				Op: opSearch, Server: t.server.url, Base: t.nodes[todo[0]].ref, Filter: "(objectClass=*)", Code: codeDecoding,
				Meaning: fmt.Sprintf("groups are nested deeper than %d levels", t.cfg.MaxDepth),
				Hint:    "check the groups, or raise max_depth",
			}
		}
		if len(t.nodes) > t.cfg.MaxMembers {
			return t.tooMany(t.nodes[todo[0]].ref)
		}
		if err := t.readMembers(ctx, todo); err != nil {
			return ofParent(ctx, err)
		}
	}
}

func (t *memberTable) unread(list []int32) []int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []int32
	for _, n := range list {
		if t.nodes[n].kind == kindUnread {
			out = append(out, n)
		}
	}
	return out
}

// readMembers looks a level's values up: many by one sweep over all people,
// few and what the sweep left by batches, and what no batch shows each by its
// own DN, since only that tells why it is not shown (S10).
func (t *memberTable) readMembers(ctx context.Context, todo []int32) error {
	if len(todo) >= sweepFrom {
		if err := t.sweep(ctx, todo); err != nil {
			return err
		}
		todo = t.unread(todo)
	}
	if t.cfg.UserFilter != "" {
		if err := t.lookUp(ctx, todo, t.cfg.UserFilter, false); err != nil {
			return err
		}
		todo = t.unread(todo)
	}
	if err := t.lookUp(ctx, todo, "", t.cfg.UserFilter != ""); err != nil {
		return err
	}
	return t.readEach(ctx, t.unread(todo))
}

// sweep reads all people page by page and keeps those that are listed. How
// many there are is known only afterwards, so it stops once the entries that
// nobody asked for have cost as much as looking the remaining members up would
// (a ski rental: never more than about twice the cheaper way).
func (t *memberTable) sweep(ctx context.Context, todo []int32) error {
	left, wasted := len(todo), 0
	q := query{
		base: t.userBase, scope: ldap.ScopeWholeSubtree,
		filter: and(t.schema.users, t.cfg.UserFilter), attrs: t.personAttributes(),
	}
	err := t.search(ctx, q, func(e *entry) error {
		hits, err := t.offer(e)
		left -= hits
		if hits == 0 {
			wasted++
		}
		if err == nil && wasted > sweepFrom && wasted > t.lookUpPrice(left) {
			return errEnough
		}
		return err
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (t *memberTable) lookUpPrice(n int) int {
	batches := (n + t.cfg.BatchSize - 1) / t.cfg.BatchSize
	return batches*priceRequest + n*priceFound
}

// offer takes an entry if any group lists it, and counts what it answered.
func (t *memberTable) offer(e *entry) (hits int, err error) {
	if n, ok := t.find(t.key(e.dn)); ok {
		if t.nodes[n].kind == kindUnread {
			hits++
		}
		err = t.learn(e, -1, false)
	}
	if len(t.schema.names) == 0 {
		return hits, err
	}
	for _, name := range e.get(t.cfg.UserName) {
		n, ok := t.find(nameKey(name))
		if err != nil || !ok {
			continue
		}
		if t.nodes[n].kind == kindUnread {
			hits++
		}
		err = t.learn(e, n, false)
	}
	return hits, err
}

func (t *memberTable) find(key string) (int32, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.byKey[key]
	return n, ok
}

// lookUp reads values in batches, several at a time.
func (t *memberTable) lookUp(ctx context.Context, todo []int32, filter string, outside bool) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(t.cfg.Connections)
	for base, list := range t.byContext(todo) {
		for batch := range slices.Chunk(list, t.cfg.BatchSize) {
			g.Go(func() error { return t.lookUpBatch(inner, base, batch, filter, outside) })
		}
	}
	return g.Wait()
}

// byContext sorts values by the naming context to search; user names are
// looked for below the user base. A DN of no context is left out here.
func (t *memberTable) byContext(todo []int32) map[batchBase][]int32 {
	out := map[batchBase][]int32{}
	contexts := t.root.contexts
	if len(contexts) == 0 {
		contexts = []string{t.userBase}
	}
	for _, n := range todo {
		if t.nodes[n].name {
			b := batchBase{t.userBase, true}
			out[b] = append(out[b], n)
			continue
		}
		key := t.key(t.nodes[n].ref)
		best, length := "", -1
		for _, c := range contexts {
			if k := t.key(c); under(key, k) && len(k) > length && k != "" {
				best, length = c, len(k)
			}
		}
		if length >= 0 {
			b := batchBase{best, false}
			out[b] = append(out[b], n)
		}
	}
	return out
}

type batchBase struct {
	dn    string
	names bool
}

func (t *memberTable) lookUpBatch(ctx context.Context, base batchBase, batch []int32, filter string, outside bool) error {
	refs := make([]string, len(batch))
	for i, n := range batch {
		refs[i], _ = t.ref(n)
	}
	attr, only := t.schema.dnAttr, ""
	if base.names {
		attr, only = t.cfg.UserName, t.schema.users
	}
	q := query{base: base.dn, scope: ldap.ScopeWholeSubtree, filter: and(anyValue(attr, refs), only, filter), attrs: t.memberAttributes()}
	var found []*entry
	if err := t.search(ctx, q, func(e *entry) error { found = append(found, e); return nil }); err != nil {
		return err
	}
	for _, e := range found {
		if err := t.completeRanges(ctx, e); err != nil {
			return err
		}
		if !base.names {
			if err := t.learn(e, -1, outside); err != nil {
				return err
			}
			continue
		}
		for _, name := range e.get(t.cfg.UserName) {
			if n, ok := t.find(nameKey(name)); ok {
				if err := t.learn(e, n, outside); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ref is what a group lists, and whether it is a user name and no DN.
func (t *memberTable) ref(n int32) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.nodes[n].ref, t.nodes[n].name
}

// memberAttributes serve for whatever a DN turns out to be.
func (t *memberTable) memberAttributes() []string {
	list := t.personAttributes()
	for _, a := range t.groupAttributes() {
		if !containsFold(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// readEach reads what is left, one by one, and says of the rest why it is unknown.
func (t *memberTable) readEach(ctx context.Context, todo []int32) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(t.cfg.Connections)
	for _, n := range todo {
		g.Go(func() error { return t.readMember(inner, n) })
	}
	return g.Wait()
}

func (t *memberTable) readMember(ctx context.Context, n int32) error {
	ref, isName := t.ref(n)
	if isName {
		t.giveUp(n, fmt.Sprintf("no person with this %s below %s that this bind may see", t.cfg.UserName, t.userBase))
		return nil
	}
	e, err := t.readOne(ctx, query{base: ref, filter: or(t.cfg.UserFilter, "(objectClass=*)"), attrs: t.memberAttributes()})
	outside := false
	if err == nil && e == nil && t.cfg.UserFilter != "" {
		outside = true
		e, err = t.readOne(ctx, query{base: ref, filter: "(objectClass=*)", attrs: t.memberAttributes()})
	}
	if e != nil && err == nil {
		return t.learn(e, n, outside)
	}
	why, known := unreadWhy(err)
	if !known {
		return err
	}
	t.giveUp(n, why)
	return nil
}

func (t *memberTable) giveUp(n int32, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nodes[n].kind, t.nodes[n].why = kindUnusable, why
}

// primaryMembers adds those who are in a group by their primaryGroupID only,
// which Active Directory keeps out of member. from is the first group that was
// not asked for yet; the answer is the next.
func (t *memberTable) primaryMembers(ctx context.Context, from int) (int, error) {
	if t.root.kind != kindAD && t.schema.name != schemaAD {
		return len(t.groups), nil
	}
	byRID := map[string]*tableGroup{}
	var rids []string
	for _, g := range t.groups[from:] {
		if g.rid != 0 {
			rid := strconv.FormatUint(uint64(g.rid), 10)
			byRID[rid] = g
			rids = append(rids, rid)
		}
	}
	for batch := range slices.Chunk(rids, t.cfg.BatchSize) {
		q := query{
			base: or(t.root.base, t.userBase), scope: ldap.ScopeWholeSubtree, attrs: []string{"primaryGroupID"},
			filter: and(t.schema.users, anyValue("primaryGroupID", batch)),
		}
		err := t.search(ctx, q, func(e *entry) error {
			if g := byRID[e.first("primaryGroupID")]; g != nil {
				g.members = append(g.members, t.listed(t.key(e.dn), e.dn, false))
			}
			return nil
		})
		if err != nil {
			return from, err
		}
	}
	return len(t.groups), nil
}
