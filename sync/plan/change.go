package plan

import (
	"cmp"
	"fmt"
	"time"
)

// Change is one effect on Clerk. It is plain data: comparable with ==.
type Change struct {
	Action       Action `json:"action"`
	Organization string `json:"organization"` // org_ id
	UserID       string `json:"user_id,omitempty"`
	// InvitationID is that of a pending invitation.
	InvitationID string `json:"invitation_id,omitempty"`
	// Email is the person's folded address, or what Clerk shows as the identifier.
	Email string `json:"email,omitempty"`
	Name  string `json:"name,omitempty"`
	// UserEmail is an address that the user has verified, if Email is none of
	// theirs: what the source says differs from who it is (S43).
	UserEmail string `json:"user_email,omitempty"`
	// UserReserved is an address that is only reserved for the user, who has verified
	// none, if Email is none of those: whoever proves it has the account (S43).
	UserReserved string `json:"user_reserved,omitempty"`
	// FirstName, LastName and ExternalID are those of a user to be created.
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
	// ReservesAddress says that the address of the user to be created is reserved until
	// the person signs up, instead of taken as verified.
	ReservesAddress bool `json:"reserves_address,omitempty"`
	// Source and ID name the person in the directory, as in the marker (S01).
	Source string `json:"source,omitempty"`
	ID     string `json:"id,omitempty"`
	// From and To are roles. An add has only To, a removal only From. If only the sessions
	// in one organization end, they are its org_ id and its name.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Admin is the change's effect on the right to manage memberships.
	Admin AdminEffect `json:"admin,omitempty"`
	// Public and Private are RFC 7396 merge patches; on an add the whole objects.
	Public  JSON `json:"public_metadata,omitempty"`
	Private JSON `json:"private_metadata,omitempty"`
	// PublicBefore and PrivateBefore are the present values of the keys that
	// the patches touch, so that a report can show both.
	PublicBefore  JSON `json:"public_metadata_before,omitempty"`
	PrivateBefore JSON `json:"private_metadata_before,omitempty"`
	// Nulls counts the metadata keys that the patches remove (S17).
	Nulls int `json:"nulls,omitempty"`
	// Because names the rule and the path that lead here.
	Because string `json:"because"`
	// Cause is why a membership is removed or an invitation revoked, as a value: left,
	// moved, left_or_moved, disabled, ended, review, no_rule, denied, undo.
	Cause Cause `json:"cause,omitempty"`
	// Stays says of a removal that the user is a member of another organization that
	// was read, and that this plan removes them there neither.
	Stays bool `json:"stays,omitempty"`
	// LastSeen is when a run last found a person in the directory whom it no longer
	// has, in UTC; zero if no run with a history did.
	LastSeen time.Time `json:"last_seen,omitzero"`
	State    State     `json:"state"`
	// Why says why the change is held or skipped, with the rule's number.
	Why string `json:"why,omitempty"`
	// Reasons are why the change is held or skipped, as values; Why is the text.
	Reasons Reasons `json:"-"`
	// Risks are what else in Clerk may refuse the change, or undo it.
	Risks Risks `json:"risks,omitzero"`
	// Approved says that guards held the change and the admin approved it (S23).
	Approved bool `json:"-"`
	// Replaced says that a new invitation follows this revocation.
	Replaced bool `json:"-"`
	// Due says of a step of the leaver ladder that a later run takes it if this one
	// does not. Asks says that the removal before it needed an approval: what approves a
	// removal approves no step (S23).
	Due, Asks bool `json:"-"`
	// Priority orders invitations if there are more than Clerk's hourly quota.
	Priority Priority `json:"-"`
	// Bulk numbers the request that sends the invitation together with others; 0
	// is a request of its own.
	Bulk int `json:"-"`
}

// Action is what a change does. The zero value is invalid.
type Action uint8

// The actions. All of them exist in the JSON of a plan, whether or not a
// configuration uses them.
const (
	Add              Action = iota + 1 // create a membership
	Invite                             // invite an address to an organization
	CreateUser                         // create a Clerk user, then the membership
	SetRole                            // change a membership's role
	SetMetadata                        // merge into a membership's metadata
	Adopt                              // write our marker on a membership that somebody else made (S26)
	Remove                             // delete a membership
	RevokeInvitation                   // revoke a pending invitation
	// What follows concerns an account, in no organization: see [Accounts].
	Lock          // refuse sign-ins until somebody unlocks the account, or its time is over
	Ban           // refuse sign-ins and end all sessions
	EndSessions   // end the active sessions
	RevokeAPIKeys // revoke the API keys
	Unlock        // take a lock back
	Unban         // take a ban back
)

var actionWords = [...]string{
	Add: "add", Invite: "invite", CreateUser: "create_user", SetRole: "set_role",
	SetMetadata: "set_metadata", Adopt: "adopt", Remove: "remove", RevokeInvitation: "revoke_invitation",
	Lock: "lock", Ban: "ban", EndSessions: "end_sessions", RevokeAPIKeys: "revoke_api_keys", Unlock: "unlock", Unban: "unban",
}

// String is the word of the action in JSON and in logs.
func (a Action) String() string {
	if a == 0 || int(a) >= len(actionWords) {
		return fmt.Sprintf("action(%d)", uint8(a))
	}
	return actionWords[a]
}

