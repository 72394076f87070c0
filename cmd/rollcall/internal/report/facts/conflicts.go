package facts

import (
	"fmt"

	"rollcall/sync/plan"
)

// shownConflicts is how many conflicts of ids a block shows: after a change of the
// ids themselves, everybody has one.
const shownConflicts = 10

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

// named are the holds that a block names, and a sentence on the conflicts of ids that it
// leaves out.
func (p waiter) named(holds []plan.Hold) (few []plan.Hold, others []string) {
	if p.Options.All {
		return holds, nil
	}
	conflicts := 0
	for _, h := range holds {
		if h.Conflict != nil {
			conflicts++
		}
		if h.Conflict == nil || conflicts <= shownConflicts {
			few = append(few, h)
		}
	}
	if more := conflicts - shownConflicts; more > 0 {
		others = []string{fmt.Sprintf("%s more with the address of one account and the id of another (identity conflict, S02); %s --all names them", Count(more, "person"), p.Command("plan"))}
	}
	return few, others
}
