package assign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"rollcall/source"
	"rollcall/sync/plan"
)

// An access review that has come back says keep or remove for single memberships.
// Keep, or a missing row, leaves the decision to the rules. Remove deletes a
// membership that no rule wants, even one that rollcall did not add (unless
// removals is none), because somebody has decided so. It is the only removal that
// is not caused by an absence, so it is about that membership only: a member who
// was added again later, has another role by now, or has another address than the
// row stays, and a note says so. Guards, protection, the markers of other owners
// and the last check before a removal apply to it as to any other.

// Reviews is what access reviews that have come back decide.
type Reviews struct {
	// Decisions are by the organization's name, then by membership id.
	Decisions map[string]map[string]*source.Decision
	// ReviewBlocks keep what the reviews decide waiting, by the organization's name.
	ReviewBlocks map[string][]plan.Block
}

// addDecisions files the decisions of one source. The notes are about decisions that
// rollcall cannot carry out.
func (r *Reviews) addDecisions(s *source.Snapshot) (notes []plan.Note) {
	for i := range s.Decisions {
		d := &s.Decisions[i]
		of := r.Decisions[d.Organization]
		if of == nil {
			of = map[string]*source.Decision{}
			r.Decisions[d.Organization] = of
		}
		switch known := of[d.MembershipID]; {
		case d.UserID == "" && d.Remove:
			notes = append(notes, plan.Note{Organization: d.Organization, Text: fmt.Sprintf(
				"%s: %s is invited and not a member yet; rollcall revokes only its own invitations; revoke others in Clerk's dashboard", d.Origin, cmp.Or(d.Email, "somebody"))})
		case d.UserID == "":
		case known == nil || known.Remove && !d.Remove: // if two reviews disagree, the one that keeps the member counts
			of[d.MembershipID] = d
		}
	}
	return notes
}

// blockDecisions keeps the decisions of a review waiting that cannot be trusted itself.
// A review feeds no organization, so nothing else waits.
func (r *Reviews) blockDecisions(s *source.Snapshot, b plan.Block) {
	for i := range s.Decisions {
		name := s.Decisions[i].Organization
		if !slices.Contains(r.ReviewBlocks[name], b) {
			r.ReviewBlocks[name] = append(r.ReviewBlocks[name], b)
		}
	}
}

// Reviewed lists the organizations that reviews are about: those that have come
// back, and the organizations that this run is asked to review.
func (r *Reviews) Reviewed(asked []string) []string {
	return append(slices.Collect(maps.Keys(r.Decisions)), asked...)
}
