package ldap

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/rootdse"
	"rollcall/source/ldap/internal/wire"
)

func (r *session) readRoot(ctx context.Context) error {
	var found *wire.Entry
	q := wire.Query{Base: "", Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attrs: rootdse.Attributes}
	err := r.server.Search(ctx, q, func(e *wire.Entry) error { found = e; return nil })
	if err != nil && !wire.IsCode(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInsufficientAccessRights) {
		return err
	}
	if found == nil {
		r.root = rootdse.Root{Kind: people.KindUnknown, Hidden: true}
		r.notes.Add("", "%s does not show its root DSE, so rollcall has to guess the server's features", r.server.URL())
	} else {
		r.root = rootdse.New(found)
	}
	r.schema = people.ChooseSchema(&r.dir.people, r.root.Kind)
	r.server.SetFeatures(wire.Features{
		Lists:  slices.Concat(r.schema.Members, r.schema.Names, []string{attributeTypes}),
		Paging: r.root.Has(wire.OIDPaging), DomainScope: r.root.Has(wire.OIDDomainScope),
		Whole: r.root.Samba(), CompatTree: r.root.Kind == people.Kind389, IsContext: r.root.IsContext,
	})
	return r.setBases()
}

// setBases fills in the bases that the configuration leaves to the server.
func (r *session) setBases() error {
	if r.root.Base == "" && (r.dir.cfg.UserBase == "" || r.dir.cfg.GroupBase == "") {
		return &Error{
			Op: wire.OpSearch, Server: r.server.URL(), Filter: "(objectClass=*)", Code: ldap.LDAPResultNoSuchObject,
			Meaning: fmt.Sprintf("the server has %d naming contexts, and rollcall cannot tell which one contains the people", len(r.root.Contexts)),
			Hint:    "set base_dn",
		}
	}
	r.userBase, r.groupBase = cmp.Or(r.dir.cfg.UserBase, r.root.Base), cmp.Or(r.dir.cfg.GroupBase, r.root.Base)
	return nil
}

// readDomain reads the SID of the domain with the people. Only Active Directory keeps
// people from writing one of their own (S01).
func (r *session) readDomain(ctx context.Context) error {
	if r.root.Kind != people.KindAD {
		return nil
	}
	e, err := r.readAttribute(ctx, r.root.ContextOf(r.userBase), "objectSid")
	if e != nil {
		r.domain, _, _ = people.FormatSID(e.First("objectSid"))
	}
	return err
}