// Symbol is + if the action gives access, - if it takes access, and ~ otherwise.
func (a Action) Symbol() string {
	switch a {
	case Add, Invite, CreateUser, Unlock, Unban:
		return "+"
	case Remove, RevokeInvitation, Lock, Ban, EndSessions, RevokeAPIKeys:
		return "-"
	case SetRole, SetMetadata, Adopt:
	}
	return "~"
}

// MarshalText writes the word of the action.
func (a Action) MarshalText() ([]byte, error) {
	if a == 0 || int(a) >= len(actionWords) {
		return nil, fmt.Errorf("no such action: %d", uint8(a))
	}
	return []byte(actionWords[a]), nil
}

// UnmarshalText reads the word of the action.
func (a *Action) UnmarshalText(text []byte) error {
	for i, w := range actionWords {
		if i > 0 && w == string(text) {
			*a = Action(i)
			return nil
		}
	}
	return fmt.Errorf("no such action: %q", text)
}

// AdminEffect says whether a change gives or takes the right to manage
// memberships (org:sys_memberships:manage).
type AdminEffect string

// The effects; the zero value is neutral.
const (
	AdminGained AdminEffect = "gained"
	AdminLost   AdminEffect = "lost"
)

// Priority orders invitations if Clerk does not allow all of them: the highest
// rule comes first, then the earliest start date.
type Priority struct {
	Rule  int32
	Start int64 // Unix seconds; 0 is long ago
}

// Compare orders priorities, the invitation that goes first before the others.
func (r Priority) Compare(other Priority) int {
	return cmp.Or(cmp.Compare(r.Rule, other.Rule), cmp.Compare(r.Start, other.Start))
}

// MembershipKey identifies the membership, or the invitation, that a change is
// about.
func MembershipKey(c *Change) string { return SubjectKey(c.Organization, c.Subject()) }

// SubjectKey is the membership of a user, or of an address without one, in an
// organization.
func SubjectKey(organization, subject string) string { return organization + " " + subject }

// Subject is the user that a change is about, or the address of a person without
// a user.
func (c *Change) Subject() string { return cmp.Or(c.UserID, c.Email) }

// Grants reports whether the change gives a membership or the rights of an
// admin, or lets somebody sign in again.
func (c *Change) Grants() bool {
	return c.Action == Add || c.Action == Invite || c.Action == CreateUser || c.Action.OpensAccount() || c.Admin == AdminGained
}

// Revokes reports whether the change is a removal or a demotion.
func (c *Change) Revokes() bool { return c.Action == Remove || c.Admin == AdminLost }

// Destroys reports whether the change takes anything away. S09 to S12 hold such
// changes.
func (c *Change) Destroys() bool {
	return c.Revokes() || c.Nulls > 0 || c.Action == RevokeInvitation || c.Action.ClosesAccount()
}

// KeepKeys takes out of the patches what removes metadata keys. It reports
// whether anything is left to write.
func (c *Change) KeepKeys() bool {
	c.Public, c.PublicBefore = withoutRemovals(c.Public, c.PublicBefore)
	c.Private, c.PrivateBefore = withoutRemovals(c.Private, c.PrivateBefore)
	c.Nulls = 0
	return c.Public != "" || c.Private != ""
}

func withoutRemovals(patch, before JSON) (patchLeft, beforeLeft JSON) {
	p, b := WithoutRemovals(Decode([]byte(patch)), Decode([]byte(before)))
	return Canonical(p), Canonical(b)
}

// SetsRole reports whether the change gives a role.
func (c *Change) SetsRole() bool {
	return c.Action == Add || c.Action == Invite || c.Action == CreateUser || c.Action == SetRole
}

// MemberDelta is by how much the change raises the number of members.
func (c *Change) MemberDelta() int {
	switch c.Action {
	case Add, CreateUser:
		return 1
	case Remove:
		return -1
	default:
		return 0
	}
}

// AdminDelta is by how much the change raises the number of admins.
func (c *Change) AdminDelta() int {
	switch c.Admin {
	case AdminGained:
		if c.Action == Invite {
			return 0 // an invited person is no admin before accepting
		}
		return 1
	case AdminLost:
		return -1
	}
	return 0
}

// SeatDelta is by how much the change raises the number of taken seats. A
// pending invitation takes a seat.
func (c *Change) SeatDelta() int {
	switch c.Action {
	case Add, Invite, CreateUser:
		return 1
	case Remove, RevokeInvitation:
		return -1
	default:
		return 0
	}
}

// Phase is the position of a change within its organization in reports: first
// what gives access, last what takes it. The order of sending is that of apply.
func (c *Change) Phase() int {
	switch {
	case c.Action == RevokeInvitation:
		return 0
	case c.Action == Add || c.Action == Invite || c.Action == CreateUser:
		return 1
	case c.Action == SetRole && c.Admin == AdminGained:
		return 1
	case c.Action == SetMetadata || c.Action == Adopt:
		return 2
	case c.Action == SetRole && c.Admin == "":
		return 3
	case c.Action == SetRole:
		return 4
	}
	return 5
}

// CompareChanges orders the changes of an organization as reports show them.
func CompareChanges(a, b Change) int {
	return cmp.Or(cmp.Compare(a.Phase(), b.Phase()), cmp.Compare(a.Action, b.Action),
		cmp.Compare(a.Email, b.Email), cmp.Compare(a.UserID, b.UserID))
}
