package identity

import (
	"context"
	"fmt"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/roster"
)

// fileDecisions gives each organization the review decisions on its members.
// The files may use any name of the organization. The users of removals are
// read first, as before any removal (S04).
func (v *Resolver) fileDecisions(ctx context.Context, a *assign.Assignments) error {
	st := v.Have
	var ids []string
	for _, o := range st.Organizations {
		o.Decisions = map[string]*source.Decision{}
		for _, name := range o.Names {
			for _, d := range a.Decisions[name] {
				if d.Remove && o.Member(d.UserID) != nil {
					ids = append(ids, d.UserID)
				}
			}
		}
	}
	if err := v.Load(ctx, ids, "read the accounts in an access review"); err != nil {
		return err
	}
	for _, o := range st.Organizations {
		for _, name := range o.Names {
			for _, d := range a.Decisions[name] {
				fileDecision(o, d)
			}
		}
	}
	return nil
}

// fileDecision files a decision by its user, or as unmatched. If two reviewers
// disagree, the decision to keep counts.
func fileDecision(o *roster.Organization, d *source.Decision) {
	switch known := o.Decisions[d.UserID]; {
	case Mismatch(o, d) != "":
		if d.Remove {
			o.UnmatchedDecisions = append(o.UnmatchedDecisions, d)
		}
	case known == nil || known.Remove:
		o.Decisions[d.UserID] = d
	}
}

// LeftAlready reports whether a decision was carried out before: neither its
// membership nor its user is there.
func LeftAlready(o *roster.Organization, d *source.Decision) bool {
	return o.UserByMembership[d.MembershipID] == "" && o.Member(d.UserID) == nil
}

// Mismatch says why a decision fits no membership of today; empty when it
// fits.
func Mismatch(o *roster.Organization, d *source.Decision) string {
	m, holder := o.Member(d.UserID), o.UserByMembership[d.MembershipID]
	switch {
	case LeftAlready(o, d):
		return "left before"
	case holder == "":
		return "was added again after the review"
	case holder != d.UserID:
		return fmt.Sprintf("does not have the membership %s: the cells of the row do not belong together", d.MembershipID)
	case d.Remove && d.Role != "" && d.Role != m.Role:
		return fmt.Sprintf("had the role %s then and has %s now", d.Role, m.Role)
	}
	return "" // both ids fit: people choose their address, and a row is not outdated by it
}

// Outgrown reports whether somebody whom a review wants out has more today than
// was reviewed: a membership that was given since, or a role that the reviewed
// one does not cover. Silence would let them stay (S04).
func Outgrown(o *roster.Organization, d *source.Decision, v *Resolver) bool {
	m, holder := o.Member(d.UserID), o.UserByMembership[d.MembershipID]
	switch {
	case m == nil || !d.Remove:
		return false
	case holder == "":
		return true
	}
	return holder == d.UserID && d.Role != "" && !v.Have.Roles.AtLeast(d.Role, m.Role)
}
