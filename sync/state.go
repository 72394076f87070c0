package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/source"
)

// member is what is kept of a membership, with our reading of its marker.
type member struct {
	UserID, Role                    string
	Identifier, FirstName, LastName string
	Public, Private                 json.RawMessage
	marker                          *Marker
	Banned, Deprovisioned           bool
	// unshown says that the listing was silent about both (S08).
	unshown bool
	// bare says that the private metadata are the marker and nothing else.
	// They are not kept then: it is so with most members, and there may be a
	// million of them.
	bare bool
}

// bareMarker stands for private metadata that are not kept.
var bareMarker = json.RawMessage("{}")

// private is the member's private metadata, decoded.
func (m *member) private() map[string]any {
	if m.bare {
		return map[string]any{markerKey: m.marker.object()}
	}
	return decodeObject(m.Private)
}

// spellOut keeps the private metadata as Clerk has them, before our reading
// of the marker departs from them.
func (m *member) spellOut() {
	if m.bare {
		m.Private, m.bare = json.RawMessage(canonical(m.private())), false
	}
}

// email is the identifier folded as an address; empty when it is none. It
// proves nothing (S04).
func (m *member) email() string {
	folded, err := source.FoldEmail(m.Identifier)
	if err != nil {
		return ""
	}
	return folded
}

// organizationState is what Clerk holds for one organization.
type organizationState struct {
	clerkapi.Organization
	// name is how the configuration or the data called it.
	names   []string
	members []member // sorted by user id
	// invited are the pending invitations, by folded address.
	invited map[string]*clerkapi.Invitation
	// assignable are the roles of its role set; nil when no set is known.
	assignable map[string]bool
	err        error
	// unruled says that no rule, row or earlier run leads here: it was read for
	// a review, and nobody loses anything whom the review does not name.
	unruled bool
	// memberships are the users by orgmem_ id, where a review asks for them.
	memberships map[string]string
	// decided are what reviewers said of members, by user; strays are decisions
	// to remove that are about no membership of today.
	decided map[string]*source.Decision
	strays  []*source.Decision
}

// byID indexes the organizations.
func (st *state) byID() map[string]*organizationState {
	out := make(map[string]*organizationState, len(st.organizations))
	for _, o := range st.organizations {
		out[o.ID] = o
	}
	return out
}

// member finds a user's membership; nil when there is none.
func (o *organizationState) member(user string) *member {
	i, ok := slices.BinarySearchFunc(o.members, user, func(m member, user string) int {
		return cmp.Compare(m.UserID, user)
	})
	if !ok {
		return nil
	}
	return &o.members[i]
}

// state is what Clerk holds, as far as the run needs it.
type state struct {
	organizations []*organizationState // by slug, then id
	byName        map[string]*organizationState
	unknown       []string // names that no organization bears (S22)
	road          clerkapi.Road
	roles         roleBook
	sets          []clerkapi.RoleSet
	// marked are the members with our marker: several users under one identity
	// are a conflict, as are several identities of one user (S02).
	marked *markedMembers
	// movers are those of the marked whom the state remembers, not Clerk (S01).
	movers map[identity]bool
	// banned holds users who may not get anything (S08).
	banned map[string]bool
}

