package roster

import (
	"encoding/json"

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
