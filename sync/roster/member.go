package roster

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Member is what is kept of a membership, with its marker.
type Member struct {
	UserID, Role                    string
	Identifier, FirstName, LastName string
	Public, Private                 json.RawMessage
	Marker                          *plan.Marker
	Banned, Deprovisioned           bool
	// StandingUnknown says that the listing shows neither (S08).
	StandingUnknown bool
	// bare says that the private metadata are the marker and nothing else. They
	// are then not kept: most members are like that, and there may be a million.
	bare bool
}

// NamelessMember is a membership without a user: Clerk's contract lets an answer
// leave out public_user_data. Such a membership stays as it is (S10).
type NamelessMember struct {
	MembershipID string
	Marker       *plan.Marker
}

// bareMarker stands for private metadata that are not kept.
var bareMarker = json.RawMessage("{}")

// PrivateMetadata is the private metadata of the member, decoded.
func (m *Member) PrivateMetadata() map[string]any {
	if m.bare {
		return map[string]any{plan.MarkerKey: m.Marker.Object()}
	}
	return plan.Decode(m.Private)
}

// restorePrivate keeps the private metadata as Clerk has them, before our copy
// of the marker gets the present name of its source.
func (m *Member) restorePrivate() {
	if m.bare {
		m.Private, m.bare = json.RawMessage(plan.Canonical(m.PrivateMetadata())), false
	}
}

// Email is the identifier, folded as an address; empty if it is none. It proves
// nothing (S04).
func (m *Member) Email() string {
	folded, err := source.FoldEmail(m.Identifier)
	if err != nil {
		return ""
	}
	return folded
}

// Snapshot is the membership as the journal stores it; nil if there is no
// member.
func (m *Member) Snapshot() *plan.Snapshot {
	if m == nil {
		return nil
	}
	return &plan.Snapshot{Role: m.Role, Public: m.Public, Private: plan.Canonical(m.PrivateMetadata()).Raw()}
}

// VerifiedAddresses lists the verified addresses of a user, folded (S03).
func VerifiedAddresses(u *clerkapi.User) []string {
	var out []string
	for _, e := range u.Emails {
		if folded, err := source.FoldEmail(e.Address); err == nil && e.Verified {
			out = append(out, folded)
		}
	}
	return policy.Unique(out)
}

// ReservedAddresses lists the addresses that a backend has reserved for a user who has
// verified none, folded. Whoever proves one of them first has the account.
func ReservedAddresses(u *clerkapi.User) []string {
	var out []string
	for _, e := range u.Emails {
		folded, err := source.FoldEmail(e.Address)
		switch {
		case e.Verified:
			return nil
		case err == nil && e.Reserved:
			out = append(out, folded)
		}
	}
	return policy.Unique(out)
}

// ReservationMismatch says in which way a user is not the one that was created, with a
// reserved address, for a person with these addresses and this external_id: value is the
// address or the external_id that contradicts. The text is empty if nothing does.
func ReservationMismatch(u *clerkapi.User, addresses []string, externalID string) (value, text string) {
	verified, reserved := VerifiedAddresses(u), ReservedAddresses(u)
	isTheirs := func(email string) bool { return slices.Contains(addresses, email) }
	switch {
	case len(verified) > 0:
		return verified[0], "somebody has verified " + verified[0] + " for it"
	case u.ExternalID != externalID:
		return u.ExternalID, fmt.Sprintf("it has the external_id %q, not %q", u.ExternalID, externalID)
	case len(reserved) == 0:
		return "", "it has no address reserved"
	case !slices.ContainsFunc(reserved, isTheirs):
		return reserved[0], "it has only " + strings.Join(reserved, ", ") + " reserved"
	}
	return "", ""
}
