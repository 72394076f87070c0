package assign

import (
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/policy"
)

// A role that is not listed waits, with the listed one that differs by a slip: in the group
// or in the list (S21). Another role is no slip.
func TestS21NearNameOfAnUnlistedRole(t *testing.T) {
	rules, problems := policy.CompileRules([]policy.Rule{{Organization: "acme", Role: "{role}", Roles: []string{"org:admin", "org:editor"}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for role, end := range map[string]string{
		"org:edtor": `add the role to the list; did you mean "org:editor"?`, "org:Editor": `did you mean "org:editor"?`,
		"org:member": "add the role to the list", "org:owner": "add the role to the list", "org:editor": "",
	} {
		_, got, complaint := Target(&rules.Rules[0], &source.Group{Name: "team"}, source.Match{Captures: map[string]string{"role": role}})
		switch {
		case end == "" && (complaint != nil || got != role):
			t.Errorf("%s: %v", role, complaint)
		case end != "" && (complaint == nil || !complaint.UnlistedRole || !strings.HasSuffix(complaint.Text, end)):
			t.Errorf("%s: %v, want %q", role, complaint, end)
		}
	}
}
