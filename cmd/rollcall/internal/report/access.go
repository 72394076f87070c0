package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"rollcall/sync"
)

// An access review shows whom nothing explains before everybody else, so that
// a reviewer who reads the first lines has read what matters.

// Access writes an access review for people.
func Access(w io.Writer, r *sync.Review, o Options) error {
	buffered := bufio.NewWriter(w)
	p := newPrinter(buffered, &sync.Report{Plan: &sync.Plan{}}, o)
	for _, text := range holdTexts(r.Doubts) {
		p.line("%s %s", p.paint(magenta, "doubtful:"), text)
	}
	for i := range r.Organizations {
		p.access(&r.Organizations[i])
	}
	if r.HistoryOff {
		p.line("%s no state directory is known here, so nobody knows since which run", p.paint(dim, "note:"))
	}
	p.line("%s", p.paint(bold, accessHeadline(r)))
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the access review: %w", err)
	}
	return nil
}

func (p *printer) access(o *sync.Reviewed) {
	p.line("%s: %s", p.paint(bold, brief(o.Label())), accessFacts(o))
	byStanding := map[sync.Standing][][]string{}
	for i := range o.Members {
		a := &o.Members[i]
		byStanding[a.Standing] = append(byStanding[a.Standing], []string{accessWho(a), strings.Join(accessRole(a), ", "), seenText(a), accessWhy(a)})
	}
	for _, s := range sync.Standings() {
		p.standing(s, "", byStanding[s])
	}
	var invited [][]string
	for i := range o.Invitations {
		inv := &o.Invitations[i]
		invited = append(invited, []string{brief(inv.Email), brief(inv.Role), expiryText(inv), string(inv.Standing) + ": " + brief(inv.Why) + sinceText(inv.Since)})
	}
	p.standing("invited", "", invited)
	p.line("")
}

func (p *printer) standing(s sync.Standing, indent string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	colour := map[sync.Standing]paint{sync.Unexplained: red, sync.Foreign: red, sync.Unclear: yellow, sync.Leaving: yellow, sync.Differs: yellow}[s]
	heading := fmt.Sprintf("%s (%d)", s, len(rows))
	if colour != "" {
		heading = p.paint(colour, heading)
	}
	p.line("%s  %s", indent, heading)
	more := 0
	if p.options.Most > 0 && len(rows) > p.options.Most {
		more, rows = len(rows)-p.options.Most, rows[:p.options.Most]
	}
	for _, line := range table(rows) {
		p.line("%s    %s", indent, line)
	}
	if more > 0 {
		p.line("%s    … and %d more (%s)", indent, more, wholeReport)
	}
}

// accessHeadline is the review in one line.
func accessHeadline(r *sync.Review) string {
	members := 0
	var parts []string
	for _, s := range sync.Standings() {
		if n := r.Total[s]; n > 0 {
			members += n
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	text := fmt.Sprintf("%s of %s", Count(members, "member"), Count(len(r.Organizations), "organization"))
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text + "."
}

// accessFacts is an organization in one line.
func accessFacts(o *sync.Reviewed) string {
	admins, unseen := 0, 0
	for i := range o.Members {
		if o.Members[i].Admin {
			admins++
		}
		if o.Members[i].Seen() == nil {
			unseen++
		}
	}
	parts := []string{Count(len(o.Members), "member"), Count(admins, "admin")}
	if unseen > 0 {
		parts = append(parts, fmt.Sprintf("%d never seen", unseen))
	}
	if n := len(o.Invitations); n > 0 {
		parts = append(parts, fmt.Sprintf("%d invited", n))
	}
	if !o.Ruled {
		parts = append(parts, "no rule leads here")
	}
	return strings.Join(parts, ", ")
}

// accessWho is what a member is called.
func accessWho(a *sync.Access) string {
	who := brief(cmp.Or(a.Email, a.UserID))
	if a.Unverified && a.Email != "" {
		who += " (unverified)"
	}
	return who
}

// accessRole is the role with what a reviewer must know beside it.
func accessRole(a *sync.Access) []string {
	parts := []string{brief(a.Role)}
	for _, mark := range []struct {
		is   bool
		text string
	}{{a.Admin, "admin"}, {a.Protected, "protected"}, {a.Barred, "banned"}} {
		if mark.is {
			parts = append(parts, mark.text)
		}
	}
	return parts
}

// accessWhy is the reason, with what comes of it.
func accessWhy(a *sync.Access) string {
	text := brief(a.Why)
	if a.Wanted != "" {
		text += " wants " + brief(a.Wanted)
	}
	if a.Next != "" {
		text += "; next: " + brief(a.Next)
	}
	return text + sinceText(a.Since)
}

// sinceText is the run that gave what is there.
func sinceText(s *sync.Since) string {
	if s == nil {
		return ""
	}
	text := fmt.Sprintf("; since run %d, %s (%s)", s.Run, s.At.UTC().Format(time.DateOnly), strings.ReplaceAll(s.Action, "_", " "))
	if by := approvedText(s); by != "" {
		text += ", approved by " + by
	}
	return text
}

func approvedText(s *sync.Since) string {
	if s == nil || s.ApprovedBy == "" {
		return ""
	}
	if s.Reason == "" {
		return brief(s.ApprovedBy)
	}
	return brief(s.ApprovedBy) + " (" + brief(s.Reason) + ")"
}

func seenText(a *sync.Access) string {
	if seen := a.Seen(); seen != nil {
		return "seen " + seen.UTC().Format(time.DateOnly)
	}
	return "never seen"
}

func expiryText(p *sync.Pending) string {
	if p.Expires == nil {
		return "since " + p.Created.Format(time.DateOnly)
	}
	return "until " + p.Expires.Format(time.DateOnly)
}
