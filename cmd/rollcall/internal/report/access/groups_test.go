package access

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/explain"
)

// drawReview is a review whose members have much in common, or nothing.
func drawReview(t *rapid.T) *explain.Review {
	r := &explain.Review{Version: explain.ReviewVersion, Total: map[explain.Standing]int{}}
	odd := []string{"", " c ", "d,e", `f"g`, "=1+1", "<b>h</b>", "i\u202ej", "user_1"}
	word := func(name string, plain ...string) string {
		return rapid.SampledFrom(append(append(slices.Repeat(plain, 5), odd...), plain...)).Draw(t, name)
	}
	for range rapid.IntRange(1, 2).Draw(t, "organizations") {
		o := explain.Reviewed{ID: "org_1", Slug: word("slug", "acme"), Ruled: true}
		for range rapid.IntRange(0, 20).Draw(t, "members") {
			a := explain.Access{UserID: word("user", "user_1", "user_2"), Email: word("email", "a@corp.example", "b@corp.example"), Name: word("name", "Ann"), MembershipID: word("membership", "orgmem_1", "orgmem_2", "m3"),
				Role: "org:member", Why: rapid.SampledFrom([]string{"rule 1", "rule <2>"}).Draw(t, "why"), Standing: explain.Explained}
			switch rapid.IntRange(0, 12).Draw(t, "kind") {
			case 0:
				a.Standing = explain.Unexplained
			case 1:
				a.Protected = true
			case 2:
				a.Role = "=x"
			case 3:
				a.Role = "org:admin"
			}
			if run := rapid.IntRange(0, 2).Draw(t, "run"); run > 0 {
				a.Since = &explain.Since{Run: int64(run), At: *day(run), Action: "add"}
			}
			o.Members = append(o.Members, a)
			r.Total[a.Standing]++
		}
		for range rapid.IntRange(0, 4).Draw(t, "invitations") {
			o.Invitations = append(o.Invitations, explain.Pending{Email: word("invited", "c@corp.example"), Role: "org:member", Standing: explain.Explained, Why: "rule 1", Created: *day(1)})
		}
		r.Organizations = append(r.Organizations, o)
	}
	return r
}

func drawPage(t *rapid.T, r *explain.Review) *html.Node {
	var page bytes.Buffer
	if err := HTML(&page, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// texts are the texts of the cells of a row.
func texts(tr *html.Node) []string {
	var out []string
	for cell := range tr.ChildNodes() {
		var text strings.Builder
		for n := range cell.Descendants() {
			if n.Type == html.TextNode {
				text.WriteString(n.Data)
			}
		}
		out = append(out, strings.Join(strings.Fields(text.String()), " "))
	}
	return out
}

// shownRows are the facts of each row with those of the heading above it, in any order of
// rows.
func shownRows(root *html.Node) []string {
	var out []string
	heading, standing := "", ""
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "data-state" {
				standing = a.Val
			}
		}
		switch {
		case n.Data == "tbody":
			heading = ""
		case n.Data != "tr" || standing == "" || n.Parent.Data != "tbody":
		case n.FirstChild.Data == "th":
			heading = texts(n)[0]
		default:
			out = append(out, sortedWords(standing+" "+heading+" "+strings.Join(texts(n), " ")))
		}
	}
	slices.Sort(out)
	return out
}

func sortedWords(text string) string {
	words := strings.Fields(text)
	slices.Sort(words)
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "since" }), " ")
}

// No fact of a row is lost, whatever it shares with others.
func TestGroupsLoseNoFact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReview(t)
		var want []string
		for i := range r.Organizations {
			o := &r.Organizations[i]
			lists := []list{invitations(o)}
			for _, standing := range explain.Standings() {
				lists = append(lists, members(o, standing))
			}
			for _, l := range lists {
				for _, m := range l.Rows {
					want = append(want, sortedWords(strings.Join([]string{string(l.Standing), m.Who, m.Name, m.User, m.Seen, m.Role, m.Marks, m.Why, m.Since}, " ")))
				}
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, shownRows(drawPage(t, r))); diff != "" {
			t.Error(diff)
		}
	})
}

