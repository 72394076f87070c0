package csvfile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"rollcall/source"
	"rollcall/source/internal/check"
)

// The review form reads an access review back: a row says of one member of one
// organization that they keep the membership or lose it. It adds no
// members, and a missing row, or a missing file, removes none.

// review reports whether the columns are those of the review form.
func (c *Columns) review() bool { return c.Decision != "" }

// validateReview finds the problems of the review form.
func (c *Columns) validateReview(p *check.Problems) {
	if c.Organization == "" {
		p.Add("csv.columns.organization", "missing: a decision needs the organization of the membership")
	}
	if c.MembershipID == "" {
		p.Add("csv.columns.membership_id", "missing: a decision needs the id of the membership, so that it does not apply to a later membership of the same user")
	}
	if c.UserID == "" {
		p.Add("csv.columns.user_id", "missing: a decision needs the id of the Clerk user, because an address may have passed to another person")
	}
	for _, other := range []struct{ path, heading string }{
		{"id", c.ID}, {"other_emails", c.OtherEmails.Column}, {"external_id", c.ExternalID}, {"first_name", c.FirstName},
		{"last_name", c.LastName}, {"groups", c.Groups.Column}, {"start", c.Start}, {"end", c.End},
	} {
		if other.heading != "" {
			p.Add("csv.columns."+other.path, "cannot be set together with decision: a review only keeps or removes members")
		}
	}
	if c.Groups.All != nil {
		p.Add("csv.columns.groups", "cannot be set together with decision: a review only keeps or removes members")
	}
	if len(c.Metadata.Public)+len(c.Metadata.Private) > 0 {
		p.Add("csv.columns.metadata", "cannot be set together with decision: a review changes no metadata")
	}
}

// addDecision takes a row of the review form. A row without a word in it was
// not decided, and a review that is not finished is not read (S09).
func (t *textReader) addDecision(record []string) {
	before := t.table.damage.total
	d := source.Decision{
		Organization: t.required(record, t.layout.org),
		MembershipID: t.key(record, t.layout.member),
		UserID:       t.key(record, t.layout.user),
		Role:         t.key(record, t.layout.role),
		Email:        strings.Clone(cell(record, t.layout.email)),
		Origin:       t.origin(t.layout.decision),
	}
	switch word := strings.ToLower(cell(record, t.layout.decision)); word {
	case "keep":
	case "remove":
		d.Remove = true
	case "":
		t.problem(t.layout.decision, "is empty: every row needs keep or remove before the review can be used")
	default:
		t.problem(t.layout.decision, strconv.Quote(word)+": write keep or remove")
	}
	switch {
	case d.MembershipID == "" && d.UserID != "":
		t.problem(t.layout.member, "empty cell: a member's row needs this value")
	case d.UserID == "" && d.MembershipID != "":
		t.problem(t.layout.user, "empty cell: a member's row needs this value")
	}
	if t.table.damage.total > before {
		return
	}
	d.Organization, d.Role = t.table.names.text(d.Organization), t.table.names.text(d.Role)
	d.MembershipID, d.UserID = strings.Clone(d.MembershipID), strings.Clone(d.UserID)
	t.table.decisions = append(t.table.decisions, d)
}

// mergeDecisions sorts the decisions, and lists those that contradict another.
func (r *table) mergeDecisions() {
	slices.SortFunc(r.decisions, func(a, b source.Decision) int {
		return cmp.Or(strings.Compare(a.Organization, b.Organization), strings.Compare(a.MembershipID, b.MembershipID), compareOrigins(a.Origin, b.Origin))
	})
	kept := r.decisions[:0]
	for _, d := range r.decisions {
		if len(kept) == 0 || d.MembershipID == "" || kept[len(kept)-1].Organization != d.Organization || kept[len(kept)-1].MembershipID != d.MembershipID {
			kept = append(kept, d)
			continue
		}
		if first := kept[len(kept)-1]; first.Remove != d.Remove || first.Role != d.Role || first.UserID != d.UserID {
			r.damage.add(&source.RowError{File: d.Origin.File, Line: d.Origin.Line, Column: d.Origin.Column,
				Problem: "contradicts " + place(first.Origin) + ", which has the same membership"})
		}
	}
	r.decisions = kept
}
