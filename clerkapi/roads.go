package clerkapi

import (
	"context"
	"maps"

	"go.uber.org/zap"
)

// Pages is how many requests a list of n records costs: ⌈n/500⌉, and one at
// least, since emptiness has to be read too.
func Pages(n int) int { return max(1, (n+PageLimit-1)/PageLimit) }

// ListingRequests is the least number of requests that lists the memberships
// of organizations with the given member counts (negative: unknown), and the
// road that does it. instance is the number of memberships in the whole
// instance; negative when unknown, and then the second road is out.
//
//	per organization: Σ ⌈nᵢ/500⌉, one each at least
//	instance-wide:    ⌈N/500⌉
//
// On a tie the first is taken: what others change in one organization cannot
// disturb the listing of another.
func ListingRequests(members []int, instance int) (Road, int) {
	each := 0
	for _, n := range members {
		each += Pages(n)
	}
	if instance >= 0 && Pages(instance) < each {
		return InstanceWide, Pages(instance)
	}
	return PerOrganization, each
}

// ListMemberships lists the memberships of the organizations by the cheaper
// road, see [ListingRequests]. An organization that cannot be listed whole
// carries its error in the Listing; the error result is for what stops every
// organization: a refused key, or the end of the context.
func (c *Client) ListMemberships(ctx context.Context, organizations []Organization) (*Listing, error) {
	a := checking("ListMemberships")
	for i := range organizations {
		a.organization(organizations[i].ID)
	}
	if err := a.err(); err != nil {
		return nil, err
	}
	asked := unique(append([]Organization(nil), organizations...), func(o *Organization) string { return o.ID })
	listing, err := c.listMemberships(ctx, asked)
	if err == nil {
		c.expectListing(asked, listing)
	}
	return listing, err
}

// expectListing counts the formula's minimum for what was found. How often
// lists were read again does not change it.
func (c *Client) expectListing(asked []Organization, l *Listing) {
	counts := make([]int, len(asked))
	for i := range asked {
		counts[i] = asked[i].Members
		if listed := l.Organizations[asked[i].ID]; listed.Err == nil {
			counts[i] = len(listed.Memberships)
		}
	}
	kind := membershipList("").kind()
	road, n := ListingRequests(counts, l.instance)
	if road == PerOrganization {
		kind = "GET " + membershipsPath
	}
	c.expect(kind, n)
}

func (c *Client) listMemberships(ctx context.Context, asked []Organization) (*Listing, error) {
	first, err := c.takeInstanceRoad(ctx, asked)
	if err != nil {
		return nil, err
	}
	if first == nil {
		return c.listEach(ctx, asked)
	}
	listing, err := c.listInstance(ctx, asked, *first)
	if err == nil || stops(ctx, err) {
		return listing, err
	}
	// One page that fails for good must not hold every organization (S09
	// needs each whole, not all of them).
	c.log.Warn("instance-wide list failed, listing each organization", zap.Error(err))
	return c.listEach(ctx, asked)
}

func stops(ctx context.Context, err error) bool { return ctx.Err() != nil || StopsRun(err) }

// takeInstanceRoad decides. When the size of the instance is unknown, its
// first page tells; that page is read only if the road can be cheaper, and is
// the first of the listing then. A nil page means the other road.
func (c *Client) takeInstanceRoad(ctx context.Context, asked []Organization) (*Page[Membership], error) {
	counts, sum := make([]int, len(asked)), 0
	for i := range asked {
		counts[i] = asked[i].Members
		sum += max(0, asked[i].Members)
	}
	_, each := ListingRequests(counts, -1)
	if Pages(max(sum, int(c.known.Load()))) >= each {
		return nil, nil
	}
	first, err := membershipList("").first(ctx, c)
	switch {
	case err != nil && stops(ctx, err):
		return nil, err
	case err != nil:
		c.log.Warn("instance-wide list failed, listing each organization", zap.Error(err))
		return nil, nil
	case Pages(first.Total)-1 >= each:
		return nil, nil // the page is spent; the rest of this road costs more
	}
	return &first, nil
}

// listInstance reads the list of the whole instance and sorts it by
// organization. If it does not add up, an organization whose own rows agree
// with its members_count is whole nevertheless; the others are listed again,
// each for itself (S16).
func (c *Client) listInstance(ctx context.Context, asked []Organization, first Page[Membership]) (*Listing, error) {
	l := membershipList("")
	r, err := l.read(ctx, c, first)
	if err != nil {
		return nil, err
	}
	groups, count := group(r, l.id)
	listing := &Listing{Road: InstanceWide, instance: r.total, Organizations: make(map[string]OrganizationListing, len(asked))}
	var again []Organization
	for _, o := range asked {
		rows := groups[o.ID]
		o.forgetIDs(rows)
		if (count != r.total || r.shrank) && len(rows) != o.Members {
			again = append(again, o)
			continue
		}
		listing.Organizations[o.ID] = OrganizationListing{Memberships: rows}
	}
	if len(again) == 0 {
		return listing, nil
	}
	c.log.Warn("memberships changed while listed, listing organizations again", zap.Int("organizations", len(again)))
	second, err := c.listEach(ctx, again)
	if err != nil {
		return nil, err
	}
	maps.Copy(listing.Organizations, second.Organizations)
	return listing, nil
}

// group sorts the rows by organization, each into one slice of its exact
// size, frees the pages on the way, and counts the different rows.
func group(r *reading[Membership], id func(*Membership) string) (map[string][]Membership, int) {
	sizes := map[string]int{}
	for i := range r.pages {
		for j := range r.pages[i].Items {
			sizes[r.pages[i].Items[j].OrganizationID]++
		}
	}
	groups, shared := make(map[string][]Membership, len(sizes)), interner{}
	for i := range r.pages {
		for _, m := range r.pages[i].Items {
			shared.share(&m)
			if groups[m.OrganizationID] == nil {
				groups[m.OrganizationID] = make([]Membership, 0, sizes[m.OrganizationID])
			}
			groups[m.OrganizationID] = append(groups[m.OrganizationID], m)
		}
		r.pages[i].Items = nil
	}
	count := 0
	for organization, rows := range groups {
		groups[organization] = unique(rows, id)
		count += len(groups[organization])
	}
	return groups, count
}

// forgetIDs drops what told rows apart while they were read, unless it is
// needed, see [Listing].
func (o *Organization) forgetIDs(rows []Membership) {
	for i := 0; i < len(rows) && !o.NeedIDs; i++ {
		rows[i].ID = ""
	}
}

// listEach lists every organization for itself.
func (c *Client) listEach(ctx context.Context, asked []Organization) (*Listing, error) {
	slots := make([]OrganizationListing, len(asked))
	err := together(ctx, len(asked), func(ctx context.Context, i int) error {
		slots[i].Memberships, slots[i].Err = membershipList(asked[i].ID).settled(ctx, c)
		asked[i].forgetIDs(slots[i].Memberships)
		if slots[i].Err != nil && stops(ctx, slots[i].Err) {
			return slots[i].Err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	listing := &Listing{Road: PerOrganization, instance: -1, Organizations: make(map[string]OrganizationListing, len(asked))}
	for i := range asked {
		listing.Organizations[asked[i].ID] = slots[i]
	}
	return listing, nil
}
