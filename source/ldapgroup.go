package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/sync/errgroup"
)

// groupAttributes are what a read of groups asks for.
func (r *session) groupAttributes() []string {
	list := []string{"objectClass", r.cfg.GroupName}
	list = append(list, r.schema.members...)
	list = append(list, r.schema.names...)
	if r.schema.name == schemaAD {
		list = append(list, "objectSid") // for the members by primaryGroupID
	}
	if r.stampAttr != "" {
		list = append(list, r.stampAttr)
	}
	return list
}

// wanted is one group that answered selectors, before its members are read.
type wanted struct {
	dn      string
	matches []Match
}

// findGroups finds the groups of the request's selectors, reads their members
// into the table, and lists the selectors that none answered. Names come
// first, without members: a pattern should not read every group below its base.
func (r *session) findGroups(ctx context.Context, t *memberTable) ([]int, error) {
	list := &wantedList{table: t, byKey: map[string]*wanted{}}
	var missing []int
	for i, sel := range r.request.Groups {
		if sel.Source != "" && sel.Source != r.name {
			continue
		}
		matched := false
		err := r.selectGroups(ctx, sel, func(dn string, captures map[string]string) {
			matched = true
			w := list.add(dn)
			w.matches = append(w.matches, Match{Selector: i, Captures: captures})
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
	return missing, r.readGroups(ctx, t, list.order)
}

// wantedList holds each wanted group once, however often rules name it.
type wantedList struct {
	table *memberTable
	byKey map[string]*wanted
	order []*wanted
}

func (l *wantedList) add(dn string) *wanted {
	key := l.table.key(dn)
	if l.byKey[key] == nil {
		l.byKey[key] = &wanted{dn: dn}
		l.order = append(l.order, l.byKey[key])
	}
	return l.byKey[key]
}

// selectGroups calls found for each group that one selector means.
func (r *session) selectGroups(ctx context.Context, sel Selector, found func(string, map[string]string)) error {
	switch {
	case sel.Pattern():
		return r.selectPattern(ctx, sel, found)
	case isDN(sel.Name):
		return r.selectDN(ctx, sel.Name, found)
	}
	return r.selectName(ctx, sel.Name, found)
}

func (r *session) selectDN(ctx context.Context, dn string, found func(string, map[string]string)) error {
	seen := false
	q := query{base: dn, scope: ldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{"objectClass"}}
	err := r.search(ctx, q, func(e *entry) error {
		seen = true
		if r.schema.classify(e) != kindGroup {
			r.note(e.dn, "a rule names this entry as a group, but it is of the classes %s", strings.Join(e.get("objectClass"), ", "))
			return nil
		}
		found(e.dn, nil)
		return nil
	})
	if notHere(err) {
		err = nil
	}
	if err == nil && !seen {
		r.note(dn, "a rule names this group, and there is none, or this bind may not see it")
	}
	return err
}

// notHere is a base that this server does not hold or show. What a rule looks
// for there is missing, which holds that rule and leaves the others alone (S15).
func notHere(err error) bool {
	return isCode(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultReferral) && !errors.Is(err, errContinues)
}

// selectName finds the one group of a name. Where several have it, none is
// meant: anybody who may make groups in some corner could make a second one.
func (r *session) selectName(ctx context.Context, name string, found func(string, map[string]string)) error {
	var dns []string
	q := query{
		base: r.groupBase, scope: ldap.ScopeWholeSubtree, attrs: []string{r.cfg.GroupName},
		filter: and(r.schema.groups, "("+r.cfg.GroupName+"="+ldap.EscapeFilter(name)+")"),
	}
	if err := r.search(ctx, q, func(e *entry) error { dns = append(dns, e.dn); return nil }); err != nil {
		return err
	}
	if len(dns) > 1 {
		r.note("", "a rule names the group %q, and %d groups are called that (%s): name it by its DN", name, len(dns), strings.Join(dns, "; "))
		return nil
	}
	for _, dn := range dns {
		found(dn, nil)
	}
	return nil
}

// selectPattern matches whole names below the selector's base (S21).
func (r *session) selectPattern(ctx context.Context, sel Selector, found func(string, map[string]string)) error {
	if sel.Base == "" {
		return &FieldError{Path: "groups.base", Problem: fmt.Sprintf("missing: the pattern %s needs the DN below which its groups are", sel)}
	}
	q := query{
		base: sel.Base, scope: ldap.ScopeWholeSubtree, attrs: []string{r.cfg.GroupName},
		filter: and(r.schema.groups, globPrefix(r.cfg.GroupName, sel.Glob)),
	}
	err := r.search(ctx, q, func(e *entry) error {
		if captures, ok := sel.MatchName(r.groupName(e)); ok {
			found(e.dn, captures)
		}
		return nil
	})
	if notHere(err) {
		r.note(sel.Base, "a rule looks for groups below this base, and there is none, or this bind may not see it")
		return nil
	}
	return err
}

// globPrefix lets the server leave out what cannot match.
func globPrefix(attr, glob string) string {
	prefix := glob
	if i := strings.IndexAny(glob, `*?[\`); i >= 0 {
		prefix = glob[:i]
	}
	if prefix == "" {
		return ""
	}
	return "(" + attr + "=" + ldap.EscapeFilter(prefix) + "*)"
}

func (r *session) everyGroup(ctx context.Context, found func(string)) error {
	q := query{base: r.groupBase, scope: ldap.ScopeWholeSubtree, filter: r.schema.groups, attrs: []string{r.cfg.GroupName}}
	return r.search(ctx, q, func(e *entry) error { found(e.dn); return nil })
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
	q := query{base: r.groupBase, scope: ldap.ScopeWholeSubtree, filter: r.schema.groups, attrs: []string{r.cfg.GroupName}}
	err := r.search(ctx, q, func(e *entry) error {
		name := r.groupName(e)
		if dn, ok := dns[name]; !ok || e.dn < dn {
			dns[name] = e.dn
			names = append(names, name)
		}
		if len(names) == manyGroups {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil
	}
	meant := map[int]string{}
	for _, i := range missing {
		sel := r.request.Groups[i]
		rdn, named := rdnValue(sel.Name, r.cfg.GroupName)
		near := Nearest(or(rdn, sel.Name), names)
		switch {
		case near == "" || sel.Pattern() || near == sel.Name: // of several called that, none is meant
		case named:
			meant[i] = dns[near]
		case !isDN(sel.Name):
			meant[i] = near
		}
	}
	return meant
}

// groupName is what people call a group: the value in its DN where that is
// from the name attribute, since others of it have no order.
func (r *session) groupName(e *entry) string {
	values := e.get(r.cfg.GroupName)
	if len(values) > 1 {
		if v, ok := rdnValue(e.dn, r.cfg.GroupName); ok {
			return v
		}
	}
	if len(values) == 0 {
		return e.dn
	}
	return text(values[0])
}

// readGroups reads the members of groups, several at a time, each by its own
// DN: what is not there now was there a moment ago, so its absence is an error.
func (r *session) readGroups(ctx context.Context, t *memberTable, list []*wanted) error {
	entries := make([]*entry, len(list))
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(r.cfg.Connections)
	for i, w := range list {
		g.Go(func() error {
			e, err := r.readOne(inner, query{base: w.dn, filter: "(objectClass=*)", attrs: r.groupAttributes()})
			if err == nil && e == nil {
				err = &LDAPError{
					Op: opSearch, Server: r.server.url, Base: w.dn, Filter: "(objectClass=*)",
					Code: ldap.LDAPResultNoSuchObject, Meaning: "the group vanished while it was read", Hint: "run again",
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
		if err := t.addRoot(e, list[i]); err != nil {
			return err
		}
	}
	return nil
}

// readOne reads one entry by its DN, with values that come in ranges whole;
// nil without an error says that nothing is shown there.
func (r *session) readOne(ctx context.Context, q query) (*entry, error) {
	var found *entry
	q.scope = ldap.ScopeBaseObject
	if err := r.search(ctx, q, func(e *entry) error { found = e; return nil }); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, nil
	}
	return found, r.completeRanges(ctx, found)
}

// ofParent is the error of a group of searches: the first that failed, and not
// the cancellation that it brought upon the others.
func ofParent(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ldapFailure(ctx, LDAPError{Op: opSearch}, err)
	}
	return err
}
