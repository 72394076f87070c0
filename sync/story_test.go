package sync

import (
	"context"
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// story is a run in the making.
type story struct {
	t       *testing.T
	config  policy.Config
	rules   []policy.Rule
	sources []source.Source
	clerk   *fake.Clerk
}

// tell starts a story with removals: managed and guards out of the way.
func tell(t *testing.T, clerk *fake.Clerk, s ...source.Source) *story {
	t.Helper()
	config := policy.DefaultConfig()
	config.Removals = policy.RemovalsManaged
	config.Guards = policy.Guards{Removals: policy.Limit{People: 1 << 30}, AdminLosses: policy.Limit{People: 1 << 30}, AdminGrants: policy.Limit{People: 1 << 30},
		Adds: policy.Limit{People: 1 << 30}, RoleChanges: policy.Limit{People: 1 << 30}, MetadataNulls: policy.Limit{People: 1 << 30}}
	return &story{t: t, config: config, clerk: clerk, sources: s}
}

// rule adds a rule: these groups give the role in the organization.
func (s *story) rule(organization, role string, groups ...string) *policy.Rule {
	s.rules = append(s.rules, policy.Rule{Groups: policy.GroupPattern{Names: groups}, Organization: organization, Role: role})
	return &s.rules[len(s.rules)-1]
}

func (s *story) run(run Run) *Report {
	s.t.Helper()
	report, err := s.try(s.t.Context(), run)
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

func (s *story) try(ctx context.Context, run Run) (*Report, error) {
	s.t.Helper()
	r, err := New(s.config, s.rules, s.sources, s.clerk)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(run.Undo) > 0 {
		return r.Undo(ctx, run)
	}
	return r.RunOnce(ctx, run)
}

// lines are the plan's changes as "state action organization user to".
func lines(p *plan.Plan) []string {
	out := []string{}
	for _, c := range p.Changes() {
		out = append(out, strings.Join(strings.Fields(strings.Join([]string{string(c.State), c.Action.String(),
			strings.TrimPrefix(c.Organization, "org_"), c.UserID, strings.TrimPrefix(c.To, "org:")}, " ")), " "))
	}
	return out
}

// plans checks the changes of a dry run.
func (s *story) plans(want ...string) *plan.Plan {
	s.t.Helper()
	p := s.run(Run{}).Plan
	if got := lines(p); !slices.Equal(got, append([]string{}, want...)) {
		s.t.Errorf("planned\n\t%s\nwant\n\t%s\nholds %+v\nnotes %+v", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"), p.Holds, p.Organizations)
	}
	return p
}

// held lists the holds as "rule organization changes".
func held(p *plan.Plan) []string {
	out := []string{}
	for _, h := range p.Holds {
		out = append(out, strings.Join(strings.Fields(h.Rule+" "+h.Guard+" "+h.Organization), " "))
	}
	return out
}

func (s *story) holds(p *plan.Plan, want ...string) {
	s.t.Helper()
	if got := held(p); !slices.Equal(got, append([]string{}, want...)) {
		s.t.Errorf("held %q, want %q: %+v", got, want, p.Holds)
	}
}
