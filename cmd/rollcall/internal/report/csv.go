package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"rollcall/sync"
)

// csvHeader names the columns. New ones are appended, so that what reads them
// by position goes on.
var csvHeader = []string{"record", "state", "organization", "organization_id", "action", "email", "user_id", "name", "source", "id",
	"from", "to", "admin", "public_metadata", "public_metadata_before", "private_metadata", "private_metadata_before",
	"because", "why", "result", "error", "external_id"}

// CSV writes one row for each change, and one for each hold, failure and note,
// which the first column tells apart. The order is that of the text.
func CSV(w io.Writer, r *sync.Report) error {
	out := &sheet{csv.NewWriter(w)}
	out.row(csvHeader...)
	p := newPrinter(nil, r, Options{})
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		for j := range o.Changes {
			p.csvChange(out, o, &o.Changes[j])
		}
		p.csvNotes(out, o.Notes)
	}
	for _, h := range r.Plan.Holds {
		out.record("hold", p.label(h.Organization), h.Organization, holdName(h), "", h.Text)
	}
	p.csvNotes(out, r.Plan.Notes)
	for _, f := range r.Plan.Failures {
		out.record("failure", f.Organization, "", f.Source, "", f.Text)
	}
	for _, n := range r.Stopped {
		out.record("stopped", p.label(n.Organization), n.Organization, "", "", n.Text)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (p *printer) csvNotes(out *sheet, notes []sync.Note) {
	for _, n := range notes {
		out.record("note", p.label(n.Organization), n.Organization, n.Rule, n.Email, n.Text)
	}
}

func (p *printer) csvChange(out *sheet, o *sync.OrganizationPlan, c *sync.Change) {
	result, fault := "", ""
	if p.report.Applied && c.State == sync.Ready {
		result = string(sync.NotSent)
		if outcome, tried := p.outcomes[*c]; tried {
			result, fault = string(outcome.Result), outcome.Error
		}
	}
	out.row("change", string(c.State), o.Label(), o.ID, c.Action.String(), c.Email, c.UserID, c.Name, c.Source, c.ID,
		c.From, c.To, string(c.Admin), string(c.Public), string(c.PublicBefore), string(c.Private), string(c.PrivateBefore),
		c.Because, c.Why, result, fault, c.ExternalID)
}

// sheet writes rows that a spreadsheet shows and does not run. Errors of
// writing stay in the csv.Writer.
type sheet struct{ *csv.Writer }

func (s *sheet) row(cells ...string) {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = Cell(cell)
	}
	_ = s.Write(safe) // kept by the csv.Writer
}

// record is a row that is no change.
func (s *sheet) record(kind, organization, id, because, email, why string) {
	cells := make([]string, len(csvHeader))
	cells[0], cells[2], cells[3], cells[5], cells[17], cells[18] = kind, organization, id, email, because, why
	s.row(cells...)
}

// Cell escapes a cell for a spreadsheet (S35). What that would take for a
// formula gets an apostrophe before it, and so does what begins with one, so
// that taking one away gives the value back.
func Cell(s string) string {
	s = Escape(s)
	if Formula(s) {
		return "'" + s
	}
	return s
}

// Formula reports whether a spreadsheet may see more in a cell than its text.
func Formula(s string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	return strings.ContainsRune("=+-@'＝＋－＠", first)
}
