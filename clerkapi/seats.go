package clerkapi

import (
	"context"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/wire"
)

// Seats are the seats that an organization's subscription pays for. Members take
// them, and so do pending invitations.
type Seats struct {
	// Quantity is their number; 0 when Unlimited.
	Quantity int
	// Unlimited says that the subscription has no limit of its own, also because
	// its plan is not billed by seats. [Organization.MaxMembers] is apart.
	Unlimited bool
}

// Seats reads the seats of the active items of an organization's subscription
// (GET /organizations/{organization_id}/billing/subscription). If there is no
// subscription, the error is [ErrNotFound], as it is for an unknown organization.
// An instance without billing may answer 403. Clerk does not document several
// active items with seats: they are added up.
func (c *organizations) Seats(ctx context.Context, organization string) (Seats, error) {
	if err := arguments.Of("Seats").Organization(organization).Err(); err != nil {
		return Seats{}, err
	}
	var out wire.Subscription
	err := c.sender.Do(ctx, &calls.Call{
		Method: "GET", Path: organizationPath + "/billing/subscription", Args: []string{organization}, Out: &out, Repeat: calls.Always, Limits: limit.Key{Route: limit.Enquiries},
	})
	if err != nil {
		return Seats{}, err
	}
	return seatsOf(out.Items), nil
}

func seatsOf(items []wire.SubscriptionItem) Seats {
	billed, quantity := false, 0
	for _, item := range items {
		switch {
		case item.Status != "active" || item.Seats == nil:
		case item.Seats.Quantity == nil:
			return Seats{Unlimited: true}
		default:
			billed, quantity = true, quantity+int(*item.Seats.Quantity)
		}
	}
	return Seats{Quantity: quantity, Unlimited: !billed}
}
