package sync

import (
	"strings"
	"testing"
)

// Whoever signed up with a newcomer's address while the answer was lost is
// taken for them only if nobody has denied them, by whatever name.
func TestS08CreatedAsNobodyWhoIsDenied(t *testing.T) {
	f := newFake("acme")
	f.user("user_x", "new@corp.example", "other@corp.example").ExternalID = "e9"
	for deny, want := range map[string]string{"": "user_x", "somebody@corp.example": "user_x", "user_x": "", "e9": "", "OTHER@corp.example": "", "other@*": ""} {
		r := &Reconciler{clerk: f, config: DefaultConfig()}
		if deny != "" {
			r.config.Deny = []string{deny}
		}
		user, why, err := r.createdAs(t.Context(), &Change{Email: "new@corp.example"})
		if err != nil || user != want || want == "" && !strings.Contains(why, "on the deny list") {
			t.Errorf("deny %q: user %q, %q, %v", deny, user, why, err)
		}
	}
}
