package recent

import (
	"context"
	"encoding/json"
	"time"

	"rollcall/clerkapi"
)

// Reader is Clerk for one run. It keeps what the run lists, and takes from earlier lists
// what a run for one person does not need to list.
type Reader struct {
	Clerk
	listing *Listing
	now     func() time.Time
	// person is whom the run is for, once [Reader.Narrow] has said so.
	person *person
	fresh  *accounts // that were read for the person
	scope  Scope
}

// Scope is what a run for one person has read of the members of organizations.
type Scope struct {
	// Kept is how many organizations were taken from earlier lists, Listed how many were
	// listed.
	Kept   int `json:"kept"`
	Listed int `json:"listed"`
	// Because is the first reason why anything was listed; empty if nothing was.
	Because Reason `json:"because,omitempty"`
}

// New makes the Reader of a run with a number in the history. The reason is why no
// earlier list serves it; empty if some may.
func New(clerk Clerk, listing *Listing, run int64, now func() time.Time) (*Reader, Reason) {
	return &Reader{Clerk: clerk, listing: listing, now: now}, listing.begin(run)
}

// Narrow limits the reading of members to one person, an address or a user id.
func (r *Reader) Narrow(only string, w *Who) { r.person = w.person(only, r.kept) }

// Widen has the run read everything after all.
func (r *Reader) Widen() { r.person, r.fresh, r.scope = nil, nil, Scope{} }

// Scope is what was read so far.
func (r *Reader) Scope() Scope { return r.scope }

// Instance asks which instance it is. Lists of another one end.
func (r *Reader) Instance(ctx context.Context) (clerkapi.Instance, error) {
	instance, err := r.Clerk.Instance(ctx)
	if err == nil {
		r.listing.belong(instance.ID)
	}
	return instance, err
}

// CreateMembership adds a user to an organization.
func (r *Reader) CreateMembership(ctx context.Context, organization string, m clerkapi.NewMembership) (clerkapi.Membership, error) {
	now, err := r.Clerk.CreateMembership(ctx, organization, m)
	r.listing.change(organization, m.UserID, &now, err)
	return now, err
}

// SetRole changes the role of a member.
func (r *Reader) SetRole(ctx context.Context, organization, user, role string) (clerkapi.Membership, error) {
	now, err := r.Clerk.SetRole(ctx, organization, user, role)
	r.listing.change(organization, user, &now, err)
	return now, err
}

// MergeMetadata merges patches into the metadata of a membership.
func (r *Reader) MergeMetadata(ctx context.Context, organization, user string, public, private json.RawMessage) (clerkapi.Membership, error) {
	now, err := r.Clerk.MergeMetadata(ctx, organization, user, public, private)
	r.listing.change(organization, user, &now, err)
	return now, err
}

// DeleteMembership removes a member.
func (r *Reader) DeleteMembership(ctx context.Context, organization, user string) (clerkapi.Membership, error) {
	was, err := r.Clerk.DeleteMembership(ctx, organization, user)
	r.listing.change(organization, user, nil, err)
	return was, err
}
