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
		if n.Data == "small" && n.FirstChild != nil && strings.HasPrefix(n.FirstChild.Data, "user_") {
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

// The page of 10,000 members can be mailed; testdata/browser opens it.
func TestHTMLOfALargeReview(t *testing.T) {
	r := &explain.Review{Version: explain.ReviewVersion, Total: map[explain.Standing]int{explain.Explained: 9_990, explain.Unexplained: 10}}
	for o := range 40 {
		one := explain.Reviewed{ID: fmt.Sprintf("org_%02d", o), Slug: fmt.Sprintf("team-%02d", o), Ruled: true}
		for i := range 250 {
			a := reviewed().Organizations[0].Members[5]
			a.MembershipID = fmt.Sprintf("orgmem_2NNEqL2nrIRdJ194ndJqA%06d", o*1000+i)
			a.UserID, a.Email, a.Name = fmt.Sprintf("user_2NNEqL2nrIRdJ194ndJqA%06d", o*1000+i), fmt.Sprintf("firstname.lastname%d@corp.example", o*1000+i), "Firstname Lastname"
			if o < 10 && i == 0 {
				a.Standing, a.Why, a.Since = explain.Unexplained, "no rule wants it, and rollcall did not add it", nil
			}
			one.Members = append(one.Members, a)
		}
		r.Organizations = append(r.Organizations, one)
	}
	for name, review := range map[string]*explain.Review{"access-large": r, "access": reviewed()} {
		var b bytes.Buffer
		if err := HTML(&b, review, facts.Options{At: *day(5), Version: "v1.2.3"}); err != nil {
			t.Fatal(err)
		}
		if b.Len() > 5_000_000 {
			t.Errorf("%s has %d bytes", name, b.Len())
		}
		if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".html"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
