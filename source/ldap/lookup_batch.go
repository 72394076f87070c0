package ldap

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/parallel"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// batch is a part of the values to look up, below one base.
type batch struct {
	base batchBase
	refs []string
}

// lookUp reads values in batches, several at a time.
func (r *resolver) lookUp(ctx context.Context, todo []int32, filter string, outside bool) error {
	var batches []batch
	for base, list := range r.byContext(todo) {
		for part := range slices.Chunk(list, r.read.dir.cfg.BatchSize) {
			b := batch{base: base, refs: make([]string, len(part))}
			for i, n := range part {
				b.refs[i] = r.index.nodes[n].ref
			}
			batches = append(batches, b)
		}
	}
	attributes := r.memberAttributes()
	return parallel.Each(ctx, r.read.dir.cfg.Connections, batches,
		func(ctx context.Context, b batch) ([]*wire.Entry, error) {
			return r.readBatch(ctx, b, filter, attributes)
		},
		func(b batch, found []*wire.Entry) error { return r.learnBatch(b, found, outside) })
}

// byContext sorts values by the naming context to search; user names are
// looked for below the user base. A DN of no context is left out here.
func (r *resolver) byContext(todo []int32) map[batchBase][]int32 {
	out := map[batchBase][]int32{}
	contexts := r.read.root.Contexts
	if len(contexts) == 0 {
		contexts = []string{r.read.userBase}
	}
	keys := make([]string, len(contexts))
	for i, c := range contexts {
		keys[i] = keyOf(c)
	}
	for _, n := range todo {
		if r.index.nodes[n].name {
			b := batchBase{r.read.userBase, true}
			out[b] = append(out[b], n)
			continue
		}
		key := keyOf(r.index.nodes[n].ref)
		best, length := "", -1
		for i, c := range contexts {
			if k := keys[i]; source.Under(key, k) && len(k) > length && k != "" {
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

// readBatch searches for the values of a batch.
func (r *resolver) readBatch(ctx context.Context, b batch, filter string, attributes []string) ([]*wire.Entry, error) {
	attr, only := r.read.schema.DNAttr, ""
	if b.base.names {
		attr, only = r.read.dir.cfg.UserName, r.read.schema.Users
	}
	q := wire.Query{Base: b.base.dn, Scope: ldap.ScopeWholeSubtree, Filter: people.And(people.AnyValue(attr, b.refs), only, filter), Attrs: attributes}
	return r.read.server.ReadAll(ctx, q)
}

// learnBatch takes what a batch found.
func (r *resolver) learnBatch(b batch, found []*wire.Entry, outside bool) error {
	for _, e := range found {
		if !b.base.names {
			if err := r.index.learn(e, -1, outside); err != nil {
				return err
			}
			continue
		}
		for _, name := range e.Get(r.read.dir.cfg.UserName) {
			if n, ok := r.index.find(source.NameKey(name)); ok {
				if err := r.index.learn(e, n, outside); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// memberAttributes serve for whatever a DN turns out to be.
func (r *resolver) memberAttributes() []string {
	list := r.index.mapper.Attributes()
	for _, a := range r.read.groupAttributes() {
		if !people.ContainsFold(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// readEach reads what is left, one by one, and says of the rest why it is unknown.
func (r *resolver) readEach(ctx context.Context, todo []int32) error {
	attributes := r.memberAttributes()
	refs := make([]string, 0, len(todo))
	var rest []int32
	for _, n := range todo {
		if r.index.nodes[n].name {
			r.index.giveUp(n, fmt.Sprintf("no person below %s has this %s, or the bind account cannot read that person", r.read.userBase, r.read.dir.cfg.UserName))
			continue
		}
		refs, rest = append(refs, r.index.nodes[n].ref), append(rest, n)
	}
	places := make([]int, len(refs))
	for i := range places {
		places[i] = i
	}
	return parallel.Each(ctx, r.read.dir.cfg.Connections, places,
		func(ctx context.Context, i int) (member, error) { return r.readMember(ctx, refs[i], attributes) },
		func(i int, m member) error {
			if m.entry == nil {
				r.index.giveUp(rest[i], m.why)
				return nil
			}
			return r.index.learn(m.entry, rest[i], m.outside)
		})
}

// member is what one listed DN turned out to be: an entry, or why there is none.
type member struct {
	entry *wire.Entry
	// outside says that only user_filter leaves the person out.
	outside bool
	why     string
}

func (r *resolver) readMember(ctx context.Context, dn string, attributes []string) (member, error) {
	filter := r.read.dir.cfg.UserFilter
	e, err := r.read.server.ReadOne(ctx, wire.Query{Base: dn, Filter: cmp.Or(filter, "(objectClass=*)"), Attrs: attributes})
	outside := false
	if err == nil && e == nil && filter != "" {
		outside = true
		e, err = r.read.server.ReadOne(ctx, wire.Query{Base: dn, Filter: "(objectClass=*)", Attrs: attributes})
	}
	if e != nil && err == nil {
		return member{entry: e, outside: outside}, nil
	}
	why, known := wire.UnreadWhy(err)
	if !known {
		return member{}, err
	}
	return member{why: why}, nil
}
