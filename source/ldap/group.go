package ldap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/sync/errgroup"

	"rollcall/source"
	"rollcall/source/internal/panics"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// groupAttributes are what a read of groups asks for.
func (r *session) groupAttributes() []string {
	list := []string{"objectClass", r.dir.cfg.GroupName}
	list = append(list, r.schema.Members...)
	list = append(list, r.schema.Names...)
	if r.schema.Name == people.SchemaAD {
		list = append(list, "objectSid") // for the members by primaryGroupID
	} else {
		list = append(list, "memberURL")
	}
	if r.primaryAttribute() == "gidNumber" {
		list = append(list, "gidNumber")
	}
	if r.stampAttr != "" {
		list = append(list, r.stampAttr)
	}
	return list
}

// wanted is one group that answered selectors, before its members are read.
type wanted struct {
	dn      string
	matches []source.Match
}

// findGroups finds the groups of the request's selectors, reads their members
// into the table, and lists the selectors that none answered. Names come
// first, without members: a pattern should not read every group below its base.
func (r *session) findGroups(ctx context.Context, index *memberIndex) ([]int, error) {
	list := &wantedList{byKey: map[string]*wanted{}}
	var missing []int
	for i, sel := range r.request.Groups {
		if sel.Source != "" && sel.Source != r.dir.name {
			continue
		}
		matched := false
		err := r.selectGroups(ctx, sel, func(dn string, captures map[string]string) {
			matched = true
			w := list.add(dn)
			w.matches = append(w.matches, source.Match{Selector: i, Captures: captures})
		})
		if err != nil {
			return nil, err
		}
		if !matched {
			missing = append(missing, i)
		}
	}
	if len(r.request.Groups) == 0 {
		if err := r.everyGroup(ctx, func(dn string) { list.add(dn) }); err != nil {
			return nil, err
		}
	}
	return missing, r.readGroups(ctx, index, list.order)
}

// wantedList holds each wanted group once, however often rules name it.
type wantedList struct {
	byKey map[string]*wanted
	order []*wanted
}

func (l *wantedList) add(dn string) *wanted {
	key := keyOf(dn)
	if l.byKey[key] == nil {
		l.byKey[key] = &wanted{dn: dn}
		l.order = append(l.order, l.byKey[key])
	}
	return l.byKey[key]
}

// selectGroups calls found for each group that one selector means.
func (r *session) selectGroups(ctx context.Context, sel source.Selector, found func(string, map[string]string)) error {
	switch {
	case sel.Pattern():
		return r.selectPattern(ctx, sel, found)
	case source.IsDN(sel.Name):
		return r.selectDN(ctx, sel.Name, found)
	}
	return r.selectName(ctx, sel.Name, found)
}

func (r *session) selectDN(ctx context.Context, dn string, found func(string, map[string]string)) error {
	seen := false
	q := wire.Query{Base: dn, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attrs: []string{"objectClass"}}
	err := r.server.Search(ctx, q, func(e *wire.Entry) error {
		seen = true
		if r.schema.Classify(e) != people.KindGroup {
			r.notes.Add(e.DN, "a rule names this entry as a group, but its object classes are %s", strings.Join(e.Get("objectClass"), ", "))
			return nil
		}
		found(e.DN, nil)
		return nil
	})
	if notHere(err) {
		err = nil
	}
	if err == nil && !seen {
		r.notes.Add(dn, "a rule names this group, but it does not exist, or the bind account cannot read it")
	}
	return err
}

// notHere is a base that this server does not hold or show. What a rule looks
// for there is missing, which holds that rule and leaves the others alone (S15).
func notHere(err error) bool {
	return wire.IsCode(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultReferral) && !errors.Is(err, wire.ErrContinues)
}

// selectName finds the one group of a name. Where several have it, none is
// meant: a person who may create groups anywhere in the tree could create a second one.
func (r *session) selectName(ctx context.Context, name string, found func(string, map[string]string)) error {
	var dns []string
	q := wire.Query{Base: r.groupBase, Scope: ldap.ScopeWholeSubtree, Attrs: []string{r.dir.cfg.GroupName},
		Filter: people.And(r.schema.Groups, "("+r.dir.cfg.GroupName+"="+ldap.EscapeFilter(name)+")"),
	}
	if err := r.server.Search(ctx, q, func(e *wire.Entry) error { dns = append(dns, e.DN); return nil }); err != nil {
		return err
	}
	if len(dns) > 1 {
		r.notes.Add("", "a rule names the group %q, but %d groups have that name (%s): use its DN", name, len(dns), strings.Join(dns, "; "))
		return nil
	}
	for _, dn := range dns {
		found(dn, nil)
	}
	return nil
}

