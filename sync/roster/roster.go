package roster

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Roster is what Clerk holds, as far as the run needs it.
type Roster struct {
	Organizations []*Organization // by slug, then id
	ByName        map[string]*Organization
	Unknown       []string // names that no organization has (S22)
	// ReadToo are organizations that were read while Unknown were looked for.
	ReadToo []clerkapi.Organization
	// Unread are the errors of names that could not be asked for (S40).
	Unread   map[string]error
	Strategy clerkapi.ListingStrategy
	Roles    Roles
	// InvitationsRead says that the pending invitations are known.
	InvitationsRead bool
	sets            []clerkapi.RoleSet
	// others are the members of other organizations, if the listing showed them.
	others map[string][]clerkapi.Membership
	// Markers are the members with our marker. Several users with one id are a
	// conflict, and so are several ids of one user (S02).
	Markers *MarkerIndex
	// Movers are the people in Markers whom only the memory knows, not Clerk (S01).
	Movers map[plan.DirectoryID]bool
	// Banned are users who may not get anything (S08).
	Banned map[string]bool
	Notes  []plan.Note
	// Failures are the lists of the instance that could not be read, and that no loss
	// needs (S39).
	Failures []plan.Failure
}

// Organization is what Clerk holds for one organization.
type Organization struct {
	clerkapi.Organization
	// Names are the names of the organization in the configuration and the data.
	Names   []string
	Members []Member // sorted by user id
	// Nameless are the memberships of which Clerk does not say whose they are.
	Nameless []NamelessMember
	// Invited are the pending invitations, by folded address.
	Invited map[string]*clerkapi.Invitation
	// Assignable are the roles of its role set; nil if no set is known.
	Assignable map[string]bool
	// Migrating says that Clerk moves the members to other roles now.
	Migrating bool
	Err       error
	// ReviewOnly says that no rule, row or earlier run leads here. The organization
	// was read for a review, and only members whom the review names lose anything.
	ReviewOnly bool
	// Marked says that only members with our marker lead here: no rule, row or
	// earlier run does (S15).
	Marked bool
	// UserByMembership are the users by orgmem_ id, if a review asks for them.
	UserByMembership map[string]string
	// Decisions are what reviewers decided, by user. UnmatchedDecisions are
	// decisions to remove that are about no present membership.
	Decisions          map[string]*source.Decision
	UnmatchedDecisions []*source.Decision
}

// ByID indexes the organizations.
func (st *Roster) ByID() map[string]*Organization {
	out := make(map[string]*Organization, len(st.Organizations))
	for _, o := range st.Organizations {
		out[o.ID] = o
	}
	return out
}

// Hidden reports whether an organization may have members that the listing does
// not show. It is nil if every organization was listed whole (S40).
func (st *Roster) Hidden() func(organization string) bool {
	failed, listed := map[string]bool{}, map[string]bool{}
	for _, o := range st.Organizations {
		failed[o.ID], listed[o.ID] = o.Err != nil, o.Err == nil
	}
	switch {
	case len(st.Unread) > 0: // the id of a name that was not found is not known
		return func(id string) bool { return !listed[id] }
	case !slices.ContainsFunc(st.Organizations, func(o *Organization) bool { return o.Err != nil }):
		return nil
	}
	return func(id string) bool { return failed[id] }
}

// HiddenNames are the names of these organizations, sorted.
func (st *Roster) HiddenNames() []string {
	names := slices.Collect(maps.Keys(st.Unread))
	for _, o := range st.Organizations {
		if o.Err != nil {
			names = append(names, cmp.Or(o.Slug, o.ID))
		}
	}
	return policy.Unique(names)
}

// AllNames are the names of the organization in the configuration and the data, and
// its id, which exceptions use.
func (o *Organization) AllNames() []string {
	if slices.Contains(o.Names, o.ID) {
		return o.Names
	}
	return append(slices.Clone(o.Names), o.ID)
}

// Member finds the membership of a user; nil if there is none.
func (o *Organization) Member(user string) *Member {
	i, ok := slices.BinarySearchFunc(o.Members, user, func(m Member, user string) int {
		return cmp.Compare(m.UserID, user)
	})
	if !ok {
		return nil
	}
	return &o.Members[i]
}

// Before is the membership, or the invitation to be revoked, as it was listed;
// nil if there is none, or if the change is about an account.
func (o *Organization) Before(c *plan.Change) json.RawMessage {
	if o == nil {
		return nil
	}
	if inv := o.Invited[c.Email]; c.Action == plan.RevokeInvitation && inv != nil {
		return (&plan.Snapshot{Role: inv.Role, Public: inv.Public, Private: inv.Private}).Raw()
	}
	if s := o.Member(c.UserID).Snapshot(); s != nil {
		return s.Raw()
	}
	return nil
}

// Knows reports whether Clerk has a role with that key: one that it lists, or
// one in a role set.
func (st *Roster) Knows(role string) bool {
	_, listed := st.Roles.Permissions[role]
	return listed || slices.ContainsFunc(st.sets, func(s clerkapi.RoleSet) bool { return slices.Contains(s.Roles, role) })
}

// UsersOfUnknownStanding are the members whose listing does not show whether
// they are banned. Clerk's contract leaves that open (S08).
func (st *Roster) UsersOfUnknownStanding() map[string]bool {
	out := map[string]bool{}
	for _, o := range st.Organizations {
		for i := range o.Members {
			if m := &o.Members[i]; m.StandingUnknown {
				out[m.UserID] = true
			}
		}
	}
	return out
}

// CountUsers counts the users who are members, each once.
func (st *Roster) CountUsers() int { return len(st.UsersOf(func(*Member) bool { return true })) }

// UsersOf are the users with a membership of a kind, each once.
func (st *Roster) UsersOf(kind func(*Member) bool) map[string]struct{} {
	seen := map[string]struct{}{}
	for _, o := range st.Organizations {
		for i := range o.Members {
			if m := &o.Members[i]; kind(m) {
				seen[m.UserID] = struct{}{}
			}
		}
	}
	return seen
}
