package facts

import (
	"testing"

	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// What a report says to type can be pasted: a plan of a part leads to the whole plan, and
// an undo to the same undo.
func TestCommands(t *testing.T) {
	t.Parallel()
	flags := []string{"--config", "a b.yaml", "--organization", "acme", "--only", "ada@corp.example"}
	directory, undo := &plan.Plan{}, &plan.Plan{Undoes: []int64{7}}
	chain := &plan.Plan{Undoes: []int64{7, 6}}
	for got, want := range map[string]string{
		Commands{Plan: directory, Flags: flags}.WholePlan():                       "rollcall plan --config 'a b.yaml'",
		Commands{Plan: undo, Flags: flags}.WholePlan():                            "rollcall undo --config 'a b.yaml' 7 --plan",
		Commands{Plan: directory, Flags: flags[:2]}.PlanAgain():                   "rollcall plan --config 'a b.yaml'",
		Commands{Plan: chain}.PlanAgain():                                         "rollcall undo 7 --chain --plan",
		Commands{Plan: directory, Program: "docker run rollcall"}.ApplyNow("--x"): "docker run rollcall apply --x",
		Commands{Plan: chain}.ApplyNow("--approve", "h"):                          "rollcall undo 7 --chain --approve h",
		Commands{}.Rebind("ada@corp.example", "--same-person"):                    "rollcall rebind ada@corp.example --same-person",
		Commands{}.Rebind("-ada@corp.example", "--new-person"):                    "rollcall rebind --new-person -- -ada@corp.example",
		Commands{Plan: directory}.Command("explain", "o'hara@corp.example", "=1"): `rollcall explain 'o'\''hara@corp.example' '=1'`,
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// --quiet writes what happened, what waits, what failed, and what stays skipped until
// somebody acts.
func TestHasNews(t *testing.T) {
	t.Parallel()
	with := func(change func(*plan.Change)) *sync.Report {
		c := plan.Change{Action: plan.Remove, State: plan.Ready}
		change(&c)
		return &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{Changes: []plan.Change{c}}}}}
	}
	empty := func(change func(*sync.Report)) *sync.Report {
		r := &sync.Report{Plan: &plan.Plan{}}
		change(r)
		return r
	}
	for name, x := range map[string]struct {
		report *sync.Report
		news   bool
	}{
		"nothing":           {empty(func(*sync.Report) {}), false},
		"a note":            {empty(func(r *sync.Report) { r.Plan.Notes = []plan.Note{{Text: "note"}} }), false},
		"a ready change":    {with(func(*plan.Change) {}), true},
		"a waiting change":  {with(func(c *plan.Change) { c.Hold(plan.Removals) }), true},
		"a grace period":    {with(func(c *plan.Change) { c.Skip(plan.Grace) }), false},
		"no seat":           {with(func(c *plan.Change) { c.Skip(plan.NoSeat) }), true},
		"a hold":            {empty(func(r *sync.Report) { r.Plan.Holds = []plan.Hold{{Text: "hold"}} }), true},
		"a read that fails": {empty(func(r *sync.Report) { r.Plan.Failures = []plan.Failure{{Text: "failed"}} }), true},
		"an outcome":        {empty(func(r *sync.Report) { r.Outcomes = []apply.Outcome{{Result: apply.Done}} }), true},
		"what was not sent": {empty(func(r *sync.Report) { r.NotTried = 1 }), true},
		"a fault":           {empty(func(r *sync.Report) { r.Fault = "disk full" }), true},
		"an interruption":   {empty(func(r *sync.Report) { r.Interrupted = true }), true},
		"a recovery":        {empty(func(r *sync.Report) { r.Recovered = 3 }), true},
	} {
		if got := HasNews(x.report); got != x.news {
			t.Errorf("%s: %t", name, got)
		}
	}
}
