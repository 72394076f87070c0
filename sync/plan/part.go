package plan

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/source"
)

// Part is the part of a plan that the admin asked for: one organization (slug or
// id), or one address or user id. The zero value is the whole plan.
type Part struct {
	Organization, Only string
	// IsTheirs recognizes what is taken from the person with the address Only; nil is nothing.
	IsTheirs func(c *Change) bool
}

// Covers reports whether the change belongs to the part.
func (part Part) Covers(o *Organization, c *Change) bool {
	return part.coversOrganization(o) && (part.Only == "" || c.Email == part.only() || c.UserID == part.Only || part.IsTheirs != nil && part.IsTheirs(c))
}

func (part Part) coversOrganization(o *Organization) bool {
	return part.Organization == "" || part.Organization == o.Slug || part.Organization == o.ID
}

// only is the address of the part, folded.
func (part Part) only() string {
	folded, _ := source.FoldEmail(part.Only)
	return cmp.Or(folded, part.Only)
}

// Limit returns the part of the plan. The whole was planned and guarded, so
// holds of the whole run stay in the result.
func (p *Plan) Limit(part Part) *Plan {
	if part.Organization == "" && part.Only == "" {
		return p
	}
	out := *p
	out.Organizations = []Organization{}
	for _, o := range p.Organizations {
		if !part.coversOrganization(&o) {
			continue
		}
		if part.Only != "" {
			o.Changes = slices.DeleteFunc(slices.Clone(o.Changes), func(c Change) bool { return !part.Covers(&o, &c) })
			o.Notes = slices.DeleteFunc(slices.Clone(o.Notes), func(n Note) bool { return n.Email != "" && n.Email != part.only() })
		}
		out.Organizations = append(out.Organizations, o)
	}
	out.Upcoming = p.Upcoming.limitTo(&out, part)
	out.Reversed = slices.DeleteFunc(slices.Clone(p.Reversed), func(u Reversed) bool {
		return !part.Covers(cmp.Or(p.find(u.Organization), &Organization{ID: u.Organization}), &Change{UserID: u.UserID, Email: u.Email})
	})
	out.Holds = slices.DeleteFunc(slices.Clone(p.Holds), func(h Hold) bool {
		asked := part.Organization == "" || h.Organization == "" || h.Organization == part.Organization || out.find(h.Organization) != nil
		return !asked || part.Only != "" && !out.concerns(h)
	})
	if part.Only != "" && !out.mentions() {
		out.Notes = append(slices.Clone(p.Notes), Note{Text: fmt.Sprintf("nothing to change for %q", part.Only)})
	}
	if part.Organization != "" && !out.knows(part.Organization) {
		out.Holds = append(out.Holds, NewHold(UnknownOrganization, part.Organization, fmt.Sprintf(
			"no rule or row leads to an organization %q; nothing was changed", part.Organization)))
	}
	return &out
}

// concerns reports whether a hold keeps one of the changes of the plan. A hold
// that counts no changes may concern anybody.
func (p *Plan) concerns(h Hold) bool {
	if h.Changes == 0 {
		return true
	}
	for o, c := range p.Changes() {
		if c.State == Held && (h.Organization == "" || h.Organization == o.ID) {
			return true
		}
	}
	return false
}

// mentions reports whether the plan has a change, or a note about a person.
func (p *Plan) mentions() bool {
	return slices.ContainsFunc(p.Organizations, func(o Organization) bool {
		return len(o.Changes) > 0 || slices.ContainsFunc(o.Notes, func(n Note) bool { return n.Email != "" })
	})
}

// knows reports whether the plan has an entry about the organization.
func (p *Plan) knows(organization string) bool {
	return len(p.Organizations) > 0 || slices.ContainsFunc(p.Holds, func(h Hold) bool { return h.Organization == organization }) ||
		slices.ContainsFunc(p.Failures, func(f Failure) bool { return f.Organization == organization })
}

// limitTo keeps the events that belong to the part.
func (u *Upcoming) limitTo(p *Plan, part Part) *Upcoming {
	if u == nil {
		return nil
	}
	out := *u
	out.Events = slices.DeleteFunc(slices.Clone(u.Events), func(e Event) bool {
		o := p.find(e.Organization)
		return o == nil || !part.Covers(o, &Change{UserID: e.UserID, Email: e.Email})
	})
	return &out
}