// The file that the page saves has the rows of the CSV form, whatever stands in them
// (S09).
func TestS09SavedRowsAreThoseOfTheCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReview(t)
		var sheet bytes.Buffer
		if err := CSV(&sheet, r); err != nil {
			t.Fatal(err)
		}
		whole, err := csv.NewReader(&sheet).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, row := range whole[1:] {
			var cells []string
			for _, name := range decisionHeader {
				cells = append(cells, row[slices.Index(header, name)])
			}
			cells[len(cells)-1] = "keep"
			want = append(want, strings.Join(cells, "|"))
		}
		saved, err := csv.NewReader(strings.NewReader(savedCSV(drawPage(t, r), "keep"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range saved[1:] {
			got = append(got, strings.Join(row, "|"))
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// columnsOf are the columns of the groups of rows.
func columnsOf(rows []line) (got []columns) {
	for _, g := range grouped(rows) {
		got = append(got, g.columns)
	}
	return got
}

func reasonRow(why, since string) line {
	return line{shared: shared{Role: "org:member", Why: why, Since: since}}
}

func adminRow(why, since string) line {
	l := reasonRow(why, since)
	l.Role, l.admin = "org:admin", true
	return l
}

// In a long list, three rows of one reason and run share a heading, two do not, and three
// of one reason and several runs share the reason only.
func TestFewRowsHaveNoHeading(t *testing.T) {
	row, admin := reasonRow, adminRow
	for name, test := range map[string]struct {
		rows []line
		want []columns // of the groups beside the many
	}{
		"three alike":          {[]line{row("a", "1"), row("a", "1"), row("a", "1")}, []columns{whoOnly, whoOnly}},
		"two alike":            {[]line{row("a", "1"), row("a", "1")}, []columns{whoOnly, withRole}},
		"three runs":           {[]line{row("a", "1"), row("a", "2"), row("a", "")}, []columns{whoOnly, withSince}},
		"three reasons":        {[]line{row("a", "1"), row("b", "1"), row("c", "1")}, []columns{whoOnly, withRole}},
		"three and two":        {[]line{row("b", "1"), row("a", "1"), row("a", "1"), row("a", "1"), row("b", "1")}, []columns{whoOnly, whoOnly, withRole}},
		"three and two others": {[]line{row("a", "2"), row("a", "1"), row("a", "1"), row("a", "1"), row("a", "3")}, []columns{whoOnly, whoOnly, withRole}},
		"an admin is first":    {[]line{admin("b", "1"), row("a", "1"), row("a", "1"), row("a", "1")}, []columns{withRole, whoOnly, whoOnly}},
		"none":                 {nil, []columns{whoOnly}},
	} {
		for range longList + 1 {
			test.rows = append(test.rows, row("many", "1"))
		}
		if diff := cmp.Diff(test.want, columnsOf(test.rows)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A short list is one table: its groups have the same columns. Rows share headings if
// there are fewer than half as many headings, and since when if all of a group do.
func TestShortListsAreOneTable(t *testing.T) {
	row, admin := reasonRow, adminRow
	for name, test := range map[string]struct {
		rows []line
		want []columns
	}{
		"one":                {[]line{row("a", "1")}, []columns{withRole}},
		"two alike":          {[]line{row("a", "1"), row("a", "1")}, []columns{whoOnly}},
		"two reasons":        {[]line{row("a", "1"), row("b", "1"), row("b", "1")}, []columns{withRole}},
		"two of two reasons": {[]line{row("a", "1"), row("b", "2"), row("a", "1"), row("b", "2")}, []columns{whoOnly, whoOnly}},
		"two runs of one":    {[]line{row("a", "1"), row("b", "2"), row("a", "2"), row("b", "2")}, []columns{withSince, withSince}},
		"an admin":           {[]line{row("a", "1"), row("a", "1"), row("a", "1"), admin("b", "1")}, []columns{whoOnly, whoOnly}},
		"none":               {nil, nil},
	} {
		if diff := cmp.Diff(test.want, columnsOf(test.rows)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if n := len((list{Rows: test.rows}).Parts()); n != min(1, len(test.rows)) {
			t.Errorf("%s: %d tables", name, n)
		}
	}
	if g := grouped([]line{row("a", "1"), row("a", "1"), row("a", "1"), admin("b", "1")}); !g[0].Rows[0].admin || g[0].Since != "1" || g[1].Since != "1" {
		t.Errorf("an admin is not first, or the run is lost (S43): %+v", g)
	}
}

// A table has no more rows than a browser lays out at once, and a group that goes on in
// the next table has its heading there too.
func TestLongGroupsAreCut(t *testing.T) {
	l := list{Standing: explain.Explained, Heading: "explained"}
	for range 600 {
		l.Rows = append(l.Rows, line{shared: shared{Role: "org:member", Why: "rule 1"}})
	}
	var got []string
	for _, p := range l.Parts() {
		got = append(got, p.Heading+" "+p.Groups[0].Why)
	}
	if diff := cmp.Diff([]string{"explained: 1 to 250 of 600 rule 1", "explained: 251 to 500 of 600 rule 1", "explained: 501 to 600 of 600 rule 1"}, got); diff != "" {
		t.Error(diff)
	}
}
