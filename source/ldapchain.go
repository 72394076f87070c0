package source

import (
	"context"
	"slices"
	"strconv"

	"github.com/go-ldap/ldap/v3"
)

// oidInChain is LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS section 3.1.1.3.4.4.3).
const oidInChain = "1.2.840.113556.1.4.1941"

// chainGroups is the most groups for which the domain controller is asked to
// walk: each is a request that it answers by following every link.
const chainGroups = 20

// chain asks Active Directory at once for all groups inside the groups, which
// saves the walk a round for each level. It finds groups only: their lists are
// read all the same, since a search for people leaves out those whom the bind
// may not see, and they would look gone (S10).
//
// It is cheaper when there are few groups and so many members that a sweep
// reads them: the sweep shows people only, and would leave every nested group
// to look-ups level by level.
func (t *memberTable) chain(ctx context.Context) error {
	if !t.useChain() {
		return nil
	}
	var inside []*wanted
	seen := map[string]bool{}
	for _, g := range t.groups {
		q := query{
			base: or(t.root.base, t.groupBase), scope: ldap.ScopeWholeSubtree, attrs: []string{t.cfg.GroupName},
			filter: and(anyClass(t.schema.groupClasses), "(memberOf:"+oidInChain+":="+ldap.EscapeFilter(g.dn)+")"),
		}
		err := t.search(ctx, q, func(e *entry) error {
			key := t.key(e.dn)
			if n, ok := t.byKey[key]; !seen[key] && (!ok || t.nodes[n].kind == kindUnread) {
				seen[key] = true
				inside = append(inside, &wanted{dn: e.dn})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return t.readInside(ctx, inside)
}

func (t *memberTable) readInside(ctx context.Context, inside []*wanted) error {
	for _, w := range inside {
		e, err := t.readOne(ctx, query{base: w.dn, filter: "(objectClass=*)", attrs: t.groupAttributes()})
		if err != nil {
			return err
		}
		if e == nil {
			continue // listed all the same: readMembers says why it is not shown
		}
		if err := t.learn(e, -1, false); err != nil {
			return err
		}
	}
	return nil
}

func (t *memberTable) useChain() bool {
	switch {
	case t.schema.name != schemaAD || t.cfg.Nested == "walk" || t.cfg.Nested == "off":
		return false
	case t.cfg.Nested == "in_chain":
		return true
	}
	return len(t.groups) <= chainGroups && len(t.fresh) >= sweepFrom
}

// primaryMembers adds those who are in a group by their primaryGroupID only,
// which Active Directory keeps out of member. from is the first group that was
// not asked for yet; the answer is the next.
func (t *memberTable) primaryMembers(ctx context.Context, from int) (int, error) {
	if t.root.kind != kindAD && t.schema.name != schemaAD {
		return len(t.groups), nil
	}
	byRID := map[string]*tableGroup{}
	var rids []string
	for _, g := range t.groups[from:] {
		if g.rid != 0 {
			rid := strconv.FormatUint(uint64(g.rid), 10)
			byRID[rid] = g
			rids = append(rids, rid)
		}
	}
	for batch := range slices.Chunk(rids, t.cfg.BatchSize) {
		q := query{
			base: or(t.root.base, t.userBase), scope: ldap.ScopeWholeSubtree, attrs: []string{"primaryGroupID"},
			filter: and(t.schema.users, anyValue("primaryGroupID", batch)),
		}
		err := t.search(ctx, q, func(e *entry) error {
			if g := byRID[e.first("primaryGroupID")]; g != nil {
				g.members = append(g.members, t.listed(t.key(e.dn), e.dn, false))
			}
			return nil
		})
		if err != nil {
			return from, err
		}
	}
	return len(t.groups), nil
}
