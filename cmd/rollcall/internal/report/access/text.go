package access

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/explain"
)

// Text writes an access review for people.
func Text(w io.Writer, r *explain.Review, o facts.Options) error {
	buffered := bufio.NewWriter(w)
	p := &printer{terminal.Writer{Writer: buffered}, terminal.Style{On: o.Color}, o.Width, most(o)}
	for _, text := range doubtTexts(r) {
		p.line("", "%s %s", p.Paint(terminal.Magenta, "doubtful:"), text)
	}
	p.unexplained(r)
	for i := range r.Organizations {
		p.organization(&r.Organizations[i])
	}
	if r.HistoryOff {
		p.Line("%s no state directory is known here, so the run that gave access is unknown", p.Paint(terminal.Dim, "note:"))
	}
	p.Line("%s", p.Paint(terminal.Bold, headline(r)))
	p.line("", "%s", facts.InstanceLine(r.Instance))
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the access review: %w", err)
	}
	return nil
}

// terminalMost is how many people of one standing somebody reads on a terminal.
const terminalMost = 40

// most bounds the people of one standing; 0 is all.
func most(o facts.Options) int {
	if o.Width > 0 && !o.All {
		return terminalMost
	}
	return 0
}

// printer writes a review as text.
type printer struct {
	terminal.Writer
	terminal.Style
	width int // of the terminal; 0 is no terminal
	most  int // of one standing; 0 is all
}

// line writes an indented line with values. What does not fit the terminal goes below,
// behind a bar, so that no value begins a line (S35).
func (p *printer) line(indent, format string, args ...any) {
	p.Line("%s", terminal.Wrap(indent+fmt.Sprintf(format, args...), p.width, len(indent)))
}

// unexplained shows the members of all organizations that nothing explains, before
// all others.
func (p *printer) unexplained(r *explain.Review) {
	if r.Total[explain.Unexplained] == 0 {
		return
	}
	p.Line("%s", p.Paint(terminal.Red, unexplainedText(r)))
	for i := range r.Organizations {
		o := &r.Organizations[i]
		p.rows(escape.Brief(o.Label()), memberRows(o, explain.Unexplained))
	}
	p.Line("")
}

func (p *printer) organization(o *explain.Reviewed) {
	p.line("", "%s: %s", p.Paint(terminal.Bold, escape.Brief(o.Label())), factsText(o))
	for _, s := range explain.Standings() {
		if s != explain.Unexplained { // they stand above
			p.rows(p.standing(s), memberRows(o, s))
		}
	}
	var invited [][]string
	for i := range o.Invitations {
		inv := &o.Invitations[i]
		invited = append(invited, []string{escape.Address(inv.Email), escape.Brief(inv.Role), expiryText(inv), string(inv.Standing) + ": " + escape.Brief(inv.Why) + sinceText(inv.Since)})
	}
	p.rows("invited", invited)
	p.Line("")
}

func memberRows(o *explain.Reviewed, s explain.Standing) [][]string {
	var rows [][]string
	for i := range o.Members {
		if a := &o.Members[i]; a.Standing == s {
			rows = append(rows, []string{whoText(a), strings.Join(roleWords(a), ", "), seenText(a), whyText(a)})
		}
	}
	return rows
}

// standing is a standing in its colour.
func (p *printer) standing(s explain.Standing) string {
	switch s {
	case explain.Foreign:
		return p.Paint(terminal.Red, string(s))
	case explain.Unclear, explain.Leaving, explain.Differs:
		return p.Paint(terminal.Yellow, string(s))
	case explain.Unexplained, explain.Explained:
	}
	return string(s)
}

func (p *printer) rows(heading string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	p.line("  ", "%s (%s)", heading, facts.Number(len(rows)))
	more := 0
	if p.most > 0 && len(rows) > p.most {
		more, rows = len(rows)-p.most, rows[:p.most]
	}
	for _, line := range terminal.Table(rows) {
		p.line("    ", "%s", line)
	}
	if more > 0 {
		p.Line("    … and %s more (--output html and the other forms have all)", facts.Number(more))
	}
}

// headline is the review in one line.
func headline(r *explain.Review) string {
	members := 0
	var parts []string
	for _, s := range explain.Standings() {
		if n := r.Total[s]; n > 0 {
			members += n
			parts = append(parts, facts.Number(n)+" "+string(s))
		}
	}
	text := fmt.Sprintf("%s of %s", facts.Count(members, "member"), facts.Count(len(r.Organizations), "organization"))
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text + "."
}

