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
	return nil
}

// seekBy takes the people that a filter finds; outside says that only
// user_filter leaves the new ones out.
func (t *memberTable) seekBy(ctx context.Context, filter string, outside bool) error {
	q := query{base: t.userBase, scope: ldap.ScopeWholeSubtree, filter: filter, attrs: t.personAttributes()}
	return t.search(ctx, q, func(e *entry) error {
		if n, known := t.find(t.key(e.dn)); known && t.nodes[n].kind != kindUnread {
			return nil
		}
		return t.learn(e, -1, outside)
	})
}
