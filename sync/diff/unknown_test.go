package diff

import (
	"strings"
	"testing"

	"rollcall/sync/memory"
)

// An organization that earlier runs knew was renamed, and the message says how
// to name it; one that nobody knew is a wrong name (S22).
func TestS22UnknownOrganizationThatWasKnown(t *testing.T) {
	m := &memory.Memory{Pins: map[string]string{"acme": "org_1"}}
	for name, want := range map[string]string{"acme": "use its new slug, or its id org_1", "acmee": "fix the name, or create the organization in Clerk"} {
		if got := unknownOrganization(name, m); !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := unknownOrganization("acme", nil); !strings.Contains(got, "fix the name") {
		t.Errorf("without memory: %s", got)
	}
}
