package source

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// seek reads the people whom [Request].Also names, wherever they are below the
// user base. Whom no search shows is not there.
func (t *memberTable) seek(ctx context.Context) error {
	for batch := range slices.Chunk(t.request.Also, t.cfg.BatchSize) {
		var filters []string
		for _, text := range batch {
			filters = append(filters, t.canaryFilters(readCanary(text))...)
		}
		if len(filters) == 0 {
			continue
		}
		anyOf := and(t.schema.users, "(|"+strings.Join(filters, "")+")")
		if t.cfg.UserFilter != "" {
			if err := t.seekBy(ctx, and(anyOf, t.cfg.UserFilter), false); err != nil {
				return err
			}
		}
		if err := t.seekBy(ctx, anyOf, t.cfg.UserFilter != ""); err != nil {
			return err
		}
	}
	return t.seekNamed(ctx)
}

// seekNamed reads those of [Request].Also that are DNs. A DN that is not there,
// or not for this bind to see, is nobody.
func (t *memberTable) seekNamed(ctx context.Context) error {
	for _, dn := range t.request.Also {
		if !isDN(dn) {
			continue
		}
		outside := t.cfg.UserFilter != ""
		if outside {
			if err := t.seekOne(ctx, dn, and(t.schema.users, t.cfg.UserFilter), false); err != nil {
				return err
			}
		}
		if err := t.seekOne(ctx, dn, t.schema.users, outside); err != nil {
			return err
		}
	}
	return nil
}

func (t *memberTable) seekOne(ctx context.Context, dn, filter string, outside bool) error {
	err := t.seekIn(ctx, query{base: dn, scope: ldap.ScopeBaseObject, filter: filter, attrs: t.personAttributes()}, outside)
	if _, known := unreadWhy(err); err != nil && known {
		return nil
	}
	return err
}

// seekBy takes the people that a filter finds; outside says that only
// user_filter leaves the new ones out.
func (t *memberTable) seekBy(ctx context.Context, filter string, outside bool) error {
	return t.seekIn(ctx, query{base: t.userBase, scope: ldap.ScopeWholeSubtree, filter: filter, attrs: t.personAttributes()}, outside)
}

func (t *memberTable) seekIn(ctx context.Context, q query, outside bool) error {
	return t.search(ctx, q, func(e *entry) error {
		if n, known := t.find(t.key(e.dn)); known && t.nodes[n].kind != kindUnread {
			return nil
		}
		return t.learn(e, -1, outside)
	})
}
