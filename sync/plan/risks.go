package plan

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Risks are what Clerk may do about a change; the zero value is nothing. Clerk
// says which writers an organization has, and never which memberships are theirs:
// the members of a directory's groups are not readable. So a risk is always "may",
// and no change is left out for one.
type Risks uint8

// The risks.
const (
	// ReturnsAtSignIn: the removed person may be a member again after signing in.
	ReturnsAtSignIn Risks = 1 << iota
	// AddedBySync: a group role mapping may add the removed person again.
	AddedBySync
	// MayBeManaged: a group role mapping may give the role. Clerk then refuses to
	// change it (409 organization_membership_managed_by_scim).
	MayBeManaged
)

var riskTable = []struct {
	risk       Risks
	word, text string
}{
	{ReturnsAtSignIn, "returns_at_sign_in", "may be added again at the next sign-in: remove the person at the identity provider too"},
	{AddedBySync, "added_by_sync", "Clerk's directory sync may refuse the removal or add the person again: take the person out of the mapped group"},
	{MayBeManaged, "may_be_managed", "Clerk's directory sync may manage this role, and Clerk then refuses the change"},
}

// Has reports whether the set has a risk.
func (r Risks) Has(risk Risks) bool { return r&risk != 0 }

// Texts are the sentences of the risks.
func (r Risks) Texts() []string {
	var out []string
	for _, row := range riskTable {
		if r.Has(row.risk) {
			out = append(out, row.text)
		}
	}
	return out
}

// MarshalJSON writes the words of the risks.
func (r Risks) MarshalJSON() ([]byte, error) {
	words := []string{}
	for _, row := range riskTable {
		if r.Has(row.risk) {
			words = append(words, row.word)
		}
	}
	return json.Marshal(words)
}

// UnmarshalJSON reads words of risks. A later version may have more of them: those
// are left out, since nothing is decided by a risk.
func (r *Risks) UnmarshalJSON(raw []byte) error {
	var words []string
	if err := json.Unmarshal(raw, &words); err != nil {
		return fmt.Errorf("read risks: %w", err)
	}
	for _, row := range riskTable {
		if slices.Contains(words, row.word) {
			*r |= row.risk
		}
	}
	return nil
}
