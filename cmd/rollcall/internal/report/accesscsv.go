package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"rollcall/sync"
)

// accessHeader names the columns of a review. New ones are appended. The
// columns organization, membership_id, user_id, role, email and decision are
// those that a source reads back (columns.decision of the configuration).
var accessHeader = []string{"record", "organization", "email", "name", "role", "admin", "standing", "why", "wanted", "next",
	"last_sign_in", "last_active", "since_run", "since", "approved_by", "decision",
	"protected", "barred", "unverified", "user_id", "organization_id", "owner", "source", "id", "membership_id"}

// AccessCSV writes one row for each member and each pending invitation. The
// column decision is the reviewer's.
func AccessCSV(w io.Writer, r *sync.Review) error {
	out := &sheet{csv.NewWriter(w)}
	out.row(accessHeader...)
	for i := range r.Organizations {
		o := &r.Organizations[i]
		for j := range o.Members {
			out.row(accessRow(o, &o.Members[j])...)
		}
		for j := range o.Invitations {
			out.row(pendingRow(o, &o.Invitations[j])...)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the access review: %w", err)
	}
	return nil
}

func accessRow(o *sync.Reviewed, a *sync.Access) []string {
	run, since, by := sinceCells(a.Since)
	return []string{"member", o.Label(), a.Email, a.Name, a.Role, yes(a.Admin), string(a.Standing), a.Why, a.Wanted, a.Next,
		timeCell(a.LastSignIn), timeCell(a.LastActive), run, since, by, "",
		yes(a.Protected), yes(a.Barred), yes(a.Unverified), a.UserID, o.ID, a.Owner, a.Source, a.ID, a.MembershipID}
}

func pendingRow(o *sync.Reviewed, p *sync.Pending) []string {
	run, since, by := sinceCells(p.Since)
	return []string{"invitation", o.Label(), p.Email, "", p.Role, "", string(p.Standing), p.Why, "", "",
		"", "", run, since, by, "", "", "", "", "", o.ID, "", "", "", ""}
}

func sinceCells(s *sync.Since) (run, at, by string) {
	if s == nil {
		return "", "", ""
	}
	return strconv.FormatInt(s.Run, 10), timeCell(&s.At), approvedText(s)
}

func yes(is bool) string {
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
