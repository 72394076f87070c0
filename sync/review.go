package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/clerkapi"
)

// Scope is what an access review is about.
type Scope struct {
	// Organizations (slugs or ids) are reviewed whether or not a rule leads to them.
	Organizations []string
	// Only limits the review to one organization, by its slug or id; empty is all.
	Only string
}

// ErrNoOrganization says that nobody bears the name that a review is limited to.
var ErrNoOrganization = errors.New("no organization has that slug or id")

// covers reports whether the review is about the organization.
func (s *Scope) covers(o *organizationState) bool {
	return s.Only == "" || s.Only == o.Slug || s.Only == o.ID
}

// reviewed lists the organizations that a review, made or come back, is about.
func (a *assignments) reviewed(s *Scope) []string {
	names := slices.Collect(maps.Keys(a.decided))
	if s != nil {
		names = append(names, s.Organizations...)
	}
	return names
}

// reviewer turns a finished dry run into an access review. Like the explainer
// it looks at the very values that the plan was made of.
type reviewer struct {
	*Reconciler
	seen
	resolver *resolver
	skip     *skipper
	granted  *grants
}

// review says of every member why they are one. A review with a hole in it is
// none: whatever was not read whole is an error (S09).
func (r *Reconciler) review(ctx context.Context, scope *Scope, s seen, v *resolver, plan *Plan) (*Review, error) {
	if err := holes(plan); err != nil {
		return nil, err
	}
	x := &reviewer{Reconciler: r, seen: s, resolver: v, skip: newSkipper(r.config, v, s.memory)}
	if err := x.readRest(ctx, scope); err != nil {
		return nil, fmt.Errorf("make the access review: %w", err)
	}
	out := &Review{Version: ReviewVersion, Organizations: []Reviewed{}, Sources: plan.Sources, Total: map[Standing]int{}, HistoryOff: r.journal == nil}
	for i, d := range s.drafts {
		if !scope.covers(d.state) {
			continue
		}
		o := x.organization(d, &plan.Organizations[i])
		for j := range o.Members {
			out.Total[o.Members[j].Standing]++
		}
		out.Organizations = append(out.Organizations, o)
	}
	for _, h := range plan.Holds {
		if o := s.have.byID()[h.Organization]; o == nil && scope.Only == "" || o != nil && scope.covers(o) {
			out.Doubts = append(out.Doubts, h)
		}
	}
	if scope.Only != "" && len(out.Organizations) == 0 {
		return nil, fmt.Errorf("make the access review of %q: %w", scope.Only, ErrNoOrganization)
	}
	return out, nil
}

// holes joins what was not read.
func holes(plan *Plan) error {
	var problems []error
	for _, f := range plan.Failures {
		problems = append(problems, errors.New(cmp.Or(f.Organization, f.Source)+": "+f.Text))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("make the access review: it would not be whole: %w", errors.Join(problems...))
}

// readRest reads what only a review asks for: pending invitations, the users
// of all members, and who let them in.
func (x *reviewer) readRest(ctx context.Context, scope *Scope) error {
	if x.config.MissingUsers != MissingInvite {
		if err := x.readInvitations(ctx, x.have); err != nil {
			return err
		}
	}
	if err := x.readUsers(ctx, scope); err != nil {
		return fmt.Errorf("read the members' users: %w", err)
	}
	var err error
	x.granted, err = x.readGrants(ctx)
	return err
}

// readUsers reads the users whom the run has not read yet, by the cheaper road.
func (x *reviewer) readUsers(ctx context.Context, scope *Scope) error {
	var ids []string
	for _, d := range x.drafts {
		if !scope.covers(d.state) {
			continue
		}
		for i := range d.state.members {
			if id := d.state.members[i].UserID; x.resolver.users[id] == nil {
				ids = append(ids, id)
			}
		}
	}
	q := clerkapi.UserQuery{IDs: unique(ids)}
	users, ok, err := x.listUsers(ctx, x.have, clerkapi.UserRequests(q))
	if err == nil && !ok {
		users, err = findUsers(ctx, x.clerk, q, len(q.IDs))
	}
	if err == nil {
		x.resolver.remember(users)
	}
	return err
}

// organization reviews the members and invitations of one organization.
func (x *reviewer) organization(d *draft, plan *OrganizationPlan) Reviewed {
	o := d.state
	out := Reviewed{ID: o.ID, Slug: o.Slug, Name: o.Name, Ruled: !o.unruled, Members: make([]Access, len(o.members))}
	wants, next := indexWants(d.wants), map[string][]string{}
	for i := range plan.Changes {
		c := &plan.Changes[i]
		next[c.UserID] = append(next[c.UserID], c.verdict())
	}
	ids := make(map[string]string, len(o.memberships))
	for id, user := range o.memberships {
		ids[user] = id
	}
	for i := range o.members {
		a := x.member(o, &o.members[i])
		a.MembershipID = ids[a.UserID]
		x.weigh(&a, &o.members[i], wants)
		a.Next = strings.Join(next[a.UserID], ", and ")
		out.Members[i] = a
	}
	slices.SortFunc(out.Members, compareAccess)
	for _, email := range slices.Sorted(maps.Keys(o.invited)) {
		out.Invitations = append(out.Invitations, x.invitation(o, email, wants))
	}
	return out
}

// compareAccess puts first whom nothing explains, and admins before others.
func compareAccess(a, b Access) int {
	order := Standings()
	member := map[bool]int{true: 0, false: 1}
	return cmp.Or(cmp.Compare(slices.Index(order, a.Standing), slices.Index(order, b.Standing)),
		cmp.Compare(member[a.Admin], member[b.Admin]), cmp.Compare(a.Email, b.Email), cmp.Compare(a.UserID, b.UserID))
}