// readClerk reads the organizations of those names whole, with the roles that
// they may assign, and more that a review is about.
func (r *Reconciler) readClerk(ctx context.Context, ruled, more []string, m *memory) (*state, error) {
	st := &state{byName: map[string]*organizationState{}}
	names := union(ruled, more)
	found, err := r.clerk.FindOrganizations(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("find organizations: %w", err)
	}
	st.addOrganizations(names, found)
	st.mark(ruled, more)
	var roles []clerkapi.Role
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		roles, err = r.clerk.Roles(groupCtx)
		return wrap("list roles", err)
	})
	group.Go(func() (err error) {
		st.sets, err = r.clerk.RoleSets(groupCtx)
		return wrap("list role sets", err)
	})
	group.Go(func() error { return r.listMembers(groupCtx, st) })
	group.Go(func() error { return r.listInvitations(groupCtx, st, m) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	st.roles = newRoleBook(roles, r.config.AdminRoles)
	if len(st.roles.admin) == 0 {
		return nil, errNoAdminRole
	}
	for _, o := range st.organizations {
		o.assignable = assignable(o.RoleSet, roles, st.sets)
	}
	st.index(r.config)
	return st, nil
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (st *state) addOrganizations(names []string, found map[string]clerkapi.Organization) {
	byID := map[string]*organizationState{}
	for _, name := range names {
		o, ok := found[name]
		if !ok {
			st.unknown = append(st.unknown, name)
			continue
		}
		if byID[o.ID] == nil {
			byID[o.ID] = &organizationState{Organization: o}
		}
		byID[o.ID].names = append(byID[o.ID].names, name)
		st.byName[name] = byID[o.ID]
	}
	st.organizations = slices.SortedFunc(maps.Values(byID), func(a, b *organizationState) int {
		return cmp.Or(cmp.Compare(a.Slug, b.Slug), cmp.Compare(a.ID, b.ID))
	})
}

// mark marks the organizations that no rule leads to, and those of a review.
func (st *state) mark(ruled, reviewed []string) {
	for _, o := range st.organizations {
		o.unruled = true
	}
	for _, name := range ruled {
		if o := st.byName[name]; o != nil {
			o.unruled = false
		}
	}
	for _, name := range reviewed {
		if o := st.byName[name]; o != nil {
			o.memberships, o.NeedIDs = map[string]string{}, true
		}
	}
}

// listInvitations reads what is pending, where that matters: where people are
// invited, or were.
func (r *Reconciler) listInvitations(ctx context.Context, st *state, m *memory) error {
	invited := m != nil && len(m.invitations) > 0
	if r.config.MissingUsers != MissingInvite && r.config.MissingUsers != MissingCreate && !invited || len(st.organizations) == 0 {
		return nil
	}
	return r.readInvitations(ctx, st)
}

func (r *Reconciler) readInvitations(ctx context.Context, st *state) error {
	list, err := r.clerk.PendingInvitations(ctx)
	if err == nil {
		st.takeInvitations(list)
	}
	return wrap("list invitations", err)
}

func (r *Reconciler) listMembers(ctx context.Context, st *state) error {
	if len(st.organizations) == 0 {
		return nil
	}
	organizations := make([]clerkapi.Organization, len(st.organizations))
	for i, o := range st.organizations {
		organizations[i] = o.Organization
	}
	listing, err := r.clerk.ListMemberships(ctx, organizations)
	if err != nil {
		return fmt.Errorf("list memberships: %w", err)
	}
	st.road = listing.Road
	read := newMarkerReader()
	for _, o := range st.organizations {
		listed, ok := listing.Organizations[o.ID]
		if !ok {
			listed.Err = errors.New("the listing left the organization out")
		}
		o.take(listed, read)
		delete(listing.Organizations, o.ID)
	}
	return nil
}

// take turns a whole listing into members; one that is not whole is an error
// and gives no member at all (S09).
func (o *organizationState) take(listed clerkapi.OrganizationListing, read markerReader) {
	if listed.Err != nil {
		o.err = fmt.Errorf("list members of %s: %w", cmp.Or(o.Slug, o.ID), listed.Err)
		return
	}
	o.members = make([]member, len(listed.Memberships))
	for i := range listed.Memberships {
		m, x := &listed.Memberships[i], &o.members[i]
		*x = member{UserID: m.UserID, Role: m.Role, Identifier: m.Identifier, FirstName: m.FirstName, LastName: m.LastName,
			Public: m.Public, Private: m.Private, Banned: m.Banned, Deprovisioned: m.Deprovisioned, unshown: m.StandingUnknown}
		if x.marker, x.bare = read(m.Private); x.bare {
			x.Private = bareMarker
		}
		if o.memberships != nil { // a million ids are kept for nobody who does not ask
			o.memberships[m.ID] = m.UserID
		}
	}
	slices.SortFunc(o.members, func(a, b member) int { return cmp.Compare(a.UserID, b.UserID) })
}

// index fills what is looked up by marker and by user.
func (st *state) index(config Config) {
	n := 0
	for _, o := range st.organizations {
		n += len(o.members)
	}
	st.marked, st.banned = newMarkedMembers(n, config.SameIDs), map[string]bool{}
	for _, o := range st.organizations {
		for i := range o.members {
			m := &o.members[i]
			if m.Banned || m.Deprovisioned {
				st.banned[m.UserID] = true
			}
			if m.marker == nil || m.marker.Owner != config.Owner {
				continue
			}
			if now, ok := config.Renamed[m.marker.Source]; ok {
				m.spellOut()
				m.marker.Source = now
			}
			st.marked.add(m)
		}
	}
}
