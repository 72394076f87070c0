package facts

import (
	"cmp"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// Effect is by how much a change raises the number of members and admins: in a plan
// each that is ready does, in what was applied those whose outcome says so.
func (p *Facts) Effect(c *plan.Change) (members, admins int) {
	if o, tried := p.Outcomes[*c]; tried {
		return o.Effect()
	}
	if p.Report.Applied || c.State != plan.Ready {
		return 0, 0
	}
	return c.MemberDelta(), c.AdminDelta()
}

// Reason says why a change is there, and what became of it. The reasons that are
// known stand above it already.
func (p *Facts) Reason(c *plan.Change, known plan.Reasons) string {
	because := escape.Brief(c.Because)
	if c.Reasons == 0 || !known.All(c.Reasons) {
		because = join(because, escape.Brief(c.Why))
	}
	because = join(because, escape.Brief(RiskText(c)))
	if c.State != plan.Ready || !p.Report.Applied {
		return p.Paint(terminal.Dim, because)
	}
	outcome, tried := p.Outcomes[*c]
	switch {
	case !tried:
		return p.Paint(terminal.Red, "not sent") + "; " + because
	case outcome.Result == apply.Failed:
		return p.Paint(terminal.Red, "failed: "+FailureWords(&outcome)) + "; " + because
	case outcome.Result == apply.Done:
		return p.Paint(terminal.Dim, join(ItemsText(&outcome), because))
	}
	return p.Paint(terminal.Yellow, resultWords[outcome.Result]+": ") + join(escape.Brief(outcome.Error), because)
}

// ItemsText says how many sessions ended, or API keys were revoked; empty for none.
func ItemsText(o *apply.Outcome) string {
	switch {
	case o.Items == 0:
		return ""
	case o.Change.Action == plan.EndSessions:
		return Count(o.Items, "session") + " ended"
	}
	return Count(o.Items, "API key") + " revoked"
}

// RiskText says what else in Clerk may refuse a change or undo it; empty if nothing
// is known to.
func RiskText(c *plan.Change) string { return strings.Join(c.Risks.Texts(), "; ") }

// Why says why a change is held or skipped, and what may become of it.
func Why(c *plan.Change) string { return join(c.Why, RiskText(c)) }

// ResultWords say what became of a change of the history. Without a result the run
// was cut off before Clerk's answer.
func ResultWords(r apply.Result) string {
	switch r {
	case "":
		return "not known"
	case apply.Done, apply.Failed:
		return string(r)
	case apply.Found, apply.Dropped, apply.NotSent:
	}
	return cmp.Or(resultWords[r], escape.Brief(string(r)))
}

// resultWords are the results that are neither done nor failed.
var resultWords = map[apply.Result]string{apply.Found: "already done", apply.Dropped: "left out", apply.NotSent: "not sent"}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// OutcomeWord is how a run ended, for people: what the files for programs call held
// waits.
func OutcomeWord(outcome string) string {
	if outcome == string(plan.Held) {
		return "waits"
	}
	return escape.Brief(outcome)
}
