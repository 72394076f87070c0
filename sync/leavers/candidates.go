package leavers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/sync/exception"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// findCandidates finds the users whose removal the plan has, and those whom an earlier
// run has removed without finishing. A removal counts if our own marker names the
// person, in a source of the configuration: an address proves nothing here.
func (w *search) findCandidates() {
	found := map[string]*candidate{}
	for _, c := range w.Plan.Changes() {
		if c.Action != plan.Remove || c.InGrace() || !w.isMarked(c, w.organizations[c.Organization]) {
			continue
		}
		known := found[c.UserID]
		if known == nil {
			known = &candidate{user: c.UserID, ids: w.Have.Markers.DirectoryIDs(c.UserID, nil), change: plan.Change{Email: c.Email, Name: c.Name,
				Source: c.Source, ID: c.ID, Because: c.Because, Cause: c.Cause}}
			found[c.UserID] = known
		}
		if known.seen.Before(c.LastSeen) {
			known.seen = c.LastSeen
		}
	}
	if w.Memory != nil {
		for key, f := range w.Memory.DueLeavers {
			user, organization := memory.LeaverOfKey(key)
			if organization != "" {
				continue // only of the sessions there
			}
			id := f.DirectoryID(w.Config)
			if known := found[user]; known != nil {
				known.ids, known.recorded, known.earlier = append(known.ids, id), true, f
				known.change.Asks = f.Asks
				continue
			}
			f.Source = id.Source
			found[user] = &candidate{user: user, ids: append(w.Have.Markers.DirectoryIDs(user, nil), id), recorded: true, earlier: f, seen: f.Seen,
				change: plan.Change{Email: f.Email, Name: f.Name, Source: f.Source, ID: f.ID, Because: f.Because, Cause: f.Cause, Asks: f.Asks}}
		}
	}
	for _, user := range slices.Sorted(maps.Keys(found)) {
		w.candidates = append(w.candidates, found[user])
	}
}

// noneText is why a step waits that an earlier run has left.
const noneText = "waits: removals is none, so nobody loses anything (S26)"

// isMarked reports whether our marker says whose the membership of a removal is.
func (w *search) isMarked(c *plan.Change, o *roster.Organization) bool {
	m := o.Member(c.UserID)
	return m != nil && m.Marker.OwnedBy(w.Config.Owner) && c.ID != "" && w.isConfigured(c.Source)
}

// isConfigured reports whether the configuration has a source of the name.
func (w *search) isConfigured(name string) bool {
	for _, s := range w.Reader.Sources {
		if s.Name() == name {
			return true
		}
	}
	return false
}

// isGone reports whether Clerk says that there is no such account. One list that leaves an
// account out may be short (S09), and would end the ladder without a word.
func isGone(ctx context.Context, clerk Clerk, c *candidate) bool {
	_, err := clerk.MembershipsOfUser(ctx, c.user)
	e, ok := errors.AsType[*clerkapi.Error](err) // a proxy answers 404 without a code
	return ok && e.Code != "" && errors.Is(e, clerkapi.ErrNotFound)
}

// loadAccounts reads the accounts that the run has not read yet. An account that is
// gone needs no step. In many directories people write their own address. So somebody
// can lead rollcall to the account of another person, and then leave: only accounts with
// an address of the company's own domains are closed.
func (w *search) loadAccounts(ctx context.Context) error {
	var ids []string
	for _, c := range w.candidates {
		ids = append(ids, c.user)
	}
	if err := w.People.Load(ctx, ids, "read the accounts of people who have left"); err != nil {
		return err
	}
	w.candidates = slices.DeleteFunc(w.candidates, func(c *candidate) bool {
		if w.People.Users[c.user] == nil && !isGone(ctx, w.Clerk, c) {
			w.People.Users[c.user] = &clerkapi.User{ID: c.user}
			c.leave(plan.LeaverUnproven, "waits: Clerk did not show the account, and does not say that it is gone", true)
		}
		u := w.People.Users[c.user]
		if u != nil {
			f := memory.LeaverOf(&c.change)
			c.change = newStep(&f, u)
		}
		return u == nil
	})
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read the accounts of people who have left: %w", err)
	}
	for _, c := range w.candidates {
		if i := slices.IndexFunc(c.ids, func(id plan.DirectoryID) bool { return id.Source != exception.Source && !w.isConfigured(id.Source) }); i >= 0 {
			c.leave(plan.LeaverUnproven, "source "+c.ids[i].Source+" is not in the configuration, so nothing says whether the person has left it", false)
		}
		if by := c.earlier.ByHand(w.People.Users[c.user].Banned, w.People.Users[c.user].Locked, w.Read.Directory.Now); by != "" {
			c.leave(plan.LeaverClaimed, "somebody has "+by, false)
		}
		if w.Config.Removals == policy.RemovalsNone {
			c.leave(plan.LeaverUnproven, noneText, true)
		}
		if !slices.ContainsFunc(roster.VerifiedAddresses(w.People.Users[c.user]), w.Config.IsOwnAddress) {
			c.leave(plan.LeaverUnproven, "the account has verified no address in the domains of email_domains (S07)", false)
		}
		if i := slices.IndexFunc(c.ids, func(id plan.DirectoryID) bool { return strings.Contains(id.ID, "@") }); i >= 0 {
			c.leave(plan.LeaverUnproven, "source "+c.ids[i].Source+" knows "+cmp.Or(c.change.Email, c.user)+" by an address, and a new address looks like somebody who left", false)
		}
	}
	return nil
}
