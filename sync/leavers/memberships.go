package leavers

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// readsAtOnce bounds the reads of memberships in flight. The limits of the client
// decide how fast they go.
const readsAtOnce = 16

// readMemberships leaves the accounts alone of users with a membership that this plan
// does not remove. If an organization that was listed shows one, Clerk is not asked.
func (w *search) readMemberships(ctx context.Context) error {
	for _, c := range w.open() {
		for _, o := range w.Have.Organizations {
			if o.Err == nil && o.Member(c.user) != nil && !w.isRemoved(o.ID, c.user) {
				c.leave(plan.LeaverStays, w.Plan.LabelOf(o.ID), false)
			}
		}
	}
	asked := w.open()
	lists, faults := make([][]clerkapi.Membership, len(asked)), make([]error, len(asked))
	var group errgroup.Group
	group.SetLimit(readsAtOnce)
	for i, c := range asked {
		group.Go(func() error {
			lists[i], faults[i] = w.Clerk.MembershipsOfUser(ctx, c.user)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("read the memberships of people who have left: %w", err)
	}
	for i, c := range asked {
		if faults[i] != nil {
			c.leave(plan.LeaverUnproven, "waits until the memberships of the account can be read", true)
		}
		if faults[i] == nil && !w.hasRemoved(c.user, lists[i]) {
			c.leave(plan.LeaverUnproven, "waits: Clerk lists the account as a member, and among its memberships does not", true)
		}
		for _, m := range lists[i] {
			switch {
			case w.isRemoved(m.OrganizationID, c.user):
			case w.isHidden(m.OrganizationID):
				c.leave(plan.LeaverUnproven, "waits until organization "+w.Plan.LabelOf(m.OrganizationID)+" can be read", true)
			default:
				c.leave(plan.LeaverStays, w.Plan.LabelOf(m.OrganizationID), false)
			}
		}
	}
	return nil
}

// isRemoved reports whether the plan removes a user from an organization.
func (w *search) isRemoved(organization, user string) bool {
	for _, c := range w.removals[user] {
		if c.Organization == organization {
			return true
		}
	}
	return false
}

// hasRemoved reports whether a list of memberships has those that the plan removes:
// otherwise one of two answers of Clerk was not about this user, or not whole.
func (w *search) hasRemoved(user string, list []clerkapi.Membership) bool {
	for _, c := range w.removals[user] {
		if !slices.ContainsFunc(list, func(m clerkapi.Membership) bool { return m.OrganizationID == c.Organization }) {
			return false
		}
	}
	return true
}