// selectPattern matches whole names below the selector's base (S21).
func (r *session) selectPattern(ctx context.Context, sel source.Selector, found func(string, map[string]string)) error {
	if sel.Base == "" {
		return &source.FieldError{Path: "groups.base", Problem: fmt.Sprintf("missing: for the pattern %s, set the DN that contains the groups", sel)}
	}
	q := wire.Query{Base: sel.Base, Scope: ldap.ScopeWholeSubtree, Attrs: []string{r.dir.cfg.GroupName},
		Filter: people.And(r.schema.Groups, people.GlobPrefix(r.dir.cfg.GroupName, sel.Glob)),
	}
	err := r.server.Search(ctx, q, func(e *wire.Entry) error {
		if captures, ok := sel.MatchName(r.groupName(e)); ok {
			found(e.DN, captures)
		}
		return nil
	})
	if notHere(err) {
		r.notes.Add(sel.Base, "a rule searches for groups below this base, but it does not exist, or the bind account cannot read it")
		return nil
	}
	return err
}

func (r *session) everyGroup(ctx context.Context, found func(string)) error {
	q := wire.Query{Base: r.groupBase, Scope: ldap.ScopeWholeSubtree, Filter: r.schema.Groups, Attrs: []string{r.dir.cfg.GroupName}}
	return r.server.Search(ctx, q, func(e *wire.Entry) error { found(e.DN); return nil })
}

// manyGroups bounds the look for groups that were likely meant.
const manyGroups = 10_000

// meantGroups names, for groups that are missing, those that a slip of the
// finger or a move to another place may have made of them. It is a courtesy: a
// directory that does not answer it has been read all the same.
func (r *session) meantGroups(ctx context.Context, missing []int) map[int]string {
	if len(missing) == 0 {
		return nil
	}
	dns, names := map[string]string{}, []string{}
	q := wire.Query{Base: r.groupBase, Scope: ldap.ScopeWholeSubtree, Filter: r.schema.Groups, Attrs: []string{r.dir.cfg.GroupName}}
	err := r.server.Search(ctx, q, func(e *wire.Entry) error {
		name := r.groupName(e)
		if dn, ok := dns[name]; !ok || e.DN < dn {
			dns[name] = e.DN
			names = append(names, name)
		}
		if len(names) == manyGroups {
			return wire.ErrEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, wire.ErrEnough) {
		return nil
	}
	meant := map[int]string{}
	for _, i := range missing {
		sel := r.request.Groups[i]
		rdn, named := source.RDNValue(sel.Name, r.dir.cfg.GroupName)
		near := source.Nearest(cmp.Or(rdn, sel.Name), names)
		switch {
		case near == "" || sel.Pattern() || near == sel.Name: // of several called that, none is meant
		case named:
			meant[i] = dns[near]
		case !source.IsDN(sel.Name):
			meant[i] = near
		}
	}
	return meant
}

// groupName is what people call a group: the value in its DN where that is
// from the name attribute, since others of it have no order.
func (r *session) groupName(e *wire.Entry) string {
	values := e.Get(r.dir.cfg.GroupName)
	if len(values) > 1 {
		if v, ok := source.RDNValue(e.DN, r.dir.cfg.GroupName); ok {
			return v
		}
	}
	if len(values) == 0 {
		return e.DN
	}
	return people.Text(values[0])
}

// readGroups reads the members of groups, several at a time, each by its own
// DN: what is not there now was there a moment ago, so its absence is an error.
func (r *session) readGroups(ctx context.Context, index *memberIndex, list []*wanted) error {
	entries := make([]*wire.Entry, len(list))
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(r.dir.cfg.Connections)
	for i, w := range list {
		g.Go(func() (err error) {
			defer panics.Recover(&err)
			e, err := r.server.ReadOne(inner, wire.Query{Base: w.dn, Filter: "(objectClass=*)", Attrs: r.groupAttributes()})
			if err == nil && e == nil {
				err = &Error{
					Op: wire.OpSearch, Server: r.server.URL(), Base: w.dn, Filter: "(objectClass=*)",
					Code: ldap.LDAPResultNoSuchObject, Meaning: "the group disappeared during the read", Hint: "run again",
				}
			}
			entries[i] = e
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return ofParent(ctx, err)
	}
	for i, e := range entries {
		if err := index.addRoot(e, list[i]); err != nil {
			return err
		}
	}
	return nil
}

// ofParent is the error of a group of searches: the first that failed, and not
// the cancellation that it brought upon the others.
func ofParent(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return wire.Failure(ctx, Error{Op: wire.OpSearch}, err)
	}
	return err
}
