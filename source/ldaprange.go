package source

import (
	"context"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// completeRanges reads the rest of every attribute that came in part: Active
// Directory sends the first 1500 values as member;range=0-1499 and waits to be
// asked for the next (MS-ADTS section 3.1.1.3.1.3.3). A list that does not go
// on where it stopped is an error, never a shorter list (S09).
func (r *session) completeRanges(ctx context.Context, e *entry) error {
	for i := range e.attrs {
		part, ok, err := parseRange(e.attrs[i].name)
		if err == nil && ok {
			err = r.completeRange(ctx, e, part, &e.attrs[i])
		}
		if err != nil {
			return ldapFailure(ctx, LDAPError{Op: opSearch, Server: r.server.url, Base: e.dn, Filter: "(objectClass=*)"}, err)
		}
	}
	return nil
}

func (r *session) completeRange(ctx context.Context, e *entry, part valueRange, into *entryAttr) error {
	if part.from != 0 {
		return fmt.Errorf("%w: values of %s begin at %d", errMalformed, part.attr, part.from)
	}
	for !part.last {
		if got := part.to - part.from + 1; len(into.values) != part.to+1 || got < 1 {
			return fmt.Errorf("%w: %s has %d values where its range ends at %d", errMalformed, part.attr, len(into.values), part.to)
		}
		if len(into.values) > r.cfg.MaxMembers {
			return r.tooMany(e.dn)
		}
		values, next, err := r.nextRange(ctx, e.dn, part)
		if err != nil {
			return err
		}
		into.values, part = append(into.values, values...), next
	}
	into.name = part.attr
	dropEmpty(e, part.attr, into)
	return nil
}

func (r *session) nextRange(ctx context.Context, dn string, after valueRange) ([]string, valueRange, error) {
	var values []string
	var next valueRange
	found := false
	q := query{
		base: dn, scope: ldap.ScopeBaseObject, filter: "(objectClass=*)",
		attrs: []string{fmt.Sprintf("%s;range=%d-*", after.attr, after.to+1)},
	}
	err := r.search(ctx, q, func(e *entry) error {
		for _, a := range e.attrs {
			part, ok, err := parseRange(a.name)
			if err != nil {
				return err
			}
			if ok && part.from == after.to+1 {
				values, next, found = a.values, part, true
			}
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%w: the values of %s end after %d without the last range", errMalformed, after.attr, after.to+1)
	}
	next.attr = after.attr
	return values, next, err
}

// dropEmpty takes away the empty attribute that Active Directory sends beside
// the one in ranges, so that the full one is found by its name.
func dropEmpty(e *entry, name string, keep *entryAttr) {
	for i := range e.attrs {
		if a := &e.attrs[i]; a != keep && a.name == name && len(a.values) == 0 {
			a.name = ""
		}
	}
}

// tooMany is the bound on members (S37).
func (r *session) tooMany(dn string) error {
	return &LDAPError{
		Op: opSearch, Server: r.server.url, Base: dn, Filter: "(objectClass=*)", Code: codeDecoding,
		Meaning: fmt.Sprintf("the groups have more than %d members", r.cfg.MaxMembers),
		Hint:    "check what the rules name, or raise max_members",
	}
}
