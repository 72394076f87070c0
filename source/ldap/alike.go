package ldap

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/remarks"
	"rollcall/source/ldap/internal/wire"
)

// mostAlike bounds the groups that look like those of rules, manyAlike their people.
const (
	mostAlike = 20
	manyAlike = 10_000
)

// alikeSearch looks for groups that no selector means, and whose names differ from one that a
// selector has only in blanks or punctuation.
type alikeSearch struct{ *session }

// people finds the people of such groups. It is a courtesy: a directory that does not answer
// it has been read all the same.
func (r alikeSearch) people(ctx context.Context) *source.Elsewhere {
	aside, dir := *r.session, *r.dir
	dir.cfg.MaxMembers = manyAlike
	aside.dir, aside.notes = &dir, remarks.New(r.dir.name) // nobody asked for these groups
	list, err := r.groups(ctx)
	if err != nil || len(list) == 0 {
		return nil
	}
	index := newMemberIndex(&aside)
	err = aside.readGroups(ctx, index, list)
	if err == nil {
		err = (&resolver{read: &aside, index: index}).resolve(ctx)
	}
	if err != nil {
		return nil
	}
	snap, err := index.snapshot()
	if err != nil {
		return nil
	}
	var names []string
	found := map[string]uint32{}
	for i := range snap.Groups {
		names = append(names, snap.Groups[i].Name)
		for _, m := range snap.Groups[i].Members {
			found[snap.People[m.Person].ID], found[snap.People[m.Person].Email] = uint32(i), uint32(i)
		}
	}
	return source.NewElsewhere(names, maps.All(found))
}

// groups are those with such names.
func (r alikeSearch) groups(ctx context.Context) ([]*wanted, error) {
	var names []string
	letters := map[string]bool{}
	for _, sel := range r.request.Groups {
		rdn, _ := source.RDNValue(sel.Name, r.dir.cfg.GroupName)
		if name := cmp.Or(rdn, sel.Name); source.Letters(name) != "" && (sel.Source == "" || sel.Source == r.dir.name) {
			names = append(names, name)
			letters[source.Letters(name)] = true
		}
	}
	list := &wantedList{byKey: map[string]*wanted{}}
	for batch := range slices.Chunk(names, r.dir.cfg.BatchSize) {
		q := wire.Query{Base: r.groupBase, Scope: ldap.ScopeWholeSubtree, Attrs: []string{r.dir.cfg.GroupName},
			Filter: people.And(r.schema.Groups, people.LikeFilter(r.dir.cfg.GroupName, batch)),
		}
		err := r.server.Search(ctx, q, func(e *wire.Entry) error {
			name := r.groupName(e)
			if letters[source.Letters(name)] && !slices.ContainsFunc(names, func(n string) bool { return source.SameName(n, name) }) {
				list.add(e.DN)
			}
			if len(list.order) == mostAlike {
				return wire.ErrEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, wire.ErrEnough) {
			return nil, err
		}
	}
	return list.order, nil
}
