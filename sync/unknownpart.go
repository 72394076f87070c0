package sync

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/source"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
)

// UnknownPartError says that a run is limited to an organization, or to a person, that
// nobody knows: most likely a typing error. Nothing was sent.
type UnknownPartError struct {
	plan.Part
	// Near is the known name that is nearest; empty if none is near.
	Near string
	// Sources is how many sources were read.
	Sources int
}

// Error names what is unknown, where it was looked for, and what may have been meant.
func (e *UnknownPartError) Error() string {
	text := fmt.Sprintf("--organization: no rule, row or earlier run leads to an organization %q", e.Organization)
	if e.Organization == "" {
		text = fmt.Sprintf("--only: %q is not in any group that a rule uses (sources read: %d), and not in any organization of the rules; run rollcall explain for more", e.Only, e.Sources)
	}
	if e.Near != "" {
		text += fmt.Sprintf("; did you mean %s?", e.Near)
	}
	return text
}

// checkPart refuses a part of the plan that is a typing error. If something was not
// read, it may have what is asked for, and the plan says so.
func (r *Reconciler) checkPart(part plan.Part, s *diff.Comparison, planned *plan.Plan) error {
	if len(s.Plan.Failures) > 0 {
		return nil
	}
	if part.Organization != "" {
		if names := organizationNames(s.Plan); !slices.Contains(names, part.Organization) {
			return &UnknownPartError{Part: plan.Part{Organization: part.Organization}, Near: source.Nearest(part.Organization, names)}
		}
	}
	for range planned.Changes() {
		return nil
	}
	if part.Only == "" {
		return nil
	}
	who := part.Only
	if folded, err := source.FoldEmail(who); err == nil {
		who = folded
	}
	if names := personNames(s); !names[who] {
		known := make([]string, 0, len(names))
		for name := range names {
			known = append(known, name)
		}
		return &UnknownPartError{Part: plan.Part{Only: part.Only}, Near: source.Nearest(who, known), Sources: len(s.Read.Directory.Snapshots)}
	}
	return nil
}

// organizationNames are all names that --organization may have.
func organizationNames(p *plan.Plan) []string {
	var names []string
	for i := range p.Organizations {
		names = append(names, p.Organizations[i].ID, cmp.Or(p.Organizations[i].Slug, p.Organizations[i].ID))
	}
	for _, h := range p.Holds {
		if h.Organization != "" {
			names = append(names, h.Organization)
		}
	}
	return names
}

// personNames are all names that --only may have: addresses of people and members,
// and user ids.
func personNames(s *diff.Comparison) map[string]bool {
	names := map[string]bool{}
	s.Read.Directory.All(func(p *directory.Person) bool {
		for _, name := range append(p.Addresses(), p.UserID) {
			names[name] = true
		}
		return false
	})
	for _, o := range s.Have.Organizations {
		for i := range o.Members {
			names[o.Members[i].UserID], names[o.Members[i].Email()] = true, true
		}
		for email := range o.Invited {
			names[email] = true
		}
	}
	for _, c := range s.Plan.Changes() {
		names[c.Email], names[c.UserID] = true, true
	}
	delete(names, "")
	return names
}
