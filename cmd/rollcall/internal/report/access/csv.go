package access

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/explain"
)

// header names the columns of a review. New ones are appended. The
// columns organization, membership_id, user_id, role, email and decision are
// those that a source reads back (columns.decision of the configuration).
var header = []string{"record", "organization", "email", "name", "role", "admin", "standing", "why", "wanted", "next",
	"last_sign_in", "last_active", "since_run", "since", "approved_by", "decision",
	"protected", "barred", "unverified", "user_id", "organization_id", "owner", "source", "id", "membership_id", "instance"}

// CSV writes one row for each member and each pending invitation. The
// column decision is the reviewer's.
func CSV(w io.Writer, r *explain.Review) error {
	out := escape.NewSheet(w)
	out.Row(header...)
	instance := r.Instance.String()
	for i := range r.Organizations {
		o := &r.Organizations[i]
		for j := range o.Members {
			out.Row(append(memberRow(o, &o.Members[j]), instance)...)
		}
		for j := range o.Invitations {
			out.Row(append(pendingRow(o, &o.Invitations[j]), instance)...)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the access review: %w", err)
	}
	return nil
}

func memberRow(o *explain.Reviewed, a *explain.Access) []string {
	run, since, by := sinceCells(a.Since)
	return []string{"member", o.Label(), a.Email, a.Name, a.Role, boolCell(a.Admin), string(a.Standing), a.Why, a.Wanted, a.Next,
		timeCell(a.LastSignIn), timeCell(a.LastActive), run, since, by, "",
		boolCell(a.Protected), boolCell(a.Barred), boolCell(a.Unverified), a.UserID, o.ID, a.Owner, a.Source, a.ID, a.MembershipID}
}

func pendingRow(o *explain.Reviewed, p *explain.Pending) []string {
	run, since, by := sinceCells(p.Since)
	return []string{"invitation", o.Label(), p.Email, "", p.Role, "", string(p.Standing), p.Why, "", "",
		"", "", run, since, by, "", "", "", "", "", o.ID, "", "", "", ""}
}

func sinceCells(s *explain.Since) (run, at, by string) {
	if s == nil {
		return "", "", ""
	}
	return strconv.FormatInt(s.Run, 10), timeCell(&s.At), approvedText(s)
}

func boolCell(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// timeCell is a time as spreadsheets understand it.
func timeCell(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

// decisionHeader names the columns of the CSV that the page saves: those that a
// source reads back. The organization is the first one, the decision the last one.
var decisionHeader = []string{"organization", "role", "email", "user_id", "membership_id", "decision"}

// undecidedRow is a row of the review with the columns of decisionHeader between
// the organization and the decision. A page adds the two and needs to escape nothing
// (S35).
func undecidedRow(row []string) string {
	var cells []string
	for _, name := range decisionHeader[1 : len(decisionHeader)-1] {
		cells = append(cells, row[slices.Index(header, name)])
	}
	return sheetRow(cells...)
}

// sheetRow is one row of a CSV without its end.
func sheetRow(cells ...string) string {
	var b strings.Builder
	out := escape.NewSheet(&b)
	out.Row(cells...)
	out.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}
