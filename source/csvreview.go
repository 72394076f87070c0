package source

import (
	"cmp"
	"slices"
	"strings"
)

// The review form reads an access review back: a row says of one member of one
// organization that they keep the membership or lose it. It feeds nobody, so a
// row that is missing, or a whole file, takes nothing from anybody.

// review reports whether the columns are those of the review form.
func (c *CSVColumns) review() bool { return c.Decision != "" }

// validateReview finds the problems of the review form.
func (c *CSVColumns) validateReview(p *problems) {
	if c.Organization == "" {
		p.add("csv.columns.organization", "missing: a decision is about a membership of one organization")
	}
	if c.MembershipID == "" {
		p.add("csv.columns.membership_id", "missing: a decision is about one membership, by the id, and about no later one of the same user")
	}
	if c.UserID == "" {
		p.add("csv.columns.user_id", "missing: a decision is about one user of Clerk, by the id; an address may have gone to somebody else")
	}
	for _, other := range []struct{ path, heading string }{
		{"id", c.ID}, {"other_emails", c.OtherEmails.Column}, {"external_id", c.ExternalID}, {"first_name", c.FirstName},
		{"last_name", c.LastName}, {"groups", c.Groups.Column}, {"start", c.Start}, {"end", c.End},
	} {
		if other.heading != "" {
			p.add("csv.columns."+other.path, "stands beside decision: a review wants nobody, it only keeps or removes who is there")
		}
	}
	if len(c.Metadata.Public)+len(c.Metadata.Private) > 0 {
		p.add("csv.columns.metadata", "stands beside decision: a review changes no metadata")
	}
}

// Decision is what a reviewer said of one membership.
type Decision struct {
	Organization string // slug or id, as the file has it
	// MembershipID and UserID are Clerk's; both are empty for an invitation.
	MembershipID, UserID string
	// Role and Email are what was reviewed, as the file has it; empty when it
	// does not say.
	Role, Email string
	Remove      bool
	Origin      Origin
}

// addDecision takes a row of the review form. A row without a word in it was
// not decided, and a review that is not finished is not read (S09).
func (t *csvText) addDecision(record []string) {
	before := t.damage.total
	d := Decision{
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
		t.problem(t.layout.decision, "is not decided yet: every row needs keep or remove, and until then nothing of the review is read")
	default:
		t.problem(t.layout.decision, quote(word)+" is neither keep nor remove")
	}
	switch {
	case d.MembershipID == "" && d.UserID != "":
		t.problem(t.layout.member, "empty cell; the row of a member needs it")
	case d.UserID == "" && d.MembershipID != "":
		t.problem(t.layout.user, "empty cell; the row of a member needs it")
	}
	if t.damage.total > before {
		return
	}
	d.Organization, d.Role = t.names.text(d.Organization), t.names.text(d.Role)
	d.MembershipID, d.UserID = strings.Clone(d.MembershipID), strings.Clone(d.UserID)
	t.decisions = append(t.decisions, d)
}

// mergeDecisions sorts the decisions, and lists those that contradict another.
func (r *csvRead) mergeDecisions() {
	slices.SortFunc(r.decisions, func(a, b Decision) int {
		return cmp.Or(strings.Compare(a.Organization, b.Organization), strings.Compare(a.MembershipID, b.MembershipID), compareOrigins(a.Origin, b.Origin))
	})
	kept := r.decisions[:0]
	for _, d := range r.decisions {
		if len(kept) == 0 || d.MembershipID == "" || kept[len(kept)-1].Organization != d.Organization || kept[len(kept)-1].MembershipID != d.MembershipID {
			kept = append(kept, d)
			continue
		}
		if first := kept[len(kept)-1]; first.Remove != d.Remove || first.Role != d.Role || first.UserID != d.UserID {
			r.damage.add(&RowError{File: d.Origin.File, Line: d.Origin.Line, Column: d.Origin.Column,
				Problem: "contradicts " + place(first.Origin) + ", which is about the same membership"})
		}
	}
	r.decisions = kept
}
