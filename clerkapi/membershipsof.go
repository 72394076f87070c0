package clerkapi

import (
	"context"
	"slices"
)

// batchOfUsers is how many values a filter takes.
const batchOfUsers = 100

// MembershipsOf reads the memberships that some users have in an organization:
// the list filtered by user_id, 100 users a call. An answer that is not whole
// is an *IncompleteError.
func (c *Client) MembershipsOf(ctx context.Context, organization string, users []string) ([]Membership, error) {
	var out []Membership
	for batch := range slices.Chunk(users, batchOfUsers) {
		page, err := c.MembershipPage(ctx, organization, MembershipQuery{UserIDs: batch, Limit: batchOfUsers})
		if err != nil {
			return nil, err
		}
		if page.Total != len(page.Items) {
			return nil, &IncompleteError{Organization: organization, What: "memberships of some users", Got: len(page.Items), Want: page.Total}
		}
		out = append(out, page.Items...)
	}
	return out, nil
}
