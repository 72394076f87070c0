package access

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/net/html"

	"rollcall/.ci/suite"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/schematest"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

func day(d int) *time.Time {
	t := time.Date(2026, 1, d, 9, 30, 0, 0, time.UTC)
	return &t
}

// reviewed has a member of each standing, and values that mean to do harm.
func reviewed() *explain.Review {
	hostile := "=cmd|'/c calc'!A1\x1b[2J\u202e<img src=x>"
	members := []explain.Access{
		{UserID: "user_eve", Email: "eve@rival.example", Name: hostile, Role: "org:admin", Admin: true, Standing: explain.Unexplained, Why: "no rule wants it", LastSignIn: day(2)},
		{UserID: "user_two", Email: "phone\u202e", Unverified: true, Role: "org:member", Standing: explain.Foreign, Why: "its marker names the owner \"x\" (S26)", Owner: "x", Source: "s", ID: "=1+1"},
		{UserID: "user_3", Email: "c@corp.example", Role: "org:member", Standing: explain.Unclear, Why: "matches several accounts (S06)", Protected: true},
		{UserID: "user_4", Email: "d@corp.example", Role: "org:member", Standing: explain.Leaving, Why: "no rule wants it any more", Next: "the removal of org:member is due: gone", Barred: true},
		{UserID: "user_5", Email: "e@corp.example", Role: "org:admin", Admin: true, Standing: explain.Differs, Why: "rule 2: staff", Wanted: "org:member"},
		{UserID: "user_6", Email: "f@corp.example", Role: "org:member", Standing: explain.Explained, Why: "rule 2: staff → team", LastSignIn: day(3), LastActive: day(4),
			Since: &explain.Since{Run: 7, At: *day(1), Action: "add", Role: "org:member", ApprovedBy: "root", Reason: "asked"}},
	}
	r := &explain.Review{Version: explain.ReviewVersion, Sources: []plan.SourceSummary{{Name: "hr", People: 300, Groups: 24}, {Name: "extra", People: 1, Rows: 2}}, Total: map[explain.Standing]int{},
		Doubts: []plan.Hold{{Guard: "canaries", Rule: "S13", Text: "source hr does not show ceo"}}, HistoryOff: true,
		Organizations: []explain.Reviewed{{ID: "org_1", Slug: "acme", Ruled: true, Members: members,
			Invitations: []explain.Pending{{Email: "soon@corp.example", Role: "org:member", Standing: explain.Unexplained, Why: "nobody", Created: *day(1), Expires: day(9)}}}}}
	for i := range members {
		members[i].MembershipID = "orgmem_" + members[i].UserID[len("user_"):]
		r.Total[members[i].Standing]++
	}
	return r
}

// Every form of a review names every member, with role, standing and reason.
func TestAccessFormsSayTheSame(t *testing.T) {
	r := reviewed()
	var text, page, sheet bytes.Buffer
	if err := Text(&text, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := HTML(&page, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := CSV(&sheet, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&sheet).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	standings := standingsOfPage(t, page.Bytes())
	for i, a := range r.Organizations[0].Members {
		for _, want := range []string{escape.Text(a.Email), a.Role, string(a.Standing), escape.Text(a.Why)} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("the text has no %q:\n%s", want, text.String())
			}
		}
		row := rows[i+1]
		got := []string{row[2], row[4], row[6], row[7], row[19], row[15]}
		if diff := cmp.Diff([]string{escape.Text(a.Email), a.Role, string(a.Standing), a.Why, a.UserID, ""}, got); diff != "" {
			t.Error(diff)
		}
		if got := standings[a.UserID]; got != string(a.Standing) {
			t.Errorf("the page shows %s as %q, not %q", a.UserID, got, a.Standing)
		}
	}
}

// standingsOfPage reads the page as a browser does: user by standing.
func standingsOfPage(t *testing.T, page []byte) map[string]string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	out, standing := map[string]string{}, ""
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "data-state" {
				standing = a.Val
			}
		}
		if n.Data == "td" && n.FirstChild != nil && strings.HasPrefix(n.FirstChild.Data, "user_") {
			out[n.FirstChild.Data] = standing
		}
		if n.Data == "img" {
			t.Error("the page has a picture")
		}
		if i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "href" && !strings.HasPrefix(a.Val, "#") }); i >= 0 {
			t.Errorf("the page leads to %s", n.Attr[i].Val)
		}
	}
	return out
}

