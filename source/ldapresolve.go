package source

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
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
