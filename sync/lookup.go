package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/source"
)

// lookUp reads the users of everybody who is not resolved, by external_id and
// by address, or all users where that is cheaper.
func (v *resolver) lookUp(ctx context.Context, r *Reconciler, people []*person) error {
	var externals, emails []string
	for _, p := range people {
		if p.ExternalID != "" {
			externals = append(externals, p.ExternalID)
		}
		emails = append(emails, p.emails()...)
	}
	byExternal, byEmail := clerkapi.UserQuery{ExternalIDs: unique(externals)}, clerkapi.UserQuery{Emails: unique(emails)}
	all, ok, err := r.listUsers(ctx, v.state, batchRequests([]clerkapi.UserQuery{byExternal, byEmail}))
	if ok || err != nil {
		v.remember(all)
		return err
	}
	var users [2][]clerkapi.User
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		users[0], err = findUsers(ctx, r.clerk, byExternal, len(externals))
		return err
	})
	group.Go(func() (err error) {
		users[1], err = findUsers(ctx, r.clerk, byEmail, len(emails))
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	v.remember(users[0])
	v.remember(users[1])
	return nil
}

func findUsers(ctx context.Context, clerk Clerk, q clerkapi.UserQuery, n int) ([]clerkapi.User, error) {
	if n == 0 {
		return nil, nil
	}
	return clerk.Users(ctx, q)
}

func unique(in []string) []string {
	slices.Sort(in)
	return slices.Compact(in)
}

// remember indexes users by external_id and by their verified addresses (S03).
func (v *resolver) remember(users []clerkapi.User) {
	for i := range users {
		u := &users[i]
		if v.users[u.ID] != nil {
			continue
		}
		v.users[u.ID] = u
		if u.Banned || u.Deprovisioned {
			v.state.banned[u.ID] = true
		}
		if u.ExternalID != "" {
			v.byExternal[u.ExternalID] = append(v.byExternal[u.ExternalID], u)
		}
		for _, email := range verified(u) {
			v.byEmail[email] = append(v.byEmail[email], u)
		}
		for _, e := range u.Emails {
			if folded, err := source.FoldEmail(e.Address); err == nil && !e.Verified {
				v.unproven[folded] = true
			}
		}
	}
}

// verified lists the user's proven addresses, folded (S03).
func verified(u *clerkapi.User) []string {
	var out []string
	for _, e := range u.Emails {
		if folded, err := source.FoldEmail(e.Address); err == nil && e.Verified {
			out = append(out, folded)
		}
	}
	return unique(out)
}

// byLookup joins a person to the user that the look-ups found.
func (v *resolver) byLookup(p *person) {
	var external *clerkapi.User
	if p.ExternalID != "" && len(v.byExternal[p.ExternalID]) > 0 {
		external = v.byExternal[p.ExternalID][0]
	}
	holders := v.holders(p)
	switch {
	case external != nil && len(holders) > 0 && !slices.Contains(holders, external):
		v.conflict(p, append(userIDs(holders), external.ID), fmt.Sprintf(
			"%s: external_id %s is user %s, but the address is verified by %s",
			p.Label(), p.ExternalID, external.ID, strings.Join(userIDs(holders), ", ")))
	case external != nil:
		v.joinTo(p, external, joinExternal)
	case len(holders) > 1:
		p.trouble = &trouble{rule: "S06", users: userIDs(holders), hold: v.config.Ambiguous == AmbiguousHold,
			text: fmt.Sprintf("%s matches several users: %s", p.Label(), strings.Join(userIDs(holders), ", "))}
	case len(holders) == 1 && p.ExternalID != "" && holders[0].ExternalID != "" && holders[0].ExternalID != p.ExternalID:
		v.conflict(p, userIDs(holders), fmt.Sprintf("%s: user %s has the external_id %s, the directory says %s",
			p.Label(), holders[0].ID, holders[0].ExternalID, p.ExternalID))
	case len(holders) == 1:
		v.joinTo(p, holders[0], joinEmail)
	}
}

// holders are the users who have verified one of the person's addresses.
func (v *resolver) holders(p *person) []*clerkapi.User {
	var out []*clerkapi.User
	for _, email := range p.emails() {
		for _, u := range v.byEmail[email] {
			if !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
	}
	return out
}

func userIDs(users []*clerkapi.User) []string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	return unique(ids)
}

func (v *resolver) conflict(p *person, users []string, text string) {
	p.trouble = &trouble{rule: "S02", hold: true, users: unique(users), text: text + "; " +
		"compare the two in the directory and in Clerk, then correct the one that is wrong"}
}

// joinTo joins unless our marker gives the user to somebody else (S02).
func (v *resolver) joinTo(p *person, u *clerkapi.User, how join) {
	decided := v.memory.decision(p, u.ID)
	if decided.New {
		v.isNew(p, u.ID, decided.Was)
		return
	}
	for _, other := range v.state.marked.identities(u.ID, nil) {
		if v.dir.same.known(p, other) || !decided.New && decided.Was == other.origin() {
			continue
		}
		switch v.config.IDChanged {
		case IDChangedNew:
			v.isNew(p, u.ID, other.origin())
			return
		case IDChangedSame:
		case IDChangedHold:
			v.conflict(p, []string{u.ID}, fmt.Sprintf(
				"%s (%s) has the id %s, but user %s, who holds the address, is marked as %s of source %s",
				p.Label(), p.Origin, cmp.Or(p.ID, "none"), u.ID, other.id, other.source))
			p.trouble.conflict = conflictOf(p, u.ID, other)
			return
		}
	}
	p.userID, p.join = u.ID, how
}

// isNew keeps a person away from a user who holds the address and is somebody
// else by the admin's word (S02).
func (v *resolver) isNew(p *person, user string, was DirectoryID) {
	v.notes = append(v.notes, Note{Rule: "S02", Email: p.Email, Text: fmt.Sprintf(
		"%s is new under the id %s: user %s belongs to %s of source %s", p.Label(), p.ID, user, was.ID, was.Source)})
	p.exception().notUser = user
	p.exception().was = was
}
