package clerkapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Membership is the membership of one user in one organization, reduced to what
// a sync needs (OrganizationMembership of the contract).
type Membership struct {
	// ID is the orgmem_ id. It never appears in a path: memberships are
	// addressed by organization and user.
	ID             string
	OrganizationID string
	// UserID is empty if Clerk left out public_user_data, which the contract does
	// not require. Nobody can then tell whose membership it is.
	UserID string
	Role   string
	// Identifier is one identifier of the user, chosen by Clerk: an address, a
	// phone number or a user name. It proves nothing (S04).
	Identifier string
	FirstName  string
	LastName   string
	// Banned and Deprovisioned are the user's (S08).
	Banned, Deprovisioned bool
	// StandingUnknown says that the answer left out Banned or Deprovisioned,
	// which the contract makes optional. Their false is then no answer.
	StandingUnknown bool
	// Public and Private are the metadata objects as sent. A nil Private is
	// unknown, not empty: the contract makes the field optional.
	Public, Private json.RawMessage
	// CreatedAt is in Unix milliseconds; 0 when the answer has no time.
	CreatedAt int64
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
	// RoleSet is role_set_key. Empty is taken for the instance's initial set.
	// Clerk documents that set for new organizations only: where the initial set
	// was changed later, that is a guess for older ones.
	RoleSet string
	// NeedIDs asks [Client.ListMemberships] to keep the ids of this
	// organization's memberships.
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
	Type  string   // initial | custom; initial is the set of new organizations
	Roles []string // keys
	// ID is what a [RoleMigration] calls the set.
	ID string
	// Migration is the migration that Clerk makes of the set now; nil when there is
	// none.
	Migration *RoleMigration
}

// RoleMigration is Clerk moving members to other roles. Until it ends, Clerk
// refuses changes of roles in the organizations concerned ([ErrRoleMigration]).
type RoleMigration struct {
	// OrganizationID is the one organization that it concerns. Empty is every
	// organization with the source.
	OrganizationID string
	Status         string // enqueued | in_progress | completed
	// Source and Destination are ids of role sets. An empty Destination is not
	// known, or not chosen.
	Source, Destination string
}

// Running reports whether the migration has not ended.
func (m *RoleMigration) Running() bool { return m != nil && m.Status != "completed" }

// User is a Clerk user, reduced to the fields that match people to users.
type User struct {
	ID                            string
	ExternalID                    string
	Username                      string
	FirstName, LastName           string
	Emails                        []EmailAddress
	Banned, Deprovisioned, Locked bool
	// LockEndsIn is how long a lock goes on; 0 is for good, or unknown.
	LockEndsIn time.Duration
	// LastSignInAt and LastActiveAt are Unix milliseconds; 0 is never, or not known.
	LastSignInAt, LastActiveAt int64
}

// EmailAddress is one address of a user.
type EmailAddress struct {
	Address string
	// Verified is true only when verification.status is "verified". Anybody can
	// hold an address that is not verified (S03).
	Verified bool
	// Reserved says that a backend has reserved the address for the user, and nobody has
	// verified it yet. No other user can have it.
	Reserved bool
}

// Invitation is an invitation to an organization.
type Invitation struct {
	ID              string // orginv_…
	OrganizationID  string
	Email           string
	Role            string
	Status          string // pending | accepted | revoked | expired
	Public, Private json.RawMessage
	// URL is the link that accepts the invitation, the one in the mail. Whoever
	// has it can accept, so it is a secret. Empty when Clerk sends none.
	URL       Secret
	CreatedAt int64 // Unix milliseconds
	ExpiresAt int64 // Unix milliseconds; 0 when absent
}

// Instance is the Clerk instance that the secret key belongs to.
type Instance struct {
	ID          string `json:"id"`
	Environment string `json:"environment"`       // production | development | sandbox
	Address     string `json:"address,omitempty"` // see [Config.Address]
}

// String names the instance in every text: "production instance ins_2x",
// "sandbox at 127.0.0.1:4900 (ins_3y)" (S41).
func (i Instance) String() string {
	if i.Environment == sandbox {
		return fmt.Sprintf("sandbox at %s (%s)", i.Address, i.ID)
	}
	return strings.TrimSpace(i.Environment+" instance "+i.ID) + strings.TrimSuffix(" at "+i.Address, " at ")
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
	// ReserveEmail reserves the address instead of taking it as verified: the user can
	// sign in with it, which verifies it, and no other user can have it.
	ReserveEmail bool
}

// NewInvitation is the body of POST /organizations/{organization_id}/invitations.
type NewInvitation struct {
	Email           string
	Role            string
	InviterUserID   string
	Public, Private json.RawMessage
	RedirectURL     string
	ExpiresInDays   int // 1–365; 0: Clerk's default of 30
	// Notify is false to send no mail: then Invitation.URL is the only way to
	// accept, and somebody has to hand it on. nil is Clerk's default, true.
	Notify *bool
}

// UserQuery looks users up by exactly one kind of value.
type UserQuery struct {
	IDs, Emails, ExternalIDs, Usernames []string
}

// ListingStrategy is a way of listing memberships.
type ListingStrategy string

// The two strategies. Per organization costs Σ⌈nᵢ/500⌉ requests, instance-wide ⌈N/500⌉.
const (
	PerOrganization ListingStrategy = "per organization"
	InstanceWide    ListingStrategy = "instance-wide"
)

// Listing is the result of ListMemberships: for each organization that was asked
// for, all of its memberships, or the reason why they are not known (S16).
// Membership ids are left out unless the organization asks for them: no call
// needs one, and a million ids take memory.
type Listing struct {
	Strategy      ListingStrategy
	Organizations map[string]OrganizationListing // by id
	// Others are those of all other organizations, if the strategy was instance-wide.
	Others   map[string][]Membership
	instance int // all memberships of the instance; negative: unknown
}

// OrganizationListing is the listing of one organization: whole, or Err.
type OrganizationListing struct {
	Memberships []Membership // in the order of creation; nil when Err is set
	Err         error
}

// Stats counts the requests of a client since it was made.
type Stats struct {
	// Requests by kind, such as "GET /organizations/{organization_id}/memberships";
	// retries included.
	Requests map[string]int
	// Least is, by the same kinds, the computed minimum for the operations that
	// the client was asked for: ⌈n/500⌉ requests for each list of n records,
	// [ListingRequests], [FindRequests], [UserRequests], [AllUsersRequests], and
	// one for every other call. Requests beyond the minimum are retries, and
	// lists that were read again because somebody else changed them (S16).
	Least map[string]int
	// Retries counts requests sent again after a failure, TooMany the 429s received.
	Retries, TooMany int
}
