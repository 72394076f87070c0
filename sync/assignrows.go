package sync

import (
	"slices"
	"strings"

	"rollcall/source"
)

// addRows assigns by the rows of a source in the membership form, each its own
// rule, below those of the configuration.
func (a *assignments) addRows(d *directory, snapshot, rules int) {
	s := d.snapshots[snapshot]
	sizes := map[string]int{}
	for i := range s.Rows {
		sizes[s.Rows[i].Organization]++
	}
	for organization, n := range sizes {
		a.feeds.rows(s.Source, organization, n)
	}
	shared := &grounds{}
	for i := range s.Rows {
		row := &s.Rows[i]
		if n := sizes[row.Organization]; n > 0 {
			a.by[row.Organization] = slices.Grow(a.by[row.Organization], n)
			delete(sizes, row.Organization)
		}
		p := d.people[snapshot][row.Person]
		terms := s.TermsOfRow(row)
		if a.ended(row.Organization, p, terms) || p.Disabled != "" {
			continue
		}
		a.by[row.Organization] = append(a.by[row.Organization], assignment{
			person: p, role: row.Role, rank: int32(rules + 1 + snapshot),
			public: rowMetadata(row.Public), private: rowMetadata(row.Private), terms: terms,
			reason: rowReason(row, int32(rules+1+snapshot), &shared),
		})
	}
	s.Rows = nil // the assignments hold all that is needed of them
}

// rowReason is the row's place; shared are the grounds of the row before it.
func rowReason(row *source.Row, rank int32, shared **grounds) reason {
	origin := row.Origin
	origin.Line, origin.Column = 0, 0
	if (*shared).origin != origin || (*shared).text == "" {
		*shared = &grounds{origin: origin, text: origin.String(), rank: rank}
	}
	return reason{*shared, int32(row.Origin.Line), int32(row.Origin.Column)}
}

// rowMetadata is a row's columns as metadata. The marker's key is ours alone:
// a column could otherwise forge who added a membership (S01).
func rowMetadata(attributes source.Attributes) map[string]any {
	if len(attributes) == 0 {
		return nil
	}
	out := make(map[string]any, len(attributes))
	for _, x := range attributes {
		switch {
		case x.Name == markerKey:
		case len(x.Values) == 0:
			out[x.Name] = nil
		default:
			out[x.Name] = valid(strings.Join(x.Values, ", "))
		}
	}
	return out
}
