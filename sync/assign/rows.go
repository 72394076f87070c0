package assign

import (
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
)

// addRows assigns people by the rows of a source in the membership form. Each
// row is a rule of its own, below those of the configuration.
func (a *Assignments) addRows(d *directory.Directory, snapshot, rules int) {
	s := d.Snapshots[snapshot]
	sizes := map[string]int{}
	for i := range s.Rows {
		sizes[s.Rows[i].Organization]++
	}
	for organization, n := range sizes {
		a.GroupSizes.addRows(s.Source, organization, n)
	}
	reasons := rowReasons{assigned: a, source: s.Source, rank: int32(rules + 1 + snapshot), grants: map[[2]string]*Grant{}, shared: map[rowKey]*SharedReason{}}
	for i := range s.Rows {
		row := &s.Rows[i]
		if n := sizes[row.Organization]; n > 0 {
			a.by[row.Organization] = slices.Grow(a.by[row.Organization], n)
			delete(sizes, row.Organization)
		}
		p := d.People[snapshot][row.Person]
		terms := s.PeriodsOfRow(row)
		if a.expired(row.Organization, p, terms) || p.Disabled != "" {
			continue
		}
		x := Assignment{person: p, Role: row.Role, precedence: reasons.rank,
			public: rowMetadata(row.Public), private: rowMetadata(row.Private), Periods: terms, Reason: reasons.of(row)}
		x.grant.count(&x, a)
		a.by[row.Organization] = append(a.by[row.Organization], x)
	}
	s.Rows = nil // the assignments have all that is needed of them
}

// rowReasons makes the reasons of the rows of one source.
type rowReasons struct {
	assigned *Assignments
	source   string
	rank     int32
	grants   map[[2]string]*Grant // by organization and role
	shared   map[rowKey]*SharedReason
	// last is the shared part of the row before, and lastKey its key: rows that follow
	// each other are alike.
	last    *SharedReason
	lastKey rowKey
}

// rowKey is what rows with the same shared part of a reason have in common. The origin
// has no line and no column.
type rowKey struct {
	organization, role string
	origin             source.Origin
}

// of is the place of a row.
func (r *rowReasons) of(row *source.Row) Reason {
	key := rowKey{row.Organization, row.Role, row.Origin}
	key.origin.Line, key.origin.Column = 0, 0
	if r.last == nil || r.lastKey != key {
		if r.shared[key] == nil {
			r.shared[key] = &SharedReason{origin: key.origin, Text: key.origin.String(), rank: r.rank, grant: r.grantOf(row)}
		}
		r.last, r.lastKey = r.shared[key], key
	}
	return Reason{r.last, int32(row.Origin.Line), int32(row.Origin.Column)}
}

func (r *rowReasons) grantOf(row *source.Row) *Grant {
	key := [2]string{row.Organization, row.Role}
	if r.grants[key] == nil {
		r.grants[key] = r.assigned.newGrant(Grant{Source: r.source, Organization: row.Organization, Role: row.Role})
	}
	return r.grants[key]
}

// rowMetadata is the columns of a row as metadata. It leaves out the key of the
// marker: a column could otherwise forge who added a membership (S01).
func rowMetadata(attributes source.Attributes) map[string]any {
	if len(attributes) == 0 {
		return nil
	}
	out := make(map[string]any, len(attributes))
	for _, x := range attributes {
		switch {
		case x.Name == plan.MarkerKey:
		case len(x.Values) == 0:
			out[x.Name] = nil
		default:
			out[x.Name] = plan.ValidUTF8(strings.Join(x.Values, ", "))
		}
	}
	return out
}
