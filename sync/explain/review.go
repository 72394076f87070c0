package explain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/diff"
	"rollcall/sync/guard"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Scope limits an access review.
type Scope struct {
	// Organizations (slugs or ids) are reviewed whether or not a rule leads to them.
	Organizations []string
	// Only limits the review to one organization, by its slug or id; empty is all.
	Only string
}

// ErrNoOrganization says that nobody bears the name that a review is limited to.
var ErrNoOrganization = errors.New("no organization has that slug or id")

// covers reports whether the review is about the organization.
func (s *Scope) covers(o *roster.Organization) bool {
	return s.Only == "" || s.Only == o.Slug || s.Only == o.ID
}

// reviewer turns a finished dry run into an access review. It reads the values
// that the plan was made of, so the two cannot differ.
type reviewer struct {
	Question
	*diff.Comparison
	exclusions *guard.Exclusions
	granted    *grants
}

// Everyone explains every member of the organizations in the scope. If
// something could not be read completely, the result is an error: a review
// must have no gap (S09).
func Everyone(ctx context.Context, by Question, scope *Scope, s *diff.Comparison, plan *plan.Plan) (*Review, error) {
	if err := unreadParts(plan); err != nil {
		return nil, err
	}
	x := &reviewer{Question: by, Comparison: s, exclusions: guard.NewExclusions(by.Config, s.People)}
	if err := x.readRest(ctx, scope); err != nil {
		return nil, fmt.Errorf("create the access review: %w", err)
	}
	out := &Review{Version: ReviewVersion, Instance: plan.Instance, Organizations: []Reviewed{}, Sources: plan.Sources, Total: map[Standing]int{}, HistoryOff: by.Journal == nil}
	for i, d := range s.Proposals {
		if !scope.covers(d.Organization) {
			continue
		}
		o := x.organization(d, &plan.Organizations[i])
		for j := range o.Members {
			out.Total[o.Members[j].Standing]++
		}
		out.Organizations = append(out.Organizations, o)
	}
	byID, labels := s.Have.ByID(), []string{}
	for i := range plan.Organizations {
		labels = append(labels, plan.Organizations[i].Label())
	}
	for _, h := range plan.Holds {
		if o := byID[h.Organization]; o == nil && scope.Only == "" || o != nil && scope.covers(o) {
			out.Doubts = append(out.Doubts, h)
		}
	}
	if scope.Only != "" && len(out.Organizations) == 0 {
		return nil, fmt.Errorf("create the access review of %q: %w%s", scope.Only, ErrNoOrganization, source.DidYouMean(scope.Only, labels))
	}
	return out, nil
}

// unreadParts joins the reads that failed.
func unreadParts(plan *plan.Plan) error {
	var problems []error
	for _, f := range plan.Failures {
		problems = append(problems, errors.New(cmp.Or(f.Organization, f.Source, "Clerk")+": "+f.Text))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("create the access review: it would be incomplete: %w", errors.Join(problems...))
}

// readRest reads what only a review needs: pending invitations, the users of
// all members, and the runs that gave access.
func (x *reviewer) readRest(ctx context.Context, scope *Scope) error {
	if x.Config.MissingUsers != policy.MissingInvite {
		if err := (&roster.Reader{Config: x.Config, Clerk: x.Clerk}).ReadInvitations(ctx, x.Have); err != nil {
			return fmt.Errorf("list invitations: %w", err)
		}
	}
	if err := x.readUsers(ctx, scope); err != nil {
		return fmt.Errorf("read the members' accounts: %w", err)
	}
	var err error
	x.granted, err = x.readGrants(ctx)
	return err
}

// readUsers reads the users that the run has not read yet, with as few
// requests as possible.
func (x *reviewer) readUsers(ctx context.Context, scope *Scope) error {
	var ids []string
	for _, d := range x.Proposals {
		if !scope.covers(d.Organization) {
			continue
		}
		for i := range d.Organization.Members {
			if id := d.Organization.Members[i].UserID; x.People.Users[id] == nil {
				ids = append(ids, id)
			}
		}
	}
	q := clerkapi.UserQuery{IDs: policy.Unique(ids)}
	loaded, err := x.People.LoadAll(ctx, clerkapi.UserRequests(q))
	if err == nil && !loaded {
		_, err = x.People.Find(ctx, q)
	}
	return err
}

// organization reviews the members and invitations of one organization.
func (x *reviewer) organization(d *diff.Proposal, plan *plan.Organization) Reviewed {
	o := d.Organization
	out := Reviewed{ID: o.ID, Slug: o.Slug, Name: o.Name, Ruled: !o.ReviewOnly, Members: make([]Access, len(o.Members))}
	wants, next := indexWants(d.Wants), map[string][]string{}
	for i := range plan.Changes {
		c := &plan.Changes[i]
		next[c.UserID] = append(next[c.UserID], verdictOf(c))
	}
	ids := make(map[string]string, len(o.UserByMembership))
	for id, user := range o.UserByMembership {
		ids[user] = id
	}
	for i := range o.Members {
		a := x.member(o, &o.Members[i])
		a.MembershipID = ids[a.UserID]
		x.explain(&a, &o.Members[i], wants)
		a.Next = strings.Join(next[a.UserID], ", and ")
		out.Members[i] = a
	}
	slices.SortFunc(out.Members, compareAccess)
	for _, email := range slices.Sorted(maps.Keys(o.Invited)) {
		out.Invitations = append(out.Invitations, x.invitation(o, email, wants))
	}
	return out
}

// compareAccess puts unexplained members first, and admins before others.
func compareAccess(a, b Access) int {
	order := Standings()
	member := map[bool]int{true: 0, false: 1}
	return cmp.Or(cmp.Compare(slices.Index(order, a.Standing), slices.Index(order, b.Standing)),
		cmp.Compare(member[a.Admin], member[b.Admin]), cmp.Compare(a.Email, b.Email), cmp.Compare(a.UserID, b.UserID))
}
