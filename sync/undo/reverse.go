package undo

import (
	"fmt"
	"slices"

	"rollcall/sync/diff"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Reverse proposes the changes that take the runs back, for each organization.
func Reverse(config policy.Config, done []*Reversal, have *roster.Roster) []*diff.Proposal {
	proposals := map[string]*diff.Proposal{}
	var list []*diff.Proposal
	for _, o := range have.Organizations {
		if o.Err == nil {
			proposals[o.ID] = &diff.Proposal{Organization: o, Findings: &diff.Findings{Organization: o.ID}}
			list = append(list, proposals[o.ID])
		}
	}
	for _, v := range done {
		if v.onAccount() {
			continue // accounts have a proposal of their own
		}
		d := proposals[v.Entry.Organization]
		if d == nil {
			// The plan says which of the two.
			v.leave(plan.LeftUnread, "the organization is gone, or could not be read")
			continue
		}
		m := d.Organization.Member(v.Entry.UserID)
		changes := v.changes(m, d.Organization.Invited[v.Entry.Email], have.Roles)
		if m != nil && m.Marker != nil && m.Marker.Owner != config.Owner && !config.Takeover && len(changes) > 0 {
			changes, v.left = nil, ""
			v.leave(plan.LeftForeign, fmt.Sprintf("the marker names the owner %q (S26)", m.Marker.Owner))
		}
		d.Changes = append(d.Changes, changes...)
		if v.text != "" {
			d.Findings.Note("S25", v.Entry.Email, fmt.Sprintf("%s: %s, so not changed", v.name(), v.text))
		}
	}
	for _, d := range list {
		slices.SortFunc(d.Changes, plan.CompareChanges)
	}
	return list
}
