package facts

import (
	"cmp"
	"errors"
	"fmt"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// Ending is how a run ended before it had sent all changes.
type Ending struct {
	// Why is the cause in plain words; empty if the run did not end early.
	Why string
	// All is how many changes were to be sent. Clerk made Done of them.
	All, Done int
}

// EndingOf says why a run ended early.
func EndingOf(r *sync.Report) Ending {
	e := Ending{All: r.Plan.Count(plan.Ready), Done: r.Tally(apply.Done) + r.Tally(apply.Found)}
	switch {
	case r.Fault != "":
		e.Why = "the history could not be written"
	case r.EndedBy != "":
		e.Why = cmp.Or(codeWords[r.EndedBy], "Clerk answered "+escape.Brief(r.EndedBy))
	}
	return e
}

// String says it in two sentences; empty if the run did not end early.
func (e Ending) String() string {
	if e.Why == "" {
		return ""
	}
	return fmt.Sprintf("Ended early: %s. %s of %s done, %s not.", e.Why, Number(e.Done), Count(e.All, "change"), Number(e.All-e.Done))
}

// ErrorWords say in plain words why Clerk refused a request; empty for any other error,
// and for a code that is not known.
func ErrorWords(err error) string {
	if errors.Is(err, clerkapi.ErrUnauthorized) {
		return "Clerk does not accept the key" // it may never have been valid
	}
	if e, ok := errors.AsType[*clerkapi.Error](err); ok {
		return codeWords[cmp.Or(e.Code, fmt.Sprint(e.Status))]
	}
	return ""
}

// endSteps are what to do after a run that ended early.
func (p stepper) endSteps() []Step {
	e := EndingOf(p.Report)
	switch {
	case p.Report.Fault != "":
		return []Step{{"", fmt.Sprintf("free space on the disk of %s (a run needs %d MiB), then run %s; it asks Clerk about the changes whose result was not recorded",
			cmp.Or(escape.Brief(p.Options.State), "the state directory"), journal.RoomNeeded>>20, p.ApplyNow())}}
	case p.Report.EndedBy != "" && keyCodes[p.Report.EndedBy]:
		return []Step{{"", fmt.Sprintf("put a valid secret key into %s (Clerk dashboard, API keys), then run %s; it plans the other %s again",
			cmp.Or(p.Options.Key, "the place that the configuration names"), p.PlanAgain(), Count(e.All-e.Done, "change"))}}
	}
	return nil
}

// keyCodes are the codes by which Clerk refuses the key itself.
var keyCodes = map[string]bool{"clerk_key_invalid": true, "authentication_invalid": true, "authorization_header_format_invalid": true,
	"could_not_authenticate_request": true, "authorization_invalid": true, "authorization_missing_scopes": true, "401": true}
