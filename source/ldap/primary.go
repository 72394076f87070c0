package ldap

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// primaryAttribute is the attribute of a person that names the person's primary
// group, which that group does not list; "" where there is none.
func (r *session) primaryAttribute() string {
	switch {
	case r.root.Kind == people.KindAD || r.schema.Name == people.SchemaAD:
		return "primaryGroupID"
	case r.dir.cfg.PrimaryGroups:
		return "gidNumber"
	}
	return ""
}

// primaryMembers adds those who are in a group as their primary group only. from is
// the first group that was not asked for yet; the answer is the next.
func (r *resolver) primaryMembers(ctx context.Context, from int) (int, error) {
	attr := r.read.primaryAttribute()
	if attr == "" {
		return len(r.index.groups), nil
	}
	groups := map[string][]*groupNode{}
	for _, g := range r.index.groups[from:] {
		if g.primary != "" {
			groups[g.primary] = append(groups[g.primary], g)
		}
	}
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(groups)), r.read.dir.cfg.BatchSize) {
		q := wire.Query{Base: cmp.Or(r.read.root.Base, r.read.userBase), Scope: ldap.ScopeWholeSubtree, Attrs: []string{attr},
			Filter: people.And(r.read.schema.Users, people.AnyValue(attr, batch)),
		}
		err := r.read.server.Search(ctx, q, func(e *wire.Entry) error {
			for _, g := range groups[e.First(attr)] {
				g.members = append(g.members, r.index.listed(keyOf(e.DN), e.DN, false))
			}
			return nil
		})
		if err != nil {
			return from, err
		}
	}
	return len(r.index.groups), nil
}
