package cases

import (
	"cmp"
	"slices"

	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Given is what the rules give a person in one organization, or why they give nothing.
type Given struct {
	Organization string         `json:"organization"`
	Role         string         `json:"role,omitempty"`
	Public       map[string]any `json:"public_metadata,omitempty"`
	Private      map[string]any `json:"private_metadata,omitempty"`
	// Reason names the rule and the group.
	Reason string `json:"reason,omitempty"`
	// Refused says why the person is no member here, although a group of a rule has
	// them; Why is that in words.
	Refused Refusal `json:"refused,omitempty"`
	Why     string  `json:"why,omitempty"`
}

// rulings are what the rules make of one reading of the sources.
type rulings struct {
	rules    *policy.Ruleset
	assigned *assign.Assignments
	deny     policy.List
	given    map[*directory.Person][]Given
}

// rule applies the rules to what was read, as a run does.
func rule(config policy.Config, set *policy.Ruleset, read *directory.Reading) *rulings {
	a := &assign.Assigner{Config: config, Rules: set}
	r := &rulings{set, a.Assign(read, nil), policy.NewList(config.Deny), map[*directory.Person][]Given{}}
	for _, name := range r.assigned.Organizations() {
		later := r.assigned.NotToday(name) // before Entitlements releases the assignments
		wants, _ := r.assigned.Entitlements(name, []string{name})
		for i := range wants {
			p := wants[i].Person
			r.given[p] = append(r.given[p], r.give(name, &wants[i], later[p]))
		}
	}
	return r
}

// give is what an entitlement comes to today; later says when it begins, if it does not
// hold yet.
func (r *rulings) give(organization string, w *assign.Entitlement, later string) Given {
	g := Given{Organization: organization, Role: w.Role, Public: w.Public, Private: w.Private, Reason: w.Because()}
	refuse := func(refused Refusal, why string) Given {
		return Given{Organization: organization, Reason: g.Reason, Refused: refused, Why: why}
	}
	switch {
	case r.denied(w.Person):
		return refuse(Denied, "on sync.deny (S08)")
	case w.Person.Problem != nil:
		return refuse(Unclear, w.Person.Problem.Text+plan.InParentheses(w.Person.Problem.Rule))
	case w.StartsLater():
		return refuse(Refusal(explain.NotStarted), later)
	}
	return g
}

// denied reports whether the admin's list has the person (S08).
func (r *rulings) denied(p *directory.Person) bool {
	return r.deny.Has(p.ExternalID) || r.deny.Has(p.Addresses()...)
}

// standing is what the rules say of one person.
type standing struct {
	person *directory.Person // nil if no source has them
	// refused is why the person gets nothing anywhere.
	refused Refusal
	given   []Given
	rules   []explain.Match
}

// of collects what the rules say of a person.
func (r *rulings) of(p *directory.Person) *standing {
	s := &standing{person: p, given: slices.Clone(r.given[p])}
	s.rules = explain.Rules(r.rules, r.assigned, []*directory.Person{p}, func(organization, because string) string {
		for _, g := range r.given[p] {
			if g.Organization == organization && g.Reason != because {
				return g.Reason + " takes precedence"
			}
		}
		return ""
	})
	for _, m := range s.rules {
		s.refuse(cmp.Or(m.Organization, m.Unlisted), Refusal(m.Obstacle), m.Why)
	}
	for name, expired := range r.assigned.Expired {
		if t := expired[p]; t != nil {
			s.refuse(name, Refusal(explain.Ended), t.Ended())
		}
	}
	slices.SortFunc(s.given, func(a, b Given) int { return cmp.Compare(a.Organization, b.Organization) })
	switch {
	case p.Disabled != "":
		s.refused = Refusal(explain.ObstacleOf(p))
	case r.denied(p):
		s.refused = Denied
	case p.Problem != nil:
		s.refused = Unclear
	}
	return s
}

// refuse adds why an organization gives nothing, unless another rule or another
// obstacle has spoken for it.
func (s *standing) refuse(organization string, refused Refusal, why string) {
	if refused == "" || organization == "" || s.in(organization) != nil {
		return
	}
	s.given = append(s.given, Given{Organization: organization, Refused: refused, Why: why})
}

// in is what the rules say of one organization; nil if nothing.
func (s *standing) in(organization string) *Given {
	for i := range s.given {
		if s.given[i].Organization == organization {
			return &s.given[i]
		}
	}
	return nil
}
