package ldap

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// What reading costs, in the time that one entry of a scan takes. A request
// waits for its answer once; an entry found by a look-up costs the server the
// walk over an OR filter.
const (
	priceRequest = 20
	priceFound   = 3
	// scanFrom is the number of members below which no scan is made.
	scanFrom = 500
)

// resolver finds out what the listed values are. It asks the server in several
// searches side by side; only one goroutine writes to the index.
type resolver struct {
	read  *session
	index *memberIndex
}

// resolve finds out what every listed value is, level by level, until no group
// lists anything new. A group is read once, so cycles end by themselves.
func (r *resolver) resolve(ctx context.Context) error {
	if err := r.chain(ctx); err != nil {
		return err
	}
	return r.resolveFrom(ctx, 0)
}

// resolveFrom is resolve for the groups from one on, step by step.
func (r *resolver) resolveFrom(ctx context.Context, primary int) error {
	for depth := 0; ; depth++ {
		var err error
		if primary, err = r.primaryMembers(ctx, primary); err != nil {
			return err
		}
		todo := r.index.unread(r.index.fresh)
		r.index.fresh = nil
		if len(todo) == 0 {
			return nil
		}
		if depth > r.read.dir.cfg.MaxDepth {
			return &Error{
				Op: wire.OpSearch, Server: r.read.server.URL(), Base: r.index.nodes[todo[0]].ref, Filter: "(objectClass=*)", Code: wire.CodeDecoding,
				Meaning: fmt.Sprintf("groups are nested deeper than %d levels", r.read.dir.cfg.MaxDepth),
				Hint:    "check the groups, or raise max_depth",
			}
		}
		if len(r.index.nodes) > r.read.dir.cfg.MaxMembers {
			return r.read.tooMany(r.index.nodes[todo[0]].ref)
		}
		if err := r.readMembers(ctx, todo); err != nil {
			return ofParent(ctx, err)
		}
	}
}

// readMembers looks a level's values up: many by one scan over all people,
// few and what the scan left by batches, and what no batch shows each by its
// own DN, since only that tells why it is not shown (S10).
func (r *resolver) readMembers(ctx context.Context, level []int32) error {
	todo := level
	if len(todo) >= scanFrom {
		if err := r.scanPeople(ctx, todo); err != nil {
			return err
		}
		todo = r.index.unread(todo)
	}
	if r.read.dir.cfg.UserFilter != "" {
		if err := r.lookUp(ctx, todo, r.read.dir.cfg.UserFilter, false); err != nil {
			return err
		}
		todo = r.index.unreadOrNamed(level)
	}
	if err := r.lookUp(ctx, todo, "", r.read.dir.cfg.UserFilter != ""); err != nil {
		return err
	}
	return r.readEach(ctx, r.index.unread(todo))
}

// scanPeople reads all people page by page and keeps those that are listed. How
// many there are is known only afterwards, so it stops once the entries that
// no group lists have cost as much as looking the remaining members up would
// (a ski rental: never more than about twice the cheaper way).
func (r *resolver) scanPeople(ctx context.Context, todo []int32) error {
	left, wasted := len(todo), 0
	q := wire.Query{Base: r.read.userBase, Scope: ldap.ScopeWholeSubtree,
		Filter: people.And(r.read.schema.Users, r.read.dir.cfg.UserFilter), Attrs: r.index.mapper.Attributes(),
	}
	err := r.read.server.Search(ctx, q, func(e *wire.Entry) error {
		hits, err := r.offer(e)
		left -= hits
		if hits == 0 {
			wasted++
		}
		if err == nil && wasted > scanFrom && wasted > r.lookUpPrice(left) {
			return wire.ErrEnough
		}
		return err
	})
	if errors.Is(err, wire.ErrEnough) {
		r.index.forgetNames(todo)
		return nil
	}
	return err
}

func (r *resolver) lookUpPrice(n int) int {
	batches := (n + r.read.dir.cfg.BatchSize - 1) / r.read.dir.cfg.BatchSize
	return batches*priceRequest + n*priceFound
}

// offer takes an entry if any group lists it, and counts what it answered. What the scan
// shows in part is left to the batches, which read it whole (S09).
func (r *resolver) offer(e *wire.Entry) (hits int, err error) {
	if r.read.schema.InPart(e) {
		return 0, nil
	}
	if n, ok := r.index.find(keyOf(e.DN)); ok {
		if r.index.nodes[n].kind == people.KindUnread {
			hits++
		}
		err = r.index.learn(e, -1, false)
	}
	if len(r.read.schema.Names) == 0 {
		return hits, err
	}
	for _, name := range e.Get(r.read.dir.cfg.UserName) {
		n, ok := r.index.find(source.NameKey(name))
		if err != nil || !ok {
			continue
		}
		if r.index.nodes[n].kind == people.KindUnread {
			hits++
		}
		err = r.index.learn(e, n, false)
	}
	return hits, err
}
