package report

import (
	"fmt"
	"io"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// csvHeader names the columns. New ones are appended, so that what reads them
// by position goes on.
var csvHeader = []string{"record", "state", "organization", "organization_id", "action", "email", "user_id", "name", "source", "id",
	"from", "to", "admin", "public_metadata", "public_metadata_before", "private_metadata", "private_metadata_before",
	"because", "why", "result", "error", "external_id"}

// csvForm writes a report as rows.
type csvForm struct{ *facts.Facts }

// CSV writes one row for the instance of Clerk (S41), one for each change, and
// one for each hold, failure and note, which the first column tells apart. The order is that of the text.
func CSV(w io.Writer, r *sync.Report) error {
	out := sheet{escape.NewSheet(w)}
	out.Row(csvHeader...)
	p := csvForm{facts.New(r, facts.Options{})}
	out.record("instance", "", "", "", "", r.Plan.Instance.String())
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		for _, c := range facts.Shown(o) {
			p.csvChange(out, o, c)
		}
		p.csvNotes(out, o.Notes)
	}
	for _, h := range r.Plan.Holds {
		out.record("hold", p.Report.Plan.LabelOf(h.Organization), h.Organization, facts.HoldName(h), "", h.Text)
	}
	p.csvNotes(out, r.Plan.Notes)
	for _, f := range r.Plan.Failures {
		out.record("failure", f.Organization, "", f.Source, "", f.Text)
	}
	for _, n := range r.Stopped {
		out.record("stopped", p.Report.Plan.LabelOf(n.Organization), n.Organization, "", "", n.Text)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (p csvForm) csvNotes(out sheet, notes []plan.Note) {
	for _, n := range notes {
		out.record("note", p.Report.Plan.LabelOf(n.Organization), n.Organization, n.Rule, n.Email, n.Text)
	}
}

func (p csvForm) csvChange(out sheet, o *plan.Organization, c *plan.Change) {
	result, fault := "", ""
	if p.Report.Applied && c.State == plan.Ready {
		result = string(apply.NotSent)
		if outcome, tried := p.Outcomes[*c]; tried {
			result, fault = string(outcome.Result), outcome.Error
		}
	}
	out.Row("change", string(c.State), o.Label(), o.ID, c.Action.String(), c.Email, c.UserID, c.Name, c.Source, c.ID,
		c.From, c.To, string(c.Admin), string(c.Public), string(c.PublicBefore), string(c.Private), string(c.PrivateBefore),
		c.Because, facts.Why(c), result, fault, c.ExternalID)
	if hint := escape.LookAlike(c.Email); hint != "" {
		out.record("note", o.Label(), o.ID, "S35", c.Email, strings.TrimSpace(hint))
	}
}

// sheet is a report as a spreadsheet.
type sheet struct{ *escape.Sheet }

// record is a row that is no change.
func (s sheet) record(kind, organization, id, because, email, why string) {
	cells := make([]string, len(csvHeader))
	cells[0], cells[2], cells[3], cells[5], cells[17], cells[18] = kind, organization, id, email, because, why
	s.Row(cells...)
}
