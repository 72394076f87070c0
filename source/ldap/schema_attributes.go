package ldap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// attributeTypes is the attribute of the subschema that lists the others.
const attributeTypes = "attributeTypes"

// readNames reads which attributes the server's schema has (RFC 4512 section
// 4.2), where the configuration names some that a typo could hide: an attribute
// that does not exist looks like one that no entry has. A server that does
// not show its schema leaves it open.
func (r *session) readNames(ctx context.Context) error {
	asked := slices.Concat(r.request.Attributes, one(r.dir.cfg.Start), one(r.dir.cfg.End))
	if len(asked) == 0 || r.root.Subschema == "" {
		return nil
	}
	var types []string
	q := wire.Query{Base: r.root.Subschema, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attrs: []string{attributeTypes}}
	err := r.server.Search(ctx, q, func(e *wire.Entry) error { types = e.Get(attributeTypes); return nil })
	if err != nil && !wire.IsCode(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInsufficientAccessRights) {
		return err
	}
	for _, t := range types {
		r.names = append(r.names, people.AttributeNames(t)...)
	}
	slices.Sort(r.names)
	r.names = slices.Compact(r.names)
	for _, key := range []struct{ key, name string }{{"start", r.dir.cfg.Start}, {"end", r.dir.cfg.End}} {
		if key.name != "" && !r.hasName(key.name) {
			return &Error{Op: wire.OpSearch, Server: r.server.URL(), Base: r.root.Subschema, Code: wire.CodeDecoding,
				Meaning: fmt.Sprintf("ldap.%s is %q, but the server's schema has no such attribute", key.key, key.name),
				Hint:    nearHint(key.name, r.names)}
		}
	}
	return nil
}

func nearHint(name string, known []string) string {
	if near := source.Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "check the name in the directory's schema"
}

// hasName reports whether the schema has an attribute; true where it is not
// known. Object identifiers and options are the server's to understand.
func (r *session) hasName(name string) bool {
	s := source.Snapshot{Names: r.names, FoldNames: true}
	base, _, _ := strings.Cut(name, ";")
	return base == "" || '0' <= base[0] && base[0] <= '9' || s.Has(base)
}
