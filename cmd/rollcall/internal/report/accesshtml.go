package report

import (
	"bufio"
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"rollcall/sync"
)

var (
	//go:embed page/access.html
	accessText string

	accessPage = template.Must(template.Must(page.Clone()).New("access").Parse(accessText))
)

// accessDocument is what the page shows of a review.
type accessDocument struct {
	pageParts
	Headline, Made string
	Doubts         []string
	HistoryOff     bool
	Tallies        []accessTally
	Organizations  []accessSection
}

// accessTally counts the members of a standing.
type accessTally struct {
	Standing sync.Standing
	Means    string
	Members  int
}

// accessSection is one organization.
type accessSection struct {
	Title, Facts string
	Lists        []accessList
}

// accessList is the members of one standing.
type accessList struct {
	Standing sync.Standing
	Heading  string
	Rows     []accessLine
}

// accessLine is one member or invitation.
type accessLine struct{ Who, Name, User, Role, Marks, Why, Since, Seen string }

// standingMeans says in words what explains a member.
var standingMeans = map[sync.Standing]string{
	sync.Unexplained: "no rule wants it, and rollcall did not add it",
	sync.Foreign:     "the marker names another owner",
	sync.Unclear:     "nobody can tell who in the directory it is",
	sync.Leaving:     "rollcall added it, and no rule wants it any more",
	sync.Differs:     "a rule wants another role",
	sync.Explained:   "a rule wants it just so",
}

// AccessHTML writes a review as one page that needs nothing else.
func AccessHTML(w io.Writer, r *sync.Review, o Options) error {
	buffered := bufio.NewWriter(w)
	d := accessDocument{pageParts: newPageParts(), Headline: accessHeadline(r), Made: made(o), HistoryOff: r.HistoryOff, Doubts: holdTexts(r.Doubts)}
	for _, s := range sync.Standings() {
		if n := r.Total[s]; n > 0 {
			d.Tallies = append(d.Tallies, accessTally{s, standingMeans[s], n})
		}
	}
	for i := range r.Organizations {
		d.Organizations = append(d.Organizations, newAccessSection(&r.Organizations[i]))
	}
	if err := accessPage.Execute(buffered, d); err != nil {
		return fmt.Errorf("write the access review: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the access review: %w", err)
	}
	return nil
}

func newAccessSection(o *sync.Reviewed) accessSection {
	s := accessSection{Title: brief(o.Label()), Facts: accessFacts(o)}
	for _, standing := range sync.Standings() {
		l := accessList{Standing: standing, Heading: string(standing)}
		for i := range o.Members {
			if a := &o.Members[i]; a.Standing == standing {
				l.Rows = append(l.Rows, newAccessLine(a))
			}
		}
		if len(l.Rows) > 0 {
			s.Lists = append(s.Lists, l)
		}
	}
	invited := accessList{Standing: "invited", Heading: "invited"}
	for i := range o.Invitations {
		p := &o.Invitations[i]
		invited.Rows = append(invited.Rows, accessLine{Who: brief(p.Email), Role: brief(p.Role), Marks: string(p.Standing),
			Why: brief(p.Why), Since: strings.TrimPrefix(sinceText(p.Since), "; "), Seen: expiryText(p)})
	}
	if len(invited.Rows) > 0 {
		s.Lists = append(s.Lists, invited)
	}
	return s
}

func newAccessLine(a *sync.Access) accessLine {
	role := accessRole(a)
	why := *a
	why.Since = nil
	l := accessLine{Who: accessWho(a), Name: brief(a.Name), User: brief(a.UserID), Role: role[0], Marks: strings.Join(role[1:], ", "),
		Why: accessWhy(&why), Since: strings.TrimPrefix(sinceText(a.Since), "; "), Seen: strings.TrimPrefix(strings.TrimSuffix(seenText(a), " seen"), "seen ")}
	if l.User == l.Who {
		l.User = ""
	}
	return l
}

// made says when a file was made, and by what; empty when nobody asked.
func made(o Options) string {
	if o.At.IsZero() {
		return ""
	}
	return o.At.UTC().Format(time.RFC3339) + ", rollcall " + brief(o.Version)
}
