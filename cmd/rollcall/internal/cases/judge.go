package cases

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

// Result is what came of one case.
type Result struct {
	Name string `json:"name"`
	// Place is file:line:column of the case.
	Place string `json:"place"`
	Holds bool   `json:"holds"`
	// Problems say what is different from what the case expects.
	Problems []string `json:"problems,omitempty"`
	// Given is what the rules give the person. Refused is why that is nothing anywhere.
	Given   []Given `json:"given"`
	Refused Refusal `json:"refused,omitempty"`
	// Origin is where the person was read; empty if the case brings them.
	Origin string `json:"origin,omitempty"`
	// Rules say, for a case that does not hold, what each rule makes of the person.
	Rules []explain.Match `json:"rules,omitempty"`
}

// judge compares a case with what the rules say.
func judge(c *Case, s *standing) (problems []string) {
	differ := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if s.person == nil {
		if c.Refused != NotFound {
			differ("no source has %q; if that is meant, write refused: not_found", c.Who)
		}
		return problems
	}
	if c.Refused != "" && s.refused != c.Refused {
		differ("expected that the person is refused as %s, but %s", c.Refused, orNot(s.refused))
	}
	for i := range c.Expect {
		problems = append(problems, c.Expect[i].judge(s)...)
	}
	for _, g := range s.given {
		expected := func(p Place) bool { return p.Organization == g.Organization }
		if g.Refused == "" && !slices.ContainsFunc(c.Expect, expected) {
			differ("%s: expected no membership, but the rules give %s (%s)", g.Organization, g.Role, g.Reason)
		}
	}
	return problems
}

func orNot(r Refusal) string {
	if r == "" {
		return "nothing refuses the person as a whole"
	}
	return "it is " + string(r)
}

// judge compares one organization.
func (p *Place) judge(s *standing) (problems []string) {
	differ := func(format string, args ...any) {
		problems = append(problems, p.Organization+": "+fmt.Sprintf(format, args...))
	}
	g := s.in(p.Organization)
	switch {
	case g == nil && p.Refused != "":
		differ("expected a refusal (%s), but no rule has a group with the person", p.Refused)
		return problems
	case g == nil:
		differ("expected %s, but no rule leads there", p.Role)
		return problems
	case p.Refused != g.Refused && p.Refused == "":
		differ("expected %s, but the person is refused as %s: %s", p.Role, g.Refused, g.Why)
	case p.Refused != g.Refused && g.Refused == "":
		differ("expected a refusal (%s), but the rules give %s (%s)", p.Refused, g.Role, g.Reason)
	case p.Refused != g.Refused:
		differ("expected a refusal as %s, but it is %s: %s", p.Refused, g.Refused, g.Why)
	case p.Role != g.Role:
		differ("expected %s, but the rules give %s (%s)", p.Role, g.Role, g.Reason)
	}
	if why := strings.TrimSpace(g.Reason + " " + g.Why); !strings.Contains(why, p.Reason) {
		differ("expected the reason %q, but it is %q", p.Reason, why)
	}
	for _, m := range []struct {
		name       string
		want, have map[string]any
	}{{"public", p.Metadata.Public, g.Public}, {"private", p.Metadata.Private, g.Private}} {
		if want, have := object(m.want), object(m.have); m.want != nil && want != have {
			differ("expected the %s metadata %s, but the rules write %s", m.name, want, have)
		}
	}
	return problems
}

// object is metadata as JSON that compares. A key that the rules manage and that has no
// value is absent in Clerk.
func object(keys map[string]any) string {
	out := map[string]any{}
	for key, value := range keys {
		if value != nil {
			out[key] = value
		}
	}
	return cmp.Or(string(plan.Canonical(out)), "{}")
}
