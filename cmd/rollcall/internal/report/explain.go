package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

// answer writes what is known of one person as text.
type answer struct{ *printer }

// Explanation writes what is known of the person that a report explains: the answer
// first, and last the commands for what waits.
func Explanation(w io.Writer, r *sync.Report, o facts.Options) error {
	buffered := bufio.NewWriter(w)
	x := r.Explanation
	p := answer{newPrinter(buffered, r, o)}
	p.line("", "%s", p.Paint(terminal.Bold, escape.Brief(x.Reason)))
	p.line("", "%s", facts.InstanceLine(x.Instance))
	for _, f := range x.Failures {
		p.line("", "%s %s", p.Paint(terminal.Red, "not read:"), escape.Brief(facts.ReadFailure(f)))
	}
	if !x.Unknown {
		p.entries(x)
		p.users(x.Users)
	}
	p.rules(x.Rules)
	for i := range x.Organizations {
		p.place(&x.Organizations[i])
	}
	p.notes("", x.Notes)
	p.past(x)
	p.waits(x)
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	return nil
}

func (p answer) heading2(text string) {
	p.Line("")
	p.line("", "%s", p.Paint(terminal.Bold, text))
}

func (p answer) entries(x *explain.Explanation) {
	p.heading2("In the sources")
	if len(x.Entries)+len(x.LeftOut) == 0 {
		p.Line("  nowhere, in %s read", facts.Count(x.SourcesRead, "source"))
	}
	for i := range x.LeftOut {
		l := &x.LeftOut[i]
		p.line("  ", "%s %s: %s", escape.Brief(l.Source), escape.Brief(l.Origin), escape.Brief(l.Why()))
	}
	for _, e := range x.Entries {
		facts := []string{labelled("id", e.ID), e.Email + escape.LookAlike(e.Email), labelled("further", strings.Join(e.OtherEmails, ", ")), labelled("external_id", e.ExternalID), e.Name}
		p.line("  ", "%s %s: %s", escape.Brief(e.Source), escape.Brief(e.Origin), escape.Brief(listed(facts)))
		if e.Disabled != "" {
			p.line("    ", "disabled: %s", escape.Brief(e.Disabled))
		}
		if e.Start+e.End != "" {
			p.line("    ", "%s", escape.Brief(listed([]string{labelled("from", e.Start), labelled("until", e.End)})))
		}
		switch {
		case e.Trouble != "" && e.UserID != "":
			p.line("    ", "is %s, by %s; %s", escape.Brief(e.UserID), e.JoinedBy, escape.Brief(e.Trouble))
		case e.Trouble != "":
			p.line("    ", "not matched to an account: %s", escape.Brief(e.Trouble))
		case e.UserID != "":
			p.line("    ", "is %s, by %s", escape.Brief(e.UserID), e.JoinedBy)
		}
	}
}

func (p answer) users(users []explain.User) {
	p.heading2("In Clerk")
	if len(users) == 0 {
		p.Line("  no account")
	}
	for _, u := range users {
		facts := []string{strings.Join(u.Verified, ", "), labelled("unverified", strings.Join(u.Unverified, ", ")), labelled("reserved until sign-up", strings.Join(u.Reserved, ", ")), labelled("external_id", u.ExternalID)}
		if u.Barred {
			facts = append(facts, "banned or deprovisioned")
		}
		p.line("  ", "%s: %s", escape.Brief(u.ID), escape.Brief(cmp.Or(listed(facts), "no address")))
		for _, step := range u.Steps {
			p.line("    ", "%s", escape.Brief(step))
		}
	}
}

func (p answer) rules(rules []explain.Match) {
	if len(rules) == 0 {
		return
	}
	p.heading2("What the rules say")
	var rows [][]string
	for _, m := range rules {
		gives := "no"
		if m.Matches {
			gives = escape.Brief(m.Organization) + " " + escape.Brief(m.Role)
		}
		rows = append(rows, []string{fmt.Sprintf("rule %d", m.Rule), escape.Brief(cmp.Or(m.Path, m.Groups)), gives, escape.Brief(m.Why)})
	}
	for _, line := range terminal.Table(rows) {
		p.line("  ", "%s", line)
	}
}

func (p answer) place(o *explain.Place) {
	p.heading2(escape.Brief(o.Label()))
	p.line("  ", "should have: %s", escape.Brief(cmp.Or(withReason(o.Wanted, o.Because), "nothing")))
	today := cmp.Or(o.Role, "not a member")
	if o.Invited != "" {
		today += ", invited as " + o.Invited
	}
	if o.Owner != "" {
		today += ", marked by " + o.Owner
	}
	p.line("  ", "has now:     %s", escape.Brief(today))
	var rows [][]string
	var below plan.Reasons // the holds say it, with their figures
	for _, h := range o.Holds {
		below = below.With(h.Reason)
	}
	for i := range o.Changes {
		c := &o.Changes[i]
		rows = append(rows, []string{stateWords[c.State] + ":", c.Action.Symbol() + " " + actionWords(c), facts.Change(c), p.Reason(c, below)})
	}
	for _, line := range terminal.Table(rows) {
		p.line("  ", "%s", line)
	}
	for _, text := range facts.HoldTexts(o.Holds) {
		p.line("  ", "%s", text)
	}
	p.notes("  ", o.Notes)
}

// stateWords say what a run would do with a change.
var stateWords = map[plan.State]string{plan.Ready: "due", plan.Held: "waits", plan.Skipped: "skipped"}

func withReason(role, because string) string {
	if role == "" {
		return ""
	}
	return role + " (" + because + ")"
}

func labelled(label, value string) string {
	if value == "" {
		return ""
	}
	return label + " " + value
}

// listed joins what is there.
func listed(parts []string) string {
	var out []string
	for _, part := range parts {
		if part != "" {
			out = append(out, part)
		}
	}
	return strings.Join(out, ", ")
}

func actionWords(c *plan.Change) string { return strings.ReplaceAll(c.Action.String(), "_", " ") }
