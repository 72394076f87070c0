package serve

import (
	"context"
	"maps"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync"
)

// Sources are the same sources, each of which may have to wait. A source that
// panics has failed.
func (q *Quarantine) Sources(all []source.Source) []source.Source {
	wrapped := make([]source.Source, len(all))
	for i, s := range all {
		wrapped[i] = &watchedSource{s, q}
	}
	return wrapped
}

type watchedSource struct {
	source.Source
	quarantine *Quarantine
}

// Read reads the source, when it is its turn.
func (w *watchedSource) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	s := subject{OfSource, w.Name()}
	if err := w.quarantine.waits(s); err != nil {
		return nil, err
	}
	snapshot, err := w.survive(ctx, want)
	switch {
	case ctx.Err() != nil: // somebody ended the run: that says nothing of the source
	case err != nil:
		return nil, w.quarantine.failed(s, w.Name(), err)
	default:
		w.quarantine.well(s)
	}
	return snapshot, err
}

func (w *watchedSource) survive(ctx context.Context, want source.Request) (snapshot *source.Snapshot, err error) {
	defer func() {
		if value := recover(); value != nil {
			snapshot, err = nil, NewPanicError(value)
		}
	}()
	return w.Source.Read(ctx, want)
}

// Clerk is the same Clerk, but for organizations that have to wait.
func (q *Quarantine) Clerk(c sync.Clerk) sync.Clerk { return &watchedClerk{c, q} }

type watchedClerk struct {
	sync.Clerk
	quarantine *Quarantine
}

// ListMemberships lists the organizations whose turn it is. Of the others it
// says why they were not listed. Single members of those can be asked for all
// the same: whoever is wanted elsewhere need not wait then (S02).
func (w *watchedClerk) ListMemberships(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	var turn []clerkapi.Organization
	waiting := map[string]clerkapi.OrganizationListing{}
	for _, o := range organizations {
		if err := w.quarantine.waits(subject{OfOrganization, o.ID}); err != nil {
			waiting[o.ID] = clerkapi.OrganizationListing{Err: err}
			continue
		}
		turn = append(turn, o)
	}
	listing, err := w.list(ctx, turn)
	if err != nil || ctx.Err() != nil {
		return listing, err
	}
	if w.count(turn, listing); len(waiting) > 0 {
		whole := *listing
		whole.Organizations = maps.Clone(listing.Organizations)
		maps.Copy(whole.Organizations, waiting)
		listing = &whole
	}
	return listing, nil
}

func (w *watchedClerk) list(ctx context.Context, turn []clerkapi.Organization) (*clerkapi.Listing, error) {
	if len(turn) == 0 {
		return &clerkapi.Listing{Organizations: map[string]clerkapi.OrganizationListing{}}, nil
	}
	return w.Clerk.ListMemberships(ctx, turn)
}

// count counts what failed. When all did, the trouble is Clerk's.
func (w *watchedClerk) count(turn []clerkapi.Organization, listing *clerkapi.Listing) {
	failures := 0
	for _, o := range listing.Organizations {
		if o.Err != nil {
			failures++
		}
	}
	if failures == len(turn) && failures > 1 {
		return
	}
	for _, o := range turn {
		s, one := subject{OfOrganization, o.ID}, listing.Organizations[o.ID]
		if one.Err == nil {
			w.quarantine.readWhole(s)
			continue
		}
		if !clerkapi.Outage(one.Err) {
			continue // it does not add up, say: that is read again in the next run
		}
		one.Err = w.quarantine.failed(s, label(o), one.Err)
		listing.Organizations[o.ID] = one
	}
}

func label(o clerkapi.Organization) string {
	if o.Slug != "" {
		return o.Slug
	}
	return o.ID
}
