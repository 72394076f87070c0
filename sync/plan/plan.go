package plan

import (
	"iter"

	"rollcall/clerkapi"
	"rollcall/sync/writers"
)

// PlanVersion is the version of the JSON of a plan. It changes if a program for
// an older version would misread a newer one.
const PlanVersion = 1

// Plan is all that a run would do: shown, guarded, approved and applied as
// this one value. It marshals to the same bytes for the same input.
type Plan struct {
	Version int `json:"version"`
	// Instance is the Clerk instance that the plan is for (S41).
	Instance      clerkapi.Instance `json:"instance"`
	Sources       []SourceSummary   `json:"sources"`
	Organizations []Organization    `json:"organizations"`
	Holds         []Hold            `json:"holds,omitempty"`
	Notes         []Note            `json:"notes,omitempty"`
	Failures      []Failure         `json:"failures,omitempty"`
	Cost          Cost              `json:"cost"`
	// Upcoming is what dates will bring; absent where no source has any (S28).
	Upcoming *Upcoming `json:"upcoming,omitempty"`
	// Invitations says when those go out that Clerk's hour has no room for;
	// absent when none waits for that.
	Invitations *Queue `json:"invitations,omitempty"`
	// Writers is what was read of other writers; nil where nothing was. Each
	// organization has its own.
	Writers *writers.Known `json:"-"`
	// Undoes are the runs that the plan takes back (S25); empty for any other.
	Undoes []int64 `json:"undoes,omitempty"`
	// Reversed is what the plan makes of the changes of these runs, in their order.
	Reversed []Reversed `json:"reversed,omitempty"`
	// Unresolved counts the people whom a rule wants and nobody knows the Clerk
	// user of, by reason: "no_user", or the name of the hold that it would be.
	Unresolved map[string]int `json:"-"`
	// HistoryOff lists the safety rules that need a history this run has not.
	HistoryOff []string `json:"history_off,omitempty"`
}

// Changes iterates over all changes, organization by organization, in the order
// in which they are applied.
func (p *Plan) Changes() iter.Seq2[*Organization, *Change] {
	return func(yield func(*Organization, *Change) bool) {
		for i := range p.Organizations {
			o := &p.Organizations[i]
			for j := range o.Changes {
				if !yield(o, &o.Changes[j]) {
					return
				}
			}
		}
	}
}

// Count is how many changes are in the state.
func (p *Plan) Count(s State) int {
	n := 0
	for _, c := range p.Changes() {
		if c.State == s {
			n++
		}
	}
	return n
}

// CountNotes is how many notes of a kind the plan has.
func (p *Plan) CountNotes(kind NoteKind) int {
	n := 0
	count := func(notes []Note) {
		for i := range notes {
			if notes[i].Kind == kind {
				n++
			}
		}
	}
	count(p.Notes)
	for i := range p.Organizations {
		count(p.Organizations[i].Notes)
	}
	return n
}

// LabelOf is the name of an organization in reports: its slug, where the plan
// knows it, else the id.
func (p *Plan) LabelOf(id string) string {
	if o := p.find(id); o != nil {
		return o.Label()
	}
	return id
}

// find returns the organization with the id, or nil.
func (p *Plan) find(id string) *Organization {
	for i := range p.Organizations {
		if p.Organizations[i].ID == id {
			return &p.Organizations[i]
		}
	}
	return nil
}

// SourceSummary is what one source held.
type SourceSummary struct {
	Name   string `json:"name"`
	People int    `json:"people"`
	Groups int    `json:"groups"`
	Rows   int    `json:"rows,omitempty"`
	// Decisions are those of an access review.
	Decisions int    `json:"decisions,omitempty"`
	Server    string `json:"server,omitempty"`
}

// NeedHistory lists the rules that do nothing without a state directory.
var NeedHistory = []string{"S01 (people who move between organizations)", "S10 (members known from earlier runs)", "S11 (files that disappeared)", "S12 (older replicas)",

	"S14 (organizations that a failed source feeds)", "S15 (organizations that no source feeds any more)", "S17 (limits over 24 hours, shrinking groups)",
	"S18 (baselines)", "S20 (changed rules)", "S21 (first use of a pattern)", "S22 (slugs that moved to another organization)",
	"S26 (leavers who were added again)", "S29 (grace period)",
	"S30 (changes that others revert, and who else adds members)", "S32 (changes of a run that was cut off)"}

// NoUser is why a person is unresolved who has no Clerk user yet.
const NoUser = "no_user"
