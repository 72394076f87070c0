package serve

import (
	"cmp"
	"context"
	"maps"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync"
)

// Sources are the same sources without those that this run does not try. A
// source that panics has failed.
func (b *Backoff) Sources(all []source.Source) []source.Source {
	wrapped := make([]source.Source, len(all))
	for i, s := range all {
		wrapped[i] = &pausableSource{s, b}
	}
	return wrapped
}

type pausableSource struct {
	source.Source
	backoff *Backoff
}

// Read reads the source, unless it is backed off.
func (p *pausableSource) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	s := subject{OfSource, p.Name()}
	if err := p.backoff.skipReason(s); err != nil {
		return nil, err
	}
	snapshot, err := p.readRecovering(ctx, want)
	switch {
	case ctx.Err() != nil: // the run was interrupted, which is no failure of the source
	case err != nil:
		return nil, p.backoff.recordFailure(s, p.Name(), err)
	default:
		p.backoff.recordSuccess(s)
	}
	return snapshot, err
}

func (p *pausableSource) readRecovering(ctx context.Context, want source.Request) (snapshot *source.Snapshot, err error) {
	defer func() {
		if value := recover(); value != nil {
			snapshot, err = nil, NewPanicError(value)
		}
	}()
	return p.Source.Read(ctx, want)
}

// Clerk is the same Clerk without the organizations that this run does not try.
func (b *Backoff) Clerk(c sync.Clerk) sync.Clerk { return &pausableClerk{c, b} }

type pausableClerk struct {
	sync.Clerk
	backoff *Backoff
}

// ListMemberships lists the organizations that are not backed off, and gives
// the reason for each of the others. Their single members can be looked up all
// the same, so that changes in other organizations need not wait (S02).
func (p *pausableClerk) ListMemberships(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	var tried []clerkapi.Organization
	skipped := map[string]clerkapi.OrganizationListing{}
	for _, o := range organizations {
		if err := p.backoff.skipReason(subject{OfOrganization, o.ID}); err != nil {
			skipped[o.ID] = clerkapi.OrganizationListing{Err: err}
			continue
		}
		tried = append(tried, o)
	}
	listing, err := p.list(ctx, tried)
	if err != nil || ctx.Err() != nil {
		return listing, err
	}
	if p.count(tried, listing); len(skipped) > 0 {
		whole := *listing
		whole.Organizations = maps.Clone(listing.Organizations)
		maps.Copy(whole.Organizations, skipped)
		listing = &whole
	}
	return listing, nil
}

func (p *pausableClerk) list(ctx context.Context, tried []clerkapi.Organization) (*clerkapi.Listing, error) {
	if len(tried) == 0 {
		return &clerkapi.Listing{Organizations: map[string]clerkapi.OrganizationListing{}}, nil
	}
	return p.Clerk.ListMemberships(ctx, tried)
}

// count records which organizations failed. If all did, Clerk itself has failed,
// and none is counted.
func (p *pausableClerk) count(tried []clerkapi.Organization, listing *clerkapi.Listing) {
	failures := 0
	for _, o := range listing.Organizations {
		if o.Err != nil {
			failures++
		}
	}
	if failures == len(tried) && failures > 1 {
		return
	}
	for _, o := range tried {
		s, one := subject{OfOrganization, o.ID}, listing.Organizations[o.ID]
		if one.Err == nil {
			p.backoff.recordListing(s)
			continue
		}
		if !clerkapi.Outage(one.Err) {
			continue // such as a listing whose counts disagree: the next run reads it again
		}
		one.Err = p.backoff.recordFailure(s, cmp.Or(o.Slug, o.ID), one.Err)
		listing.Organizations[o.ID] = one
	}
}
