package access

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

func parsed(t *testing.T, page []byte) *html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// savedCSV is what the page saves when every row has the decision: header, then the
// organization of the table, the row and the decision, as decide.js puts them
// together.
func savedCSV(root *html.Node, decision string) string {
	var lines, ids []string
	organization, role, at := "", "", 0
	for n := range root.Descendants() {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		switch {
		case attributes["data-header"] != "":
			lines = append(lines, attributes["data-header"])
		case n.Data == "table":
			organization = attributes["data-organization"]
		case n.Data == "tbody":
			role, ids, at = attributes["data-role"], strings.Split(attributes["data-memberships"], ","), 0
		case n.Data == "tr" && organization != "" && n.FirstChild.Data == "td":
			at++
			row, odd := attributes["data-row"]
			if !odd {
				row = plainRow(n, role, ids, at)
			}
			lines = append(lines, organization+","+row+","+decision)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// plainRow is the row of the CSV that the cells of the page say.
func plainRow(tr *html.Node, role string, ids []string, at int) string {
	var cells []string
	for td := range tr.ChildNodes() {
		text := ""
		if td.FirstChild != nil && td.FirstChild.Type == html.TextNode {
			text = td.FirstChild.Data
		}
		cells = append(cells, text)
	}
	if i := roleColumn(tr.Parent.Parent); i >= 0 {
		role = strings.TrimSpace(cells[i])
	}
	membership := ""
	if at < len(ids) && ids[at] != "" {
		membership = ids[0] + ids[at]
	}
	return strings.Join([]string{role, cells[0], cells[2], membership}, ",")
}

// roleColumn is the column of the roles in a table whose rows have their own; -1 is none.
func roleColumn(table *html.Node) int {
	for n := range table.Descendants() {
		if n.Data == "thead" {
			return slices.Index(texts(n.FirstChild), "Role")
		}
	}
	return -1
}

// readDecisions reads the CSV as the source of the documentation does.
func readDecisions(t *testing.T, text string) []source.Decision {
	t.Helper()
	path := filepath.Join(t.TempDir(), "review.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := csvfile.Open("review", csvfile.Config{Path: path, Settle: new(time.Duration), Columns: csvfile.Columns{Organization: "organization", MembershipID: "membership_id",
		UserID: "user_id", Role: "role", Email: "email", Decision: "decision"}}, source.Canaries{}, file.Options{}).Read(t.Context(), source.Request{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Decisions {
		s.Decisions[i].Origin = source.Origin{}
	}
	return s.Decisions
}

// withMemberships gives each member a membership, as Clerk does.
func withMemberships(r *explain.Review) *explain.Review {
	for i := range r.Organizations {
		for j := range r.Organizations[i].Members {
			a := &r.Organizations[i].Members[j]
			a.MembershipID = "orgmem_" + a.UserID
		}
	}
	return r
}

// The CSV that the page saves comes back with the decision of each member and each
// invitation.
func TestS09DecisionsOfThePageComeBack(t *testing.T) {
	r := withMemberships(reviewed())
	var page bytes.Buffer
	if err := HTML(&page, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	got := readDecisions(t, savedCSV(parsed(t, page.Bytes()), "remove"))
	var want []source.Decision
	for _, a := range r.Organizations[0].Members {
		want = append(want, source.Decision{Organization: "acme", MembershipID: a.MembershipID, UserID: a.UserID, Role: a.Role, Remove: true})
	}
	want = append(want, source.Decision{Organization: "acme", Role: "org:member", Remove: true})
	byMember := map[string]source.Decision{}
	for _, d := range got {
		d.Email = ""
		byMember[d.MembershipID] = d
	}
	if len(got) != len(want) {
		t.Errorf("%d decisions of %d rows", len(got), len(want))
	}
	for _, d := range want {
		if diff := cmp.Diff(d, byMember[d.MembershipID]); diff != "" {
			t.Error(diff)
		}
	}
}

// A page without decisions saves a file of which nothing is read.
func TestS09UndecidedPageIsNotRead(t *testing.T) {
	var page bytes.Buffer
	if err := HTML(&page, withMemberships(reviewed()), facts.Options{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "review.csv")
	if err := os.WriteFile(path, []byte(savedCSV(parsed(t, page.Bytes()), "")), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := csvfile.Open("review", csvfile.Config{Path: path, Settle: new(time.Duration), Columns: csvfile.Columns{Organization: "organization", MembershipID: "membership_id",
		UserID: "user_id", Decision: "decision"}}, source.Canaries{}, file.Options{}).Read(t.Context(), source.Request{})
	if err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("read: %v", err)
	}
}

// hostileReview has values that mean to do harm in the places that lead somewhere
// and in the CSV of the page.
func hostileReview() *explain.Review {
	r := withMemberships(reviewed())
	o := &r.Organizations[0]
	o.ID, o.Slug = `org_"><img src=x>`, `=1+1" onclick="alert(1)`
	o.Members[0].Email, o.Members[0].Role = "=cmd|' /c calc'!A1", `@SUM(A1)"><script>alert(1)</script>`
	other := *o
	other.ID = "org_2"
	r.Organizations = append(r.Organizations, other)
	r.Doubts = append(r.Doubts, plan.Hold{Organization: o.ID, Guard: "removals", Rule: "S17", Text: "too many"})
	return r
}

// Names from outside make neither an element nor a formula, and two organizations of
// one name have ids of their own (S35).
func TestS35ThePageIsHarmless(t *testing.T) {
	var page bytes.Buffer
	if err := HTML(&page, hostileReview(), facts.Options{}); err != nil {
		t.Fatal(err)
	}
	standingsOfPage(t, page.Bytes())
	root, err := html.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	ids, scripts := map[string]bool{}, 0
	for n := range root.Descendants() {
		if n.Data == "script" && n.Type == html.ElementNode {
			scripts++
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("the page runs %s", a.Val)
			}
			if a.Key == "id" && ids[a.Val] {
				t.Errorf("two elements have the id %q", a.Val)
			}
			ids[a.Val] = ids[a.Val] || a.Key == "id"
		}
	}
	if scripts != 1 {
		t.Errorf("the page has %d scripts", scripts)
	}
	var saved bytes.Buffer
	if err := HTML(&saved, hostileReview(), facts.Options{}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(savedCSV(parsed(t, saved.Bytes()), "keep"), "\n") {
		for cell := range strings.SplitSeq(line, ",") {
			if strings.IndexAny(strings.TrimPrefix(cell, `"`), "=+-@") == 0 {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
}

// The members that nothing explains come before all others, in the text and on the
// page; a doubt names its organization.
func TestUnexplainedMembersComeFirst(t *testing.T) {
	r := reviewed()
	second := explain.Reviewed{ID: "org_2", Slug: "finance", Ruled: true, Members: []explain.Access{{UserID: "user_mal", Email: "mal@rival.example", Role: "org:member", Standing: explain.Unexplained, Why: "no rule wants it"}}}
	r.Organizations = append(r.Organizations, second)
	r.Total[explain.Unexplained]++
	r.Doubts = append(r.Doubts, plan.Hold{Organization: "org_2", Guard: "removals", Rule: "S17", Text: "23 of 43 members would leave"})
	var text, page bytes.Buffer
	if err := Text(&text, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := HTML(&page, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	for form, out := range map[string]string{"text": text.String(), "page": page.String()} {
		if strings.Index(out, "mal@rival.example") > strings.Index(out, "c@corp.example") {
			t.Errorf("%s: a member of finance that nothing explains comes after acme", form)
		}
		for _, want := range []string{"finance: 23 of 43 members would leave", "all organizations: source hr does not show ceo", "Unexplained: 2 members in 2 organizations"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s has no %q:\n%s", form, want, out)
			}
		}
		if n := strings.Count(out, "mal@rival.example"); form == "text" && n != 1 {
			t.Errorf("the text names the member %d times", n)
		}
	}
}
