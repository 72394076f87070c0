package ldap

import (
	"cmp"
	"context"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// oidInChain is LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS section 3.1.1.3.4.4.3).
const oidInChain = "1.2.840.113556.1.4.1941"

// chainGroups is the most groups for which the domain controller is asked to
// walk: each is a request that it answers by following every link.
const chainGroups = 20

// chain asks Active Directory at once for all groups inside the groups, which
// saves the walk a round for each level. It finds groups only: their lists are
// read all the same, since a search for people leaves out the people that the bind
// may not see, and they would look gone (S10).
//
// It is cheaper when there are few groups and so many members that a scan
// reads them: the scan shows people only, and would leave every nested group
// to look-ups level by level.
func (r *resolver) chain(ctx context.Context) error {
	if !r.useChain() {
		return nil
	}
	var inside []*wanted
	seen := map[string]bool{}
	for _, g := range r.index.groups {
		q := wire.Query{Base: cmp.Or(r.read.root.Base, r.read.groupBase), Scope: ldap.ScopeWholeSubtree, Attrs: []string{r.read.dir.cfg.GroupName},
			Filter: people.And(people.AnyClass(r.read.schema.GroupClasses), "(memberOf:"+oidInChain+":="+ldap.EscapeFilter(g.dn)+")"),
		}
		err := r.read.server.Search(ctx, q, func(e *wire.Entry) error {
			key := keyOf(e.DN)
			if n, ok := r.index.byKey[key]; !seen[key] && (!ok || r.index.nodes[n].kind == people.KindUnread) {
				seen[key] = true
				inside = append(inside, &wanted{dn: e.DN})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return r.readInside(ctx, inside)
}

func (r *resolver) readInside(ctx context.Context, inside []*wanted) error {
	for _, w := range inside {
		e, err := r.read.server.ReadOne(ctx, wire.Query{Base: w.dn, Filter: "(objectClass=*)", Attrs: r.read.groupAttributes()})
		if err != nil {
			return err
		}
		if e == nil {
			continue // listed all the same: readMembers says why it is not shown
		}
		if err := r.index.learn(e, -1, false); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) useChain() bool {
	switch {
	case r.read.schema.Name != people.SchemaAD || r.read.dir.cfg.Nested == "walk" || r.read.dir.cfg.Nested == "off":
		return false
	case r.read.dir.cfg.Nested == "in_chain":
		return true
	}
	return len(r.index.groups) <= chainGroups && len(r.index.fresh) >= scanFrom
}