// doubtTexts say why the review may be incomplete, each with its organization.
func doubtTexts(r *explain.Review) []string {
	labels := map[string]string{"": "all organizations"}
	for i := range r.Organizations {
		labels[r.Organizations[i].ID] = r.Organizations[i].Label()
	}
	var texts []string
	for i, text := range facts.HoldTexts(r.Doubts) {
		id := r.Doubts[i].Organization
		texts = append(texts, escape.Brief(cmp.Or(labels[id], id))+": "+text)
	}
	return texts
}

// unexplainedText is the heading of the members that nothing explains.
func unexplainedText(r *explain.Review) string {
	places := 0
	for i := range r.Organizations {
		if count(&r.Organizations[i], explain.Unexplained) > 0 {
			places++
		}
	}
	return fmt.Sprintf("Unexplained: %s in %s", facts.Count(r.Total[explain.Unexplained], "member"), facts.Count(places, "organization"))
}

func count(o *explain.Reviewed, s explain.Standing) int {
	n := 0
	for i := range o.Members {
		if o.Members[i].Standing == s {
			n++
		}
	}
	return n
}

// attentionText counts the members of an organization that no rule explains exactly.
func attentionText(o *explain.Reviewed) string {
	var parts []string
	for _, s := range explain.Standings() {
		if n := count(o, s); n > 0 && s != explain.Explained {
			parts = append(parts, facts.Number(n)+" "+string(s))
		}
	}
	if n := len(o.Invitations); n > 0 {
		parts = append(parts, facts.Number(n)+" invited")
	}
	return strings.Join(parts, ", ")
}

// factsText is an organization in one line.
func factsText(o *explain.Reviewed) string {
	admins, unseen := 0, 0
	for i := range o.Members {
		if o.Members[i].Admin {
			admins++
		}
		if o.Members[i].Seen() == nil {
			unseen++
		}
	}
	parts := []string{facts.Count(len(o.Members), "member"), facts.Count(admins, "admin")}
	if unseen > 0 {
		parts = append(parts, facts.Number(unseen)+" never seen")
	}
	if n := len(o.Invitations); n > 0 {
		parts = append(parts, facts.Number(n)+" invited")
	}
	if n := count(o, explain.Unexplained); n > 0 {
		parts = append(parts, facts.Number(n)+" unexplained (above)")
	}
	if !o.Ruled {
		parts = append(parts, "no rule for this organization")
	}
	return strings.Join(parts, ", ")
}

// whoText is what a member is called.
func whoText(a *explain.Access) string {
	who := escape.Address(cmp.Or(a.Email, a.UserID))
	if a.Unverified && a.Email != "" {
		who += " (unverified)"
	}
	return who
}

// roleWords is the role with what a reviewer must know beside it.
func roleWords(a *explain.Access) []string {
	parts := []string{escape.Brief(a.Role)}
	for _, mark := range []struct {
		is   bool
		text string
	}{{a.Admin && a.Role != "org:admin", "admin"}, {a.Protected, "protected"}, {a.Barred, "banned"}} {
		if mark.is {
			parts = append(parts, mark.text)
		}
	}
	return parts
}

// whyText is the reason, with what comes of it.
func whyText(a *explain.Access) string {
	text := escape.Brief(a.Why)
	if a.Wanted != "" {
		text = "should be " + escape.Brief(a.Wanted) + " by " + text
	}
	if a.Next != "" {
		text += "; next: " + escape.Brief(a.Next)
	}
	return text + sinceText(a.Since)
}

// sinceText is the run that gave what is there.
func sinceText(s *explain.Since) string {
	if s == nil {
		return ""
	}
	text := fmt.Sprintf("; since run %d, %s (%s)", s.Run, s.At.UTC().Format(time.DateOnly), strings.ReplaceAll(s.Action, "_", " "))
	if by := approvedText(s); by != "" {
		text += ", approved by " + by
	}
	return text
}

func approvedText(s *explain.Since) string {
	if s.ApprovedBy == "" {
		return ""
	}
	if s.Reason == "" {
		return escape.Brief(s.ApprovedBy)
	}
	return escape.Brief(s.ApprovedBy) + " (" + escape.Brief(s.Reason) + ")"
}

func seenText(a *explain.Access) string {
	if seen := a.Seen(); seen != nil {
		return "seen " + seen.UTC().Format(time.DateOnly)
	}
	return "never seen"
}

func expiryText(p *explain.Pending) string {
	if p.Expires == nil {
		return "since " + p.Created.Format(time.DateOnly)
	}
	return "until " + p.Expires.Format(time.DateOnly)
}
