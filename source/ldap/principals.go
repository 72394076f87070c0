package ldap

import (
	"context"
	"slices"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// readMembersOfOthers reads what [source.Request].Members names: first the people, and then
// the groups among the rest.
func (r *resolver) readMembersOfOthers(ctx context.Context) error {
	var dns, sids []string
	for _, ref := range r.read.request.Members {
		switch {
		case source.IsDN(ref):
			dns = append(dns, ref)
		case r.read.domain != "":
			sids = append(sids, ref)
		}
	}
	if err := r.readPeopleByDN(ctx, dns); err != nil {
		return err
	}
	for batch := range slices.Chunk(sids, r.read.dir.cfg.BatchSize) {
		if err := r.readPeopleBy(ctx, people.AnyValue("objectSid", batch)); err != nil {
			return err
		}
	}
	first := len(r.index.groups)
	for _, ref := range slices.Concat(dns, sids) {
		if err := r.readInnerGroup(ctx, ref); err != nil {
			return err
		}
	}
	return r.resolveFrom(ctx, first)
}

// readInnerGroup reads a group within a group of another domain, unless the DN or SID is a
// person's. What is not there, or not for this bind to see, is no group.
func (r *resolver) readInnerGroup(ctx context.Context, ref string) error {
	isPerson := r.index.principals.Has(ref)
	if n, known := r.index.find(keyOf(ref)); isPerson || known && r.index.nodes[n].kind == people.KindPerson {
		return nil
	}
	q := wire.Query{Base: ref, Scope: ldap.ScopeBaseObject, Filter: r.read.schema.Groups, Attrs: r.read.groupAttributes()}
	if !source.IsDN(ref) {
		q.Base, q.Scope, q.Filter = r.read.root.ContextOf(r.read.userBase), ldap.ScopeWholeSubtree, people.And(q.Filter, people.AnyValue("objectSid", []string{ref}))
	}
	var found *wire.Entry
	err := r.read.server.Search(ctx, q, func(e *wire.Entry) error { found = e; return nil })
	switch {
	case wire.NotShown(err), err == nil && found == nil:
		return nil
	case err == nil:
		err = r.read.server.CompleteRanges(ctx, found)
	}
	if err != nil {
		return err
	}
	if r.read.schema.ClassifyMember(found) != people.KindGroup { // with its members: see there
		return nil
	}
	return r.index.addInner(found, ref)
}

// addInner takes a group within a group of another domain.
func (ix *memberIndex) addInner(e *wire.Entry, ref string) error {
	n, _ := ix.nodeOf(keyOf(e.DN), e.DN, false)
	if ix.nodes[n].kind != people.KindGroup {
		i, err := ix.addGroup(e)
		if err != nil {
			return err
		}
		ix.nodes[n].kind, ix.nodes[n].index = people.KindGroup, i
	}
	g := ix.groups[ix.nodes[n].index]
	g.innerAs = append(g.innerAs, ref)
	return nil
}

// bySID are the places of people in the snapshot.
func (ix *memberIndex) bySID(place []int) map[string]int {
	out := map[string]int{}
	for sid, n := range ix.principals.Nodes() {
		if ix.nodes[n].kind == people.KindPerson {
			out[sid] = place[ix.nodes[n].index]
		}
	}
	return out
}
