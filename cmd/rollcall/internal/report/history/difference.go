package history

import (
	"errors"
	"fmt"
	"io"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Difference is what the plans of two runs do not have in common. The plan of a run is
// what it sent and what waited. Changes that waited have the result [Waits], and the
// reason in place of the error.
type Difference struct {
	Run, Before journal.Run
	// New is in the plan of Run only. Sent waited in Before, and Run sent it.
	New, Sent Changes
	// Dropped and Done are in the plan of Before only: Done is what Before did, and
	// Dropped is not planned any more.
	Dropped, Done Changes
	// Incomplete says that so much waited that not all of it was kept, Part that one of
	// the runs was about less than everything that the rules want.
	Incomplete, Part bool
}

// Changes are the first of some changes, with whoever became admin among them (S43). All
// is how many there are.
type Changes struct {
	First []journal.Change
	All   int
}

// Waits is the result of a change that waited.
const Waits = "waited"

// WaitedChanges are the changes that waited when a run ended.
func WaitedChanges(run int64, w *memory.Waited) []journal.Change {
	var out []journal.Change
	for _, parts := range [][]plan.Organization{w.Approval, w.Fix} {
		for i := range parts {
			for j := range parts[i].Changes {
				c := memory.Entry(&parts[i].Changes[j])
				c.Run, c.Result, c.Error = run, Waits, parts[i].Changes[j].Why
				out = append(out, c)
			}
		}
	}
	return out
}

// ErrNoPlan says that the plan of a run is not known, so there is no difference.
var ErrNoPlan = errors.New("its plan is not known: it has not ended, had no plan, is of an earlier version, or is too long ago")

// Section is a part of a difference.
type Section struct {
	Title string
	Changes
}

// Sections are the parts of the difference that are not empty.
func (d *Difference) Sections() []Section {
	var out []Section
	for _, l := range []Section{
		{fmt.Sprintf("New in run %d", d.Run.ID), d.New},
		{"No longer planned", d.Dropped},
		{fmt.Sprintf("Waited in run %d, sent by run %d", d.Before.ID, d.Run.ID), d.Sent},
		{fmt.Sprintf("Done by run %d", d.Before.ID), d.Done},
	} {
		if l.All > 0 {
			out = append(out, l)
		}
	}
	return out
}

// Remarks say what is missing in the difference.
func (d *Difference) Remarks() []string {
	var out []string
	if d.Part {
		out = append(out, "One of the two runs was about a part of the plan only.")
	}
	if d.Incomplete {
		out = append(out, "So much waited that not all of it was kept for comparison.")
	}
	return out
}

// difference is the JSON of a difference.
type difference struct {
	Run        int64             `json:"run"`
	Before     int64             `json:"before"`
	Instance   clerkapi.Instance `json:"instance"` // (S41)
	New        []pastChange      `json:"new"`
	Dropped    []pastChange      `json:"dropped"`
	Sent       []pastChange      `json:"sent"`
	Done       []pastChange      `json:"done"`
	Incomplete bool              `json:"incomplete,omitempty"`
	Part       bool              `json:"part,omitempty"`
}

// DifferenceJSON writes a difference.
func DifferenceJSON(w io.Writer, instance clerkapi.Instance, d *Difference) error {
	return escape.JSON(w, difference{Run: d.Run.ID, Before: d.Before.ID, Instance: instance, New: newPastChanges(d.New.First), Dropped: newPastChanges(d.Dropped.First),
		Sent: newPastChanges(d.Sent.First), Done: newPastChanges(d.Done.First), Incomplete: d.Incomplete, Part: d.Part})
}
