package sync

import (
	"regexp"
	"strings"
	"testing"

	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A pattern with a capture that matches no group is said even if it leads to no
// organization at all; one that matches is no note (S15).
func TestS15PatternThatLeadsNowhereIsNoted(t *testing.T) {
	t.Parallel()
	for pattern, noted := range map[string]bool{"team-(?<org>[a-z]+)": true, "(?i)team-(?<org>[a-z]+)": false} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example")
		s := tell(t, f, fake.HR("1 ann@corp.example").Group("Team-acme", 0))
		s.rules = []policy.Rule{{Groups: policy.GroupPattern{Match: pattern}, Organization: "{org}", Role: "org:member"}}
		p := s.run(Run{}).Plan
		var found []string
		for _, n := range p.Notes {
			if n.Rule == plan.MissingGroup.Rule() {
				found = append(found, n.Text)
			}
		}
		if noted && (len(found) != 1 || !strings.Contains(found[0], "no group matches "+pattern+";")) || !noted && len(found) > 0 {
			t.Errorf("%s: notes %q", regexp.QuoteMeta(pattern), found)
		}
		if got := len(lines(p)); (got == 0) != noted {
			t.Errorf("%s: %d changes", pattern, got)
		}
	}
}
