package roster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Reader reads what Clerk holds.
type Reader struct {
	Config policy.Config
	Clerk  Clerk
	// Search is where organizations are looked for that nothing but our markers
	// leads to.
	Search  Search
	Watcher plan.Watcher // may be nil
	// NeedsAll makes the read fail if any list cannot be read: an undo would take an
	// invitation that it does not see for one that is over.
	NeedsAll bool
}

// Past is the part of the history that matters for what is read.
type Past struct {
	// Invited says that earlier runs sent invitations.
	Invited bool
	// Leavers are the ids of organizations from which runs removed somebody.
	Leavers map[string]bool
	// Unsettled are organizations in which nobody knows what became of a run that
	// was cut off, with the cause: they count as not listed (S32, S40).
	Unsettled map[string]error
}

// Read reads organizations with their members and the roles that they may
// assign. The rules name the organizations in ruled, a review asks for those in
// reviewed.
func (r *Reader) Read(ctx context.Context, ruled, reviewed []string, past Past) (*Roster, error) {
	st, err := r.read(ctx, ruled, reviewed, past)
	return st, Wrap("read Clerk", err)
}

// read is Read without the context of its errors.
func (r *Reader) read(ctx context.Context, ruled, reviewed []string, past Past) (*Roster, error) {
	st := &Roster{ByName: map[string]*Organization{}}
	counted := plan.NewMeter(r.Watcher, plan.ReadClerk, plan.Organizations)
	counted.Expect(0)
	names := policy.Union(ruled, reviewed)
	found, err := r.Clerk.FindOrganizations(ctx, names)
	if unread, ok := errors.AsType[*clerkapi.NamesError](err); ok { // the others were found (S40)
		st.Unread = unread.ByName
	} else if err != nil {
		return nil, fmt.Errorf("find organizations: %w", err)
	}
	st.addOrganizations(names, found)
	if len(st.Unknown) > 0 {
		st.ReadToo = r.Clerk.ReadOrganizations()
	}
	st.markReviewed(ruled, reviewed)
	counted.Complete(len(st.Organizations))
	var roles []clerkapi.Role
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		roles, err = r.Clerk.Roles(groupCtx)
		return Wrap("list roles", err)
	})
	var noSets, noInvitations error
	group.Go(func() error {
		st.sets, noSets = r.Clerk.RoleSets(groupCtx)
		return nil
	})
	group.Go(func() error { return r.listMembers(groupCtx, st, past.Unsettled) })
	group.Go(func() error {
		noInvitations = r.listInvitations(groupCtx, st, past)
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := r.goOnWithout(ctx, st, noSets, noInvitations); err != nil {
		return nil, err
	}
	if err := r.addMarked(ctx, st); err != nil {
		return nil, err
	}
	st.Roles = NewRoles(roles, r.Config.AdminRoles)
	if len(st.Roles.Admin) == 0 {
		return nil, errNoAdminRole
	}
	for _, o := range st.Organizations {
		o.Assignable = assignable(o.RoleSet, roles, st.sets)
		o.Migrating = migrating(&o.Organization, st.sets)
	}
	st.indexMembers(r.Config)
	return st, nil
}

// goOnWithout notes the lists that could not be read and that no loss needs: without
// them fewer people get access, and whoever has left loses it all the same (S39).
// Without role sets, Clerk itself refuses a role that an organization may not use.
func (r *Reader) goOnWithout(ctx context.Context, st *Roster, noSets, noInvitations error) error {
	for _, unread := range []struct {
		err               error
		what, consequence string
	}{
		{noSets, "list role sets", "whether an organization may use a role is known only when Clerk refuses it"},
		{noInvitations, "list invitations", "nobody is invited, gets an account or loses an invitation in this run"},
	} {
		switch err := Wrap(unread.what, unread.err); {
		case err == nil:
		case r.NeedsAll || ctx.Err() != nil || clerkapi.StopsRun(err):
			return err
		default:
			st.Failures = append(st.Failures, plan.Failure{Text: err.Error() + "; " + unread.consequence})
		}
	}
	return nil
}

// addOrganizations files the organizations that were found, and the names that
// no organization has.
func (st *Roster) addOrganizations(names []string, found map[string]clerkapi.Organization) {
	byID := map[string]*Organization{}
	for _, name := range names {
		o, ok := found[name]
		if st.Unread[name] != nil {
			continue
		}
		if !ok {
			st.Unknown = append(st.Unknown, name)
			continue
		}
		if byID[o.ID] == nil {
			byID[o.ID] = &Organization{Organization: o}
		}
		byID[o.ID].Names = append(byID[o.ID].Names, name)
		st.ByName[name] = byID[o.ID]
	}
	st.Organizations = slices.SortedFunc(maps.Values(byID), bySlug)
}

func bySlug(a, b *Organization) int {
	return cmp.Or(cmp.Compare(a.Slug, b.Slug), cmp.Compare(a.ID, b.ID))
}

// markReviewed marks the organizations that only a review leads to, and those
// that need membership ids for a review.
func (st *Roster) markReviewed(ruled, reviewed []string) {
	for _, o := range st.Organizations {
		o.ReviewOnly = true
	}
	for _, name := range ruled {
		if o := st.ByName[name]; o != nil {
			o.ReviewOnly = false
		}
	}
	for _, name := range reviewed {
		if o := st.ByName[name]; o != nil {
			o.UserByMembership, o.NeedIDs = map[string]string{}, true
		}
	}
}

// listMembers lists the members of all organizations but those with a fault.
func (r *Reader) listMembers(ctx context.Context, st *Roster, faults map[string]error) error {
	if len(st.Organizations) == 0 {
		return nil
	}
	organizations := make([]clerkapi.Organization, len(st.Organizations))
	for i, o := range st.Organizations {
		organizations[i] = o.Organization
	}
	rows := r.countMemberships(organizations)
	listing, err := r.Clerk.ListMemberships(clerkapi.WithRows(ctx, rows.Add), organizations)
	if err != nil {
		return fmt.Errorf("list memberships: %w", err)
	}
	st.Strategy, st.others = listing.Strategy, listing.Others
	read := plan.NewMarkerReader()
	for _, o := range st.Organizations {
		listed, ok := listing.Organizations[o.ID]
		if !ok {
			listed.Err = errors.New("the listing did not contain the organization")
		}
		if o.Err = faults[o.ID]; o.Err == nil {
			o.addMembers(listed, read)
		}
		delete(listing.Organizations, o.ID)
	}
	rows.Complete(st.countMembers())
	return nil
}

// countMemberships expects as many memberships as the organizations say to have.
func (r *Reader) countMemberships(organizations []clerkapi.Organization) *plan.Meter {
	m, total := plan.NewMeter(r.Watcher, plan.ReadClerk, plan.Memberships), 0
	for i := range organizations {
		total += max(0, organizations[i].Members)
	}
	m.Expect(total)
	return m
}

// addMembers turns a complete listing into members. An incomplete listing is an
// error and adds no member (S09).
func (o *Organization) addMembers(listed clerkapi.OrganizationListing, read plan.MarkerReader) {
	if listed.Err != nil {
		o.Err = fmt.Errorf("list members of %s: %w", cmp.Or(o.Slug, o.ID), listed.Err)
		return
	}
	o.Members = make([]Member, 0, len(listed.Memberships))
	for i := range listed.Memberships {
		m := &listed.Memberships[i]
		if m.UserID == "" {
			o.Nameless = append(o.Nameless, NamelessMember{m.ID, plan.ParseMarker(m.Private)})
			continue
		}
		o.Members = append(o.Members, Member{UserID: m.UserID, Role: m.Role, Identifier: m.Identifier, FirstName: m.FirstName, LastName: m.LastName,
			Public: m.Public, Private: m.Private, Banned: m.Banned, Deprovisioned: m.Deprovisioned, StandingUnknown: m.StandingUnknown})
		x := &o.Members[len(o.Members)-1]
		if x.Marker, x.bare = read(m.Private); x.bare {
			x.Private = bareMarker
		}
		if o.UserByMembership != nil { // a million ids are kept only for a review
			o.UserByMembership[m.ID] = m.UserID
		}
	}
	slices.SortFunc(o.Members, func(a, b Member) int { return cmp.Compare(a.UserID, b.UserID) })
}

// indexMembers indexes the members by marker and by user.
func (st *Roster) indexMembers(config policy.Config) {
	n := st.countMembers()
	st.Markers, st.Banned = NewMarkerIndex(n, config.SameIDs), map[string]bool{}
	for _, o := range st.Organizations {
		for i := range o.Members {
			m := &o.Members[i]
			if m.Banned || m.Deprovisioned {
				st.Banned[m.UserID] = true
			}
			if !m.Marker.OwnedBy(config.Owner) {
				continue
			}
			if now := config.PresentName(m.Marker.Source); now != m.Marker.Source {
				m.restorePrivate()
				m.Marker.Source = now
			}
			st.Markers.Add(m)
		}
		for _, m := range o.Nameless {
			if m.Marker != nil {
				m.Marker.Source = config.PresentName(m.Marker.Source)
			}
		}
	}
}

// Wrap says what was attempted when the error occurred; nil stays nil.
func Wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
