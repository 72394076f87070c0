package clerkapi

import (
	"context"
	"maps"

	"go.uber.org/zap"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/pages"
	"rollcall/clerkapi/internal/wire"
)

// ListingRequests is the cheaper strategy, and its least number of requests, to
// list the memberships of organizations with the given member counts (negative:
// unknown). instance is the number of memberships in the whole instance. While
// it is negative, it is unknown, and the strategy is per organization.
//
//	per organization: Σ ⌈nᵢ/500⌉, at least one each
//	instance-wide:    ⌈N/500⌉
//
// On a tie the strategy is per organization: a change in one organization cannot
// disturb the listing of another.
func ListingRequests(members []int, instance int) (ListingStrategy, int) {
	each := 0
	for _, n := range members {
		each += pages.Count(n)
	}
	if instance >= 0 && pages.Count(instance) < each {
		return InstanceWide, pages.Count(instance)
	}
	return PerOrganization, each
}

// ListMemberships lists the memberships of the organizations by the cheaper
// strategy, see [ListingRequests]. An organization that cannot be listed whole
// has its error in the Listing, a refusal included (S40). The error result is for
// what stops every organization: a refused key, or the end of the context.
func (c *memberships) ListMemberships(ctx context.Context, organizations []Organization) (*Listing, error) {
	a := arguments.Of("ListMemberships")
	for i := range organizations {
		a.Organization(organizations[i].ID)
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	asked := pages.Unique(append([]Organization(nil), organizations...), func(o *Organization) string { return o.ID })
	l := &lister{sender: c.sender, refusal: newRefusal(c.sender), known: int(c.size.Load())}
	listing, err := l.list(ctx, asked)
	if err == nil {
		l.countLeast(asked, listing)
	}
	return listing, err
}

// ListOthers lists the memberships of the whole instance, by organization, if it has
// more than the seen ones; those of several pages only where whole is true. It takes
// one request to know.
func (c *memberships) ListOthers(ctx context.Context, seen int, whole bool) (found map[string][]Membership, err error) {
	all := membershipList("").List(c.sender)
	first, err := all.First(ctx)
	if err != nil {
		return nil, err
	}
	if first.Total <= seen || !whole && pages.Count(first.Total) > 1 {
		first.Total, first.Items = 0, nil // nothing else is read
	}
	c.sender.CountLeast(membershipList("").Kind(), pages.Count(first.Total))
	r, err := all.Read(ctx, first)
	if err == nil {
		found, _ = groupByOrganization(r, all.ID)
	}
	return found, err
}

// lister lists the memberships of some organizations.
type lister struct {
	sender  *sender
	refusal *refusal
	// known is how many memberships the instance has at least.
	known int
}

// countLeast counts the minimum by the formula for the memberships that were
// found. Lists that were read again do not change it.
func (l *lister) countLeast(asked []Organization, listing *Listing) {
	counts := make([]int, len(asked))
	for i := range asked {
		counts[i] = asked[i].Members
		if listed := listing.Organizations[asked[i].ID]; listed.Err == nil {
			counts[i] = len(listed.Memberships)
		}
	}
	kind := membershipList("").Kind()
	strategy, n := ListingRequests(counts, listing.instance)
	if strategy == PerOrganization {
		kind = "GET " + membershipsPath
	}
	l.sender.CountLeast(kind, n)
}

func (l *lister) list(ctx context.Context, asked []Organization) (*Listing, error) {
	first, err := l.chooseInstanceWide(ctx, asked)
	if err != nil {
		return nil, err
	}
	if first == nil {
		return l.perOrganization(ctx, asked)
	}
	listing, err := l.instanceWide(ctx, asked, *first)
	if err == nil || l.refusal.endsAll(ctx, err) {
		return listing, err
	}
	// If one page fails for good, the organizations on the other pages can still
	// be listed (S09 needs each organization whole, not all of them).
	l.sender.log.Warn("instance-wide listing failed; listing each organization", zap.Error(err))
	return l.perOrganization(ctx, asked)
}

// chooseInstanceWide decides between the strategies. If the size of the instance
// is unknown, its first page tells. That page is read only if the instance-wide
// list can be cheaper; it is then the first page of the listing. A nil page
// means per organization.
func (l *lister) chooseInstanceWide(ctx context.Context, asked []Organization) (*pages.Page[Membership], error) {
	counts, sum := make([]int, len(asked)), 0
	for i := range asked {
		counts[i] = asked[i].Members
		sum += max(0, asked[i].Members)
	}
	_, each := ListingRequests(counts, -1)
	if pages.Count(max(sum, l.known)) >= each {
		return nil, nil
	}
	first, err := membershipList("").List(l.sender).First(ctx)
	switch {
	case err != nil && l.refusal.endsAll(ctx, err):
		return nil, err
	case err != nil:
		l.sender.log.Warn("instance-wide listing failed; listing each organization", zap.Error(err))
		return nil, nil
	case pages.Count(first.Total)-1 >= each:
		return nil, nil // the first page was sent for nothing: the rest costs more than per organization
	}
	return &first, nil
}

// instanceWide reads the list of the whole instance and sorts it by
// organization. If the list does not add up, an organization is still whole when
// the number of its rows equals its members_count. The other organizations are
// listed again, each for itself (S16).
func (l *lister) instanceWide(ctx context.Context, asked []Organization, first pages.Page[Membership]) (*Listing, error) {
	all := membershipList("").List(l.sender)
	r, err := all.Read(ctx, first)
	if err != nil {
		return nil, err
	}
	groups, count := groupByOrganization(r, all.ID)
	listing := &Listing{Strategy: InstanceWide, instance: r.Total, Organizations: make(map[string]OrganizationListing, len(asked))}
	var again []Organization
	for _, o := range asked {
		rows := groups[o.ID]
		o.clearIDs(rows)
		if (count != r.Total || r.Shrank) && len(rows) != o.Members {
			again = append(again, o)
			continue
		}
		listing.Organizations[o.ID] = OrganizationListing{Memberships: rows}
	}
	for i := range asked {
		delete(groups, asked[i].ID)
	}
	listing.Others = groups
	if len(again) == 0 {
		return listing, nil
	}
	l.sender.log.Warn("memberships changed during the listing; listing the organizations again", zap.Int("organizations", len(again)))
	second, err := l.perOrganization(ctx, again)
	if err != nil {
		return nil, err
	}
	maps.Copy(listing.Organizations, second.Organizations)
	return listing, nil
}

// groupByOrganization sorts the rows by organization, each into one slice of its
// exact size. It frees the pages on the way and counts the different rows.
func groupByOrganization(r *pages.Pass[Membership], id func(*Membership) string) (map[string][]Membership, int) {
	sizes := map[string]int{}
	for i := range r.Pages {
		for j := range r.Pages[i].Items {
			sizes[r.Pages[i].Items[j].OrganizationID]++
		}
	}
	groups, shared := make(map[string][]Membership, len(sizes)), wire.Interner{}
	for i := range r.Pages {
		for _, m := range r.Pages[i].Items {
			m.share(shared)
			if groups[m.OrganizationID] == nil {
				groups[m.OrganizationID] = make([]Membership, 0, sizes[m.OrganizationID])
			}
			groups[m.OrganizationID] = append(groups[m.OrganizationID], m)
		}
		r.Pages[i].Items = nil
	}
	count := 0
	for organization, rows := range groups {
		groups[organization] = pages.Unique(rows, id)
		count += len(groups[organization])
	}
	return groups, count
}

// clearIDs clears membership ids after merging, to save memory; NeedIDs keeps
// them. The id of a membership without a user stays: nothing else names it.
func (o *Organization) clearIDs(rows []Membership) {
	for i := 0; i < len(rows) && !o.NeedIDs; i++ {
		if rows[i].UserID != "" {
			rows[i].ID = ""
		}
	}
}

// perOrganization lists every organization for itself.
func (l *lister) perOrganization(ctx context.Context, asked []Organization) (*Listing, error) {
	slots := make([]OrganizationListing, len(asked))
	err := pages.Parallel(ctx, len(asked), func(ctx context.Context, i int) error {
		slots[i].Memberships, slots[i].Err = membershipList(asked[i].ID).List(l.sender).All(ctx)
		asked[i].clearIDs(slots[i].Memberships)
		if slots[i].Err != nil && l.refusal.endsAll(ctx, slots[i].Err) {
			return slots[i].Err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	listing := &Listing{Strategy: PerOrganization, instance: -1, Organizations: make(map[string]OrganizationListing, len(asked))}
	for i := range asked {
		listing.Organizations[asked[i].ID] = slots[i]
	}
	return listing, nil
}