// Values from outside are harmless in a terminal and in a spreadsheet.
func TestS35AccessReviewIsHarmless(t *testing.T) {
	var text, sheet bytes.Buffer
	if err := Text(&text, reviewed(), facts.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := CSV(&sheet, reviewed()); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{text.String(), sheet.String()} {
		if strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("a control character came through:\n%q", out)
		}
	}
	rows, err := csv.NewReader(&sheet).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if i := slices.IndexFunc(row, func(cell string) bool { return strings.IndexAny(cell, "=+-@") == 0 }); i >= 0 {
			t.Errorf("a spreadsheet would run %q", row[i])
		}
	}
}

// On a terminal no value begins a line: what continues another line says so (S35).
func TestS35NoValueBeginsALineOfAReview(t *testing.T) {
	const forged, width = "doubtful: nothing", 60
	for n := range 2 * width {
		value := "Sales" + strings.Repeat("x", n) + " " + forged
		r := &explain.Review{Total: map[explain.Standing]int{explain.Unexplained: 1}, Organizations: []explain.Reviewed{{ID: value, Slug: value, Members: []explain.Access{{Standing: explain.Unexplained, Email: value, Role: value, Why: value}}}}}
		var out strings.Builder
		if err := Text(&out, r, facts.Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			for from := 0; from < len(line); from += width { // ASCII only, where a line is longer
				if row := line[from:]; strings.HasPrefix(strings.TrimLeft(row, " "), forged) {
					t.Fatalf("%d begin a line: %q in\n%s", n, row, out.String())
				}
			}
		}
		if !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(out.String(), "│", "")), " "), forged) {
			t.Fatal("the value is gone")
		}
	}
}

func TestAccessSchemaIsThatOfTheReview(t *testing.T) {
	schematest.Compare(t, "schema.json", &Schema, schematest.OfTypes(t, &explain.Review{}, "rollcall access review: report access --output json"))
	var b bytes.Buffer
	if err := escape.JSON(&b, reviewed()); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := schematest.Compile(t, Schema).Validate(doc); err != nil {
		t.Error(err)
	}
}

// large is a review of so many members. Of ten, nine have their access by the rules and
// runs of most others, and one since a run of few.
func large(organizations, members int) *explain.Review {
	r := &explain.Review{Version: explain.ReviewVersion, Total: map[explain.Standing]int{}}
	for o := range organizations {
		one := explain.Reviewed{ID: fmt.Sprintf("org_%02d", o), Slug: fmt.Sprintf("team-%02d", o), Ruled: true}
		for i := range members {
			one.Members = append(one.Members, largeMember(o, i, o*members+i))
			r.Total[one.Members[i].Standing]++
		}
		r.Organizations = append(r.Organizations, one)
	}
	return r
}

func largeMember(o, i, n int) explain.Access {
	a := explain.Access{MembershipID: fmt.Sprintf("orgmem_2NNEqL2nrIRdJ194ndJqA%06d", n), UserID: fmt.Sprintf("user_2NNEqL2nrIRdJ194ndJqA%06d", n),
		Email: fmt.Sprintf("firstname.lastname%d@corp.example", n), Name: "Firstname Lastname", Role: "org:member", Standing: explain.Explained,
		Why: fmt.Sprintf("rule %d: cn=staff-of-team-%02d,ou=groups,dc=corp,dc=example", i%3+1, o), LastSignIn: day(i % 28), LastActive: day(i%28 + 1)}
	run := int64(7 + i%4)
	if i%10 == 9 {
		run = int64(100 + i)
	}
	a.Since = &explain.Since{Run: run, At: *day(int(run % 28)), Action: "add", Role: a.Role, ApprovedBy: "root", Reason: "asked"}
	switch {
	case i == 0 && o < 10:
		a.Standing, a.Why, a.Since = explain.Unexplained, "no rule wants it, and rollcall did not add it", nil
	case i%50 == 1:
		a.Role, a.Admin = "org:admin", true
	}
	return a
}

// A page of 10,000 members can be mailed, and one of 50,000 opens at once; testdata/browser
// opens them. Many organizations of a few members cost about as much by the member.
func TestHTMLOfALargeReview(t *testing.T) {
	suite.OneGoroutine(t)
	for name, page := range map[string]struct {
		review *explain.Review
		most   int
	}{"access": {reviewed(), 50_000}, "access-large": {large(40, 250), 2_000_000}, "access-huge": {large(50, 1000), 8_000_000}, "access-many": {large(500, 10), 1_600_000}} {
		var b bytes.Buffer
		if err := HTML(&b, page.review, facts.Options{At: *day(5), Version: "v1.2.3"}); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", name, b.Len())
		if b.Len() > page.most {
			t.Errorf("%s has %d bytes", name, b.Len())
		}
		if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".html"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
