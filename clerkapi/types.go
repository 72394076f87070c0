package clerkapi

import "encoding/json"

// Membership is one user's place in one organization, reduced to what a sync
// needs (OrganizationMembership of the contract).
type Membership struct {
	// ID is the orgmem_ id. It never appears in a path: memberships are
	// addressed by organization and user.
	ID             string
	OrganizationID string
	UserID         string
	Role           string
	// Identifier is one identifier of the user that Clerk chose: an address,
	// a phone number or a user name. It proves nothing (S04).
	Identifier string
	FirstName  string
	LastName   string
	// Banned and Deprovisioned are the user's (S08).
	Banned, Deprovisioned bool
	// StandingUnknown says that the answer did not show one of the two, which
	// the contract makes optional: false is then no answer.
	StandingUnknown bool
	// Public and Private are the metadata objects as sent. A nil Private is
	// unknown, not empty: the contract makes the field optional.
	Public, Private json.RawMessage
}

// Organization is an organization of the instance.
type Organization struct {
	ID   string // org_…
	Slug string // empty when the instance has slugs off
	Name string
	// Members is members_count; -1 when it was not asked for.
	Members int
	// PendingInvitations counts against MaxMembers.
	PendingInvitations int
	// MaxMembers is max_allowed_memberships; 0 is no limit.
	MaxMembers int
	// RoleSet is role_set_key; empty means the instance's default set.
	RoleSet string
	// NeedIDs asks [Client.ListMemberships] for the ids of this one's memberships.
	NeedIDs bool
}

// Role is a role of the instance.
type Role struct {
	Key         string // org:admin
	Name        string
	Permissions []string // org:sys_memberships:manage
}

// RoleSet names the roles that an organization may assign.
type RoleSet struct {
	Key   string // role_set:…
	Name  string
	Type  string   // initial | custom; organizations without a set use the initial one
	Roles []string // keys
}

// User is a Clerk user, reduced to what joins people to users.
type User struct {
	ID                            string
	ExternalID                    string
	Username                      string
	FirstName, LastName           string
	Emails                        []EmailAddress
	Banned, Deprovisioned, Locked bool
	// LastSignInAt and LastActiveAt are Unix milliseconds; 0 is never, or not known.
	LastSignInAt, LastActiveAt int64
}

// EmailAddress is one address of a user.
type EmailAddress struct {
	Address string
	// Verified is true only when verification.status is "verified"; anybody
	// can hold an address that is not (S03).
	Verified bool
}

// Invitation is an invitation to an organization.
type Invitation struct {
	ID              string // orginv_…
	OrganizationID  string
	Email           string
	Role            string
	Status          string // pending | accepted | revoked | expired
	Public, Private json.RawMessage
	CreatedAt       int64 // Unix milliseconds
	ExpiresAt       int64 // Unix milliseconds; 0 when absent
}

// Instance is the Clerk instance that the secret key belongs to.
type Instance struct {
	ID          string
	Environment string // development | production
}

// NewMembership is the body of POST /organizations/{organization_id}/memberships.
type NewMembership struct {
	UserID          string
	Role            string
	Public, Private json.RawMessage // nil: not sent
}

// NewUser is the body of POST /users, as far as a sync creates users.
type NewUser struct {
	Email                string
	ExternalID           string
	FirstName, LastName  string
	SkipPasswordRequired bool
}

// NewInvitation is the body of POST /organizations/{organization_id}/invitations.
type NewInvitation struct {
	Email           string
	Role            string
	InviterUserID   string
	Public, Private json.RawMessage
	RedirectURL     string
	ExpiresInDays   int   // 1–365; 0: Clerk's default of 30
	Notify          *bool // nil: Clerk's default, true
}

// UserQuery looks users up by exactly one kind of value.
type UserQuery struct {
	IDs, Emails, ExternalIDs, Usernames []string
}

// Road is a way of listing memberships.
type Road string

// The two roads. Per organization costs Σ⌈nᵢ/500⌉ requests, instance-wide ⌈N/500⌉.
const (
	PerOrganization Road = "per organization"
	InstanceWide    Road = "instance-wide"
)

// Listing is what ListMemberships read: for each organization that was asked
// for, all of its memberships or the reason why they are not known (S16).
// Their ids are left out unless the organization asks for them: no call takes
// one, and a million take memory.
type Listing struct {
	Road          Road
	Organizations map[string]OrganizationListing // by id
	instance      int                            // all memberships of the instance; negative: unknown
}

// OrganizationListing is the listing of one organization: whole, or Err.
type OrganizationListing struct {
	Memberships []Membership // in the order of creation; nil when Err is set
	Err         error
}

// Stats counts what a client sent since it was made.
type Stats struct {
	// Requests by kind, such as "GET /organizations/{organization_id}/memberships";
	// retries included.
	Requests map[string]int
	// Least is, by the same kinds, the computed minimum for what was asked of
	// the client: [Pages] of each list, [ListingRequests], [FindRequests],
	// [UserRequests], [AllUsersRequests], and one for every other call. What
	// was sent beyond it are retries, and lists that were read again because
	// somebody else changed them meanwhile (S16).
	Least map[string]int
	// Retries counts requests sent again after a failure, TooMany the 429s received.
	Retries, TooMany int
}
