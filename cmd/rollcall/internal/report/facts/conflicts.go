package facts

import (
	"fmt"

	"rollcall/sync/plan"
)

// shownConflicts is how many conflicts of ids a block shows: after a change of the
// ids themselves, everybody has one.
const shownConflicts = 10

// fewConflicts are the holds without most of their conflicts of ids, and how many are
// left out.
func fewConflicts(holds []plan.Hold) (few []plan.Hold, more int) {
	shown := 0
	for _, h := range holds {
		switch {
		case h.Conflict == nil:
		case shown < shownConflicts:
			shown++
		default:
			more++
			continue
		}
		few = append(few, h)
	}
	return few, more
}

// newIDs is the step that comes first where very many people have another id than
// their account: then the ids have changed, and not the people.
func (p stepper) newIDs() []Step {
	people := map[string]bool{}
	for _, h := range p.Report.Plan.Holds {
		if h.Conflict != nil {
			people[h.Conflict.Email] = true
		}
	}
	if len(people) <= shownConflicts {
		return nil
	}
	return []Step{{"", fmt.Sprintf("look at the ids of the source first: %s have another id than their account. If the column or the attribute of ids was changed, change it back", Count(len(people), "person"))}}
}

// named are the holds that a block names, and a sentence on the others.
func (p waiter) named(holds []plan.Hold) (few []plan.Hold, others []string) {
	if p.Options.All {
		return holds, nil
	}
	few, more := fewConflicts(holds)
	if more > 0 {
		others = []string{fmt.Sprintf("%s more with the address of one account and the id of another (identity conflict, S02); %s --all names them", Count(more, "person"), p.Command("plan"))}
	}
	return few, others
}
