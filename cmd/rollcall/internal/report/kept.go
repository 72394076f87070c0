package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// KeptSet is a set that waits for approval, as the journal keeps it.
type KeptSet struct {
	journal.HeldSet
	Parts []plan.Organization
	// Holds are why it waits; nil if an earlier version kept it.
	Holds []plan.Hold
	// Number is its place among all sets that wait, as the plan numbers them; 0 if it is
	// the only one, or the newest plan does not have it.
	Number int
	// Approved is who approved all of it; nil if nobody did.
	Approved *journal.Approval
}

// NewKeptSet reads the changes of a set.
func NewKeptSet(set journal.HeldSet) (KeptSet, error) {
	k := KeptSet{HeldSet: set}
	read, err := memory.ReadWaitingSet(set.Text)
	if err != nil {
		return k, fmt.Errorf("read the waiting changes %s: %w", set.Hash, err)
	}
	k.Parts, k.Holds = read.Parts, read.Holds
	for i := range k.Parts {
		for j := range k.Parts[i].Changes {
			if len(k.Holds) > 0 {
				k.Parts[i].Changes[j].Why = "" // the holds say it
			}
		}
	}
	return k, nil
}

// NumberKept orders sets as the plan does, and numbers them if there are several. Those
// of undos come last: the plan does not have them.
func NumberKept(sets []KeptSet) {
	slices.SortStableFunc(sets, func(a, b KeptSet) int {
		first, second := facts.HeadcountOf(a.Parts), facts.HeadcountOf(b.Parts)
		return cmp.Or(cmp.Compare(min(a.Run, 1), min(b.Run, 1)), facts.CompareWaiting(&first, &second))
	})
	for i := range sets {
		if len(sets) > 1 {
			sets[i].Number = i + 1
		}
	}
}

// Kept writes sets, each with exactly its people. With commands each one that
// nobody has approved says how to.
func Kept(w io.Writer, instance clerkapi.Instance, sets []KeptSet, commands bool, o facts.Options) error {
	buffered := bufio.NewWriter(w)
	o.Kept = true
	p := newPrinter(buffered, &sync.Report{Plan: keptPlan(sets)}, o)
	p.Domain = ""        // whoever approves sees the whole address (S43)
	p.Options.All = true // nobody approves a list that is cut (S43)
	var open []string
	blocks := make([]facts.Block, len(sets))
	for i := range sets {
		blocks[i] = p.KeptBlock(sets[i].Organization, sets[i].Holds, sets[i].Parts)
		switch by := sets[i].Approved; {
		case by != nil:
			blocks[i].Note = "Approved by " + escape.Brief(by.By) + ": " + escape.Brief(by.Reason)
		case commands:
			blocks[i].Ways = []facts.Way{{When: "To approve", Commands: []string{p.Approve(sets[i].Hash)}}}
		}
		if sets[i].Approved == nil {
			open = append(open, sets[i].Hash)
		}
	}
	setPrinter{p}.hoist(blocks)
	for i := range blocks {
		number := ""
		if sets[i].Number > 0 {
			number = fmt.Sprintf("%d. ", sets[i].Number)
		}
		setPrinter{p}.block(number, &blocks[i])
	}
	if commands && len(open) > 1 {
		p.command("", fmt.Sprintf("To approve all %d: ", len(open)), p.Approve(open...))
		p.Line("")
	}
	p.Line("%s", facts.InstanceLine(instance))
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// keptPlan is a plan with the changes of the sets and no others.
func keptPlan(sets []KeptSet) *plan.Plan {
	made := &plan.Plan{}
	for i := range sets {
		made.Organizations = append(made.Organizations, sets[i].Parts...)
	}
	return made
}

// PeopleOf counts the people and the changes of sets.
func PeopleOf(sets []KeptSet) (people, changes int) {
	seen := map[string]bool{}
	keys := map[string]bool{}
	for _, c := range keptPlan(sets).Changes() {
		seen[c.Subject()], keys[c.Key()] = true, true
	}
	return len(seen), len(keys)
}
