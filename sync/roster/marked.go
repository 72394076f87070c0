package roster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Search says where to look for organizations that nothing but our markers leads
// to. History knows them otherwise (S15).
type Search uint8

const (
	// SearchNothing is for a whole history, and where nobody loses anything.
	SearchNothing Search = iota
	// SearchRead looks at the listing that is read anyway.
	SearchRead
	// SearchOnePage asks for one page more, if members carry our marker and the
	// listing was read organization by organization. In a larger instance it finds
	// nothing.
	SearchOnePage
	// SearchWhole reads the whole instance then, whatever its size.
	SearchWhole
)

// addMarked adds the organizations of which only our markers say that rollcall
// has been there. An instance that cannot be listed shows none, and stops nothing
// (S40).
func (r *Reader) addMarked(ctx context.Context, st *Roster) error {
	others := st.others
	st.others = nil
	if r.Search == SearchNothing || len(st.Unread) > 0 { // one that is found may be one that could not be asked for
		return nil
	}
	if others == nil && r.Search != SearchRead && st.anyOf(r.Config) {
		var err error
		if others, err = r.Clerk.ListOthers(ctx, st.countMembers(), r.Search == SearchWhole); err != nil {
			return st.noteUnsearched(ctx, err)
		}
	}
	ids := r.markedIn(st, others)
	if len(ids) == 0 {
		return nil
	}
	found, err := r.Clerk.FindOrganizations(ctx, ids)
	if _, some := errors.AsType[*clerkapi.NamesError](err); err != nil && !some {
		return st.noteUnsearched(ctx, err)
	}
	read := plan.NewMarkerReader()
	for _, id := range ids {
		o, ok := found[id]
		if !ok || r.Config.RetireOf(o.Slug, id) == policy.RetireKeep {
			continue
		}
		marked := &Organization{Organization: o, Names: []string{id}, Marked: true}
		marked.addMembers(clerkapi.OrganizationListing{Memberships: others[id]}, read)
		st.Organizations, st.ByName[id] = append(st.Organizations, marked), marked
	}
	slices.SortFunc(st.Organizations, bySlug)
	return nil
}

// markedIn are the ids of organizations that were not asked for and have members
// with our marker, sorted.
func (r *Reader) markedIn(st *Roster, others map[string][]clerkapi.Membership) []string {
	asked := st.ByID()
	ours := func(m clerkapi.Membership) bool { return plan.ParseMarker(m.Private).OwnedBy(r.Config.Owner) }
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(others)) {
		if asked[id] == nil && slices.ContainsFunc(others[id], ours) {
			ids = append(ids, id)
		}
	}
	return ids
}

// noteUnsearched keeps why the instance was not searched, unless the run ends.
func (st *Roster) noteUnsearched(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	st.Notes = append(st.Notes, plan.Note{Rule: "S15", Text: fmt.Sprintf("other organizations were not searched for members with rollcall's marker: %v", err)})
	return nil
}

// anyOf reports whether a member carries our marker.
func (st *Roster) anyOf(config policy.Config) bool {
	return slices.ContainsFunc(st.Organizations, func(o *Organization) bool {
		return slices.ContainsFunc(o.Members, func(m Member) bool { return m.Marker.OwnedBy(config.Owner) })
	})
}

// countMembers counts the members that were read, also those without a user.
func (st *Roster) countMembers() int {
	n := 0
	for _, o := range st.Organizations {
		n += len(o.Members) + len(o.Nameless)
	}
	return n
}

// MarkedSources are the sources that our markers in the organization name.
func (o *Organization) MarkedSources(owner string) []string {
	var sources []string
	for i := range o.Members {
		if m := o.Members[i].Marker; m.OwnedBy(owner) {
			sources = append(sources, m.Source)
		}
	}
	return policy.Unique(sources)
}
