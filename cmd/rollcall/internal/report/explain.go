package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"rollcall/sync"
)

// Explanation writes what is known of one person, the answer first.
func Explanation(w io.Writer, x *sync.Explanation, o Options) error {
	buffered := bufio.NewWriter(w)
	p := newPrinter(buffered, &sync.Report{Plan: &sync.Plan{}}, o)
	p.line("%s", p.paint(bold, brief(x.Reason)))
	for _, f := range x.Failures {
		p.line("%s %s", p.paint(red, "not read:"), brief(failureText(f)))
	}
	p.entries(x.Entries)
	p.users(x.Users)
	p.rules(x.Rules)
	for i := range x.Organizations {
		p.place(&x.Organizations[i])
	}
	p.notes("", x.Notes)
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	return nil
}

func (p *printer) heading2(text string) { p.line("\n%s", p.paint(bold, text)) }

func (p *printer) entries(entries []sync.Entry) {
	if len(entries) == 0 {
		return
	}
	p.heading2("In the sources")
	for _, e := range entries {
		facts := []string{labelled("id", e.ID), e.Email, labelled("further", strings.Join(e.OtherEmails, ", ")), labelled("external_id", e.ExternalID), e.Name}
		p.line("  %s %s: %s", brief(e.Source), brief(e.Origin), brief(listed(facts)))
		if e.Disabled != "" {
			p.line("    disabled: %s", brief(e.Disabled))
		}
		if e.Start+e.End != "" {
			p.line("    %s", brief(listed([]string{labelled("from", e.Start), labelled("until", e.End)})))
		}
		switch {
		case e.Trouble != "":
			p.line("    not joined to a user: %s", brief(e.Trouble))
		case e.UserID != "":
			p.line("    is %s, by %s", brief(e.UserID), e.JoinedBy)
		}
	}
}

func (p *printer) users(users []sync.User) {
	if len(users) == 0 {
		return
	}
	p.heading2("In Clerk")
	for _, u := range users {
		facts := []string{strings.Join(u.Verified, ", "), labelled("unverified", strings.Join(u.Unverified, ", ")), labelled("external_id", u.ExternalID)}
		if u.Barred {
			facts = append(facts, "banned or deprovisioned")
		}
		p.line("  %s: %s", brief(u.ID), brief(cmp.Or(listed(facts), "no address")))
	}
}

func (p *printer) rules(rules []sync.Match) {
	if len(rules) == 0 {
		return
	}
	p.heading2("What the rules say")
	var rows [][]string
	for _, m := range rules {
		gives := "no"
		if m.Matches {
			gives = brief(m.Organization) + " " + brief(m.Role)
		}
		rows = append(rows, []string{fmt.Sprintf("rule %d", m.Rule), brief(cmp.Or(m.Path, m.Groups)), gives, brief(m.Why)})
	}
	for _, line := range table(rows) {
		p.line("  %s", line)
	}
}

func (p *printer) place(o *sync.Place) {
	p.heading2(brief(o.Label()))
	p.line("  wanted: %s", brief(cmp.Or(withReason(o.Wanted, o.Because), "nothing")))
	today := cmp.Or(o.Role, "no member")
	if o.Invited != "" {
		today += ", invited as " + o.Invited
	}
	if o.Owner != "" {
		today += ", marked by " + o.Owner
	}
	p.line("  today:  %s", brief(today))
	var rows [][]string
	for i := range o.Changes {
		c := &o.Changes[i]
		rows = append(rows, []string{string(c.State) + ":", c.Action.Symbol() + " " + actionWords(c), what(c), p.reason(c, nil)})
	}
	for _, line := range table(rows) {
		p.line("  %s", line)
	}
	for _, text := range holdTexts(o.Holds) {
		p.line("  %s", text)
	}
	p.notes("  ", o.Notes)
}

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
