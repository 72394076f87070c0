package identity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// lookUp reads the users of people that are not joined yet, by external_id and
// by address. It lists all users when that takes fewer requests.
func (v *Resolver) lookUp(ctx context.Context, people []*directory.Person) error {
	v.questions = newQuestions(&v.UserIndex)
	var externals, emails []string
	for _, p := range people {
		if p.ExternalID != "" {
			externals = append(externals, p.ExternalID)
		}
		emails = append(emails, p.Addresses()...)
	}
	byExternal, byEmail := clerkapi.UserQuery{ExternalIDs: policy.Unique(externals)}, clerkapi.UserQuery{Emails: policy.Unique(emails)}
	if loaded, err := v.LoadAll(ctx, batchRequests([]clerkapi.UserQuery{byExternal, byEmail})); loaded || err != nil {
		return err
	}
	var users [2][]clerkapi.User
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		users[0], err = v.questions.externals.read(ctx, byExternal)
		return err
	})
	group.Go(func() (err error) {
		users[1], err = v.questions.emails.read(ctx, byEmail)
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	v.Index(users[0])
	v.Index(users[1])
	return nil
}

// joinByLookup joins a person to the user that lookUp found.
func (v *Resolver) joinByLookup(p *directory.Person) {
	if p.Problem = v.questions.problemOf(p); p.Problem != nil {
		return
	}
	var external *clerkapi.User
	if p.ExternalID != "" && len(v.ByExternal[p.ExternalID]) > 0 {
		external = v.ByExternal[p.ExternalID][0]
	}
	holders := v.holders(p)
	switch {
	case external != nil && len(holders) > 0 && !slices.Contains(holders, external):
		v.conflict(p, append(userIDs(holders), external.ID), fmt.Sprintf(
			"%s: account %s has the external_id %s, but account %s has verified the address",
			p.Label(), external.ID, p.ExternalID, strings.Join(userIDs(holders), ", ")))
	case external != nil:
		v.joinTo(p, external, directory.ByExternalID)
	case len(holders) > 1:
		p.Problem = &directory.Problem{Rule: "S06", Users: userIDs(holders), Hold: v.Config.Ambiguous == policy.AmbiguousHold,
			Text: fmt.Sprintf("%s matches several accounts: %s", p.Label(), strings.Join(userIDs(holders), ", "))}
	case len(holders) == 1 && p.ExternalID != "" && holders[0].ExternalID != "" && holders[0].ExternalID != p.ExternalID:
		v.conflict(p, userIDs(holders), fmt.Sprintf("%s: account %s has the external_id %s, but the directory says %s",
			p.Label(), holders[0].ID, holders[0].ExternalID, p.ExternalID))
	case len(holders) == 1:
		v.joinTo(p, holders[0], directory.ByEmail)
	default:
		v.reservations().join(p)
	}
}

func userIDs(users []*clerkapi.User) []string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	return policy.Unique(ids)
}

// conflict records that ids contradict each other, which holds the changes of
// everybody concerned (S02).
func (v *Resolver) conflict(p *directory.Person, users []string, text string) {
	p.Problem = &directory.Problem{Rule: "S02", Hold: true, Users: policy.Unique(users), Text: text + "; " +
		"compare the directory with Clerk, and fix the one that is wrong"}
}

// joinTo joins a person to a user, unless our marker gives the user to another
// person (S02).
func (v *Resolver) joinTo(p *directory.Person, u *clerkapi.User, how directory.MatchedBy) {
	decided := v.Memory.DecisionOn(p.DirectoryID(), u.ID)
	if decided.New {
		v.keepApart(p, u.ID, decided.Was)
		return
	}
	for _, other := range v.Have.Markers.DirectoryIDs(u.ID, nil) {
		if directory.HasID(v.Directory.Same, p, other) || decided.Covers(other) || v.addressAgrees(p, u, other) {
			continue
		}
		switch v.Config.IDChanged {
		case policy.IDChangedNew:
			v.keepApart(p, u.ID, other)
			return
		case policy.IDChangedSame:
		case policy.IDChangedHold:
			v.conflict(p, []string{u.ID}, fmt.Sprintf(
				"%s (%s): same address, other id: the directory says %s, but account %s is marked with the id %s of source %s",
				p.Label(), p.Origin, cmp.Or(p.ID, "none"), u.ID, other.ID, other.Source))
			p.Problem.Conflict = v.conflictOf(p, u.ID, other)
			if v.claims().foreignID(p, other) {
				v.crossed = append(v.crossed, p)
			}
			return
		}
	}
	p.UserID, p.MatchedBy = u.ID, how
}

// addressAgrees reports whether a marker of another source does not contradict
// the person, because one of the two sources has only addresses: the user has
// verified the address that it has.
func (v *Resolver) addressAgrees(p *directory.Person, u *clerkapi.User, other plan.DirectoryID) bool {
	if !v.claims().foreignID(p, other) {
		return false
	}
	return p.ID == "" || slices.Contains(roster.VerifiedAddresses(u), other.ID)
}

// keepApart records that the user with the person's address belongs to
// somebody else, as the admin decided (S02).
func (v *Resolver) keepApart(p *directory.Person, user string, was plan.DirectoryID) {
	v.Notes = append(v.Notes, plan.Note{Rule: "S02", Email: p.Email, Users: []string{user}, Text: fmt.Sprintf(
		"%s is a new person with the id %s; account %s belongs to %s of source %s", p.Label(), p.ID, user, was.ID, was.Source)})
	p.EnsureExceptions().NotUser = user
	p.EnsureExceptions().Was = was
}

// conflictOf is the conflict that an admin can decide with rollcall rebind. One
// decision is about all ids of the user's markers that can be compared with the
// person's, and about those that were decided before.
func (v *Resolver) conflictOf(p *directory.Person, user string, other plan.DirectoryID) *plan.Conflict {
	c := &plan.Conflict{Email: p.Email, User: user, Now: p.DirectoryID(), Was: other}
	for _, id := range v.Have.Markers.DirectoryIDs(user, nil) {
		decided := v.Memory.DecisionOn(c.Now, user)
		if id != other && !directory.HasID(v.Directory.Same, p, id) && (!v.claims().foreignID(p, id) || decided.Covers(id)) {
			c.Also = append(c.Also, id)
		}
	}
	return c
}
