package source

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/sync/errgroup"
)

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
