package ldap

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/internal/check"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// readPeopleByID reads the people that [source.Request].Also names, wherever they
// are below the user base. People the search does not return are left out of the result.
func (r *resolver) readPeopleByID(ctx context.Context) error {
	search := canarySearch{r.read, r.index.mapper}
	for batch := range slices.Chunk(r.read.request.Also, r.read.dir.cfg.BatchSize) {
		var filters []string
		for _, text := range batch {
			filters = append(filters, search.personFilters(check.ReadCanary(text))...)
		}
		if len(filters) == 0 {
			continue
		}
		if err := r.readPeopleBy(ctx, "(|"+strings.Join(filters, "")+")"); err != nil {
			return err
		}
	}
	if err := r.readPeopleByDN(ctx, r.read.request.Also); err != nil {
		return err
	}
	return r.readMembersOfOthers(ctx)
}

// readPeopleByDN reads those of a list that are DNs. A DN that is not there, or not for this
// bind to see, is nobody.
func (r *resolver) readPeopleByDN(ctx context.Context, list []string) error {
	for _, dn := range list {
		if !source.IsDN(dn) {
			continue
		}
		outside := r.read.dir.cfg.UserFilter != ""
		if outside {
			if err := r.readPersonByDN(ctx, dn, people.And(r.read.schema.Users, r.read.dir.cfg.UserFilter), false); err != nil {
				return err
			}
		}
		if err := r.readPersonByDN(ctx, dn, r.read.schema.Users, outside); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) readPersonByDN(ctx context.Context, dn, filter string, outside bool) error {
	err := r.readPeople(ctx, wire.Query{Base: dn, Scope: ldap.ScopeBaseObject, Filter: filter, Attrs: r.index.mapper.Attributes()}, outside)
	if wire.NotShown(err) {
		return nil
	}
	return err
}

// readPeopleBy takes the people that a filter finds, those that only user_filter leaves
// out as leavers.
func (r *resolver) readPeopleBy(ctx context.Context, filter string) error {
	q := wire.Query{Base: r.read.userBase, Scope: ldap.ScopeWholeSubtree, Attrs: r.index.mapper.Attributes()}
	if r.read.domain != "" {
		q.Attrs = append(q.Attrs, "objectSid")
	}
	outside := r.read.dir.cfg.UserFilter != ""
	if outside {
		q.Filter = people.And(r.read.schema.Users, filter, r.read.dir.cfg.UserFilter)
		if err := r.readPeople(ctx, q, false); err != nil {
			return err
		}
	}
	q.Filter = people.And(r.read.schema.Users, filter)
	return r.readPeople(ctx, q, outside)
}

func (r *resolver) readPeople(ctx context.Context, q wire.Query, outside bool) error {
	found, err := r.read.server.ReadAll(ctx, q)
	for _, e := range found {
		n, _ := r.index.nodeOf(keyOf(e.DN), e.DN, false)
		if r.read.domain != "" {
			r.index.principals.Add(e, n)
		}
		if r.index.nodes[n].kind != people.KindUnread || r.read.schema.InPart(e) {
			continue
		}
		if err := r.index.learn(e, -1, outside); err != nil {
			return err
		}
	}
	return err
}
