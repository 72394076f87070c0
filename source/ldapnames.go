package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// readNames reads which attributes the server's schema has (RFC 4512 section
// 4.2), where the configuration names some that a typo could hide: an attribute
// that does not exist looks just like one that nobody has. A server that does
// not show its schema leaves it open.
func (r *session) readNames(ctx context.Context) error {
	asked := slices.Concat(r.request.Attributes, one(r.cfg.Start), one(r.cfg.End))
	if len(asked) == 0 || r.root.subschema == "" {
		return nil
	}
	var types []string
	q := query{base: r.root.subschema, scope: ldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{"attributeTypes"}}
	err := r.search(ctx, q, func(e *entry) error { types = e.get("attributeTypes"); return nil })
	if err != nil && !isCode(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInsufficientAccessRights) {
		return err
	}
	for _, t := range types {
		r.names = append(r.names, attributeNames(t)...)
	}
	slices.Sort(r.names)
	r.names = slices.Compact(r.names)
	for _, key := range []struct{ key, name string }{{"start", r.cfg.Start}, {"end", r.cfg.End}} {
		if key.name != "" && !r.hasName(key.name) {
			return &LDAPError{Op: opSearch, Server: r.server.url, Base: r.root.subschema, Code: codeDecoding,
				Meaning: fmt.Sprintf("the schema of the server has no attribute %q, which ldap.%s names", key.name, key.key),
				Hint:    nearHint(key.name, r.names)}
		}
	}
	return nil
}

func nearHint(name string, known []string) string {
	if near := Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "look the name up in the directory's schema"
}

// hasName reports whether the schema has an attribute; true where it is not
// known. Object identifiers and options are the server's to understand.
func (r *session) hasName(name string) bool {
	s := Snapshot{Names: r.names, FoldNames: true}
	base, _, _ := strings.Cut(name, ";")
	return base == "" || '0' <= base[0] && base[0] <= '9' || s.Has(base)
}

// attributeNames are the names in an AttributeTypeDescription (RFC 4512 section
// 4.1.2): NAME 'cn' or NAME ( 'cn' 'commonName' ).
func attributeNames(description string) []string {
	_, rest, ok := strings.Cut(description, " NAME ")
	if !ok {
		return nil
	}
	rest = strings.TrimSpace(rest)
	if list, found := strings.CutPrefix(rest, "("); found {
		rest, _, _ = strings.Cut(list, ")")
	} else if rest, found = strings.CutPrefix(rest, "'"); found {
		if rest, _, found = strings.Cut(rest, "'"); !found {
			return nil
		}
	} else {
		return nil
	}
	var names []string
	for word := range strings.FieldsSeq(rest) {
		if name := strings.Trim(word, "'"); isAttributeName(name) {
			names = append(names, name)
		}
	}
	return names
}
