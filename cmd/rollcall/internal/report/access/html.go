package access

import (
	"bufio"
	_ "embed" // the page
	"fmt"
	"io"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/webpage"
	"rollcall/sync/explain"
)

var (
	//go:embed access.html
	pageText string
	//go:embed decide.js
	decideScript string

	reviewPage = webpage.Parse("access", pageText)
)

// document is what the page shows of a review.
type document struct {
	webpage.Parts
	Headline, Instance, Made string
	Doubts                   []string
	HistoryOff               bool
	Tallies                  []tally
	// First are the members of all organizations that nothing explains.
	First         *section
	Organizations []section
	// Header is the first row of the CSV that the page saves, and Rows how many follow.
	Header string
	Rows   int
}

// tally counts the members of a standing.
type tally struct {
	Standing explain.Standing
	Means    string
	Members  int
}

// section is one organization. Attention says what a reviewer looks at there.
type section struct {
	Anchor, Title, Facts, Attention string
	Members, Unexplained            int
	Lists                           []list
}

// list is the members of one standing. Organization is the first cell of their rows
// in the CSV.
type list struct {
	Standing              explain.Standing
	Heading, Organization string
	Rows                  []line
}

// longList is from how many rows on a list can be folded.
const longList = 20

// IsLong reports whether the list can be folded.
func (l list) IsLong() bool { return len(l.Rows) > longList }

// IsExplained reports whether a rule explains all of the list, so that it is closed
// at first if it is long.
func (l list) IsExplained() bool { return l.Standing == explain.Explained }

// standingMeans says in words what explains a member.
var standingMeans = map[explain.Standing]string{
	explain.Unexplained: "no rule gives this access, and rollcall did not add it",
	explain.Foreign:     "the marker names another owner",
	explain.Unclear:     "rollcall cannot match the member to one person of the directory",
	explain.Leaving:     "rollcall added it, and no rule gives it any more",
	explain.Differs:     "a rule gives another role",
	explain.Explained:   "a rule gives exactly this",
}

// HTML writes a review as one page that needs nothing else.
func HTML(w io.Writer, r *explain.Review, o facts.Options) error {
	buffered := bufio.NewWriter(w)
	if err := reviewPage().Execute(buffered, newDocument(r, o)); err != nil {
		return fmt.Errorf("write the access review: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the access review: %w", err)
	}
	return nil
}

func newDocument(r *explain.Review, o facts.Options) *document {
	d := &document{Parts: webpage.NewParts(decideScript), Headline: headline(r), Instance: facts.InstanceLine(r.Instance), Made: o.Made(), HistoryOff: r.HistoryOff,
		Doubts: doubtTexts(r), Header: sheetRow(decisionHeader...)}
	for _, s := range explain.Standings() {
		if n := r.Total[s]; n > 0 {
			d.Tallies = append(d.Tallies, tally{s, standingMeans[s], n})
		}
	}
	d.unexplained(r)
	anchors := webpage.Anchors{}
	for i := range r.Organizations {
		d.Rows += len(r.Organizations[i].Members) + len(r.Organizations[i].Invitations)
		s := newSection(&r.Organizations[i])
		s.Anchor = anchors.ID("o-" + s.Title)
		d.Organizations = append(d.Organizations, s)
	}
	return d
}

// unexplained adds the members of all organizations that nothing explains.
func (d *document) unexplained(r *explain.Review) {
	s := section{Title: unexplainedText(r)}
	for i := range r.Organizations {
		o := &r.Organizations[i]
		if l := members(o, explain.Unexplained); len(l.Rows) > 0 {
			l.Heading = escape.Brief(o.Label())
			s.Lists = append(s.Lists, l)
		}
	}
	if len(s.Lists) > 0 {
		d.First = &s
	}
}

func newSection(o *explain.Reviewed) section {
	s := section{Title: escape.Brief(o.Label()), Facts: factsText(o), Members: len(o.Members), Unexplained: count(o, explain.Unexplained), Attention: attentionText(o)}
	for _, standing := range explain.Standings() {
		if standing == explain.Unexplained {
			continue // they have a section before all organizations
		}
		if l := members(o, standing); len(l.Rows) > 0 {
			s.Lists = append(s.Lists, l)
		}
	}
	if l := invitations(o); len(l.Rows) > 0 {
		s.Lists = append(s.Lists, l)
	}
	return s
}

func members(o *explain.Reviewed, standing explain.Standing) list {
	l := list{Standing: standing, Heading: string(standing), Organization: sheetRow(o.Label())}
	for i := range o.Members {
		if a := &o.Members[i]; a.Standing == standing {
			l.Rows = append(l.Rows, newLine(o, a))
		}
	}
	return l
}

func invitations(o *explain.Reviewed) list {
	l := list{Standing: "invited", Heading: "invited", Organization: sheetRow(o.Label())}
	for i := range o.Invitations {
		p := &o.Invitations[i]
		one := line{Who: escape.Address(p.Email), shared: shared{escape.Brief(p.Role), string(p.Standing), escape.Brief(p.Why), sinceWords(p.Since)}, Seen: expiryText(p)}
		l.Rows = append(l.Rows, one.of(pendingRow(o, p)))
	}
	return l
}

func newLine(o *explain.Reviewed, a *explain.Access) line {
	role := roleWords(a)
	why := *a
	why.Since = nil
	l := line{admin: a.Admin, Who: whoText(a), Name: escape.Brief(a.Name), User: escape.Brief(a.UserID), shared: shared{role[0], strings.Join(role[1:], ", "), whyText(&why), sinceWords(a.Since)},
		Seen: strings.TrimPrefix(strings.TrimSuffix(seenText(a), " seen"), "seen ")}
	if l.User == l.Who {
		l.User = ""
	}
	return l.of(memberRow(o, a))
}

func sinceWords(s *explain.Since) string { return strings.TrimPrefix(sinceText(s), "; since ") }
