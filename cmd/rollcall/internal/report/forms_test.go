package report

import (
	"bytes"
	stdcmp "cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	markdownhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"rollcall/.ci/suite"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// said is one change as a form says it.
type said struct{ Organization, State, Symbol, Who, What, Why string }

func sorted(all []said) []said {
	slices.SortFunc(all, func(a, b said) int { return stdcmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// meant are the changes that a plan says in every form.
func meant(plan *plan.Plan) []said {
	var out []said
	p := facts.New(&sync.Report{Plan: plan}, facts.Options{})
	for o, c := range plan.Changes() {
		out = append(out, said{o.Label(), string(c.State), c.Action.Symbol(), strings.TrimSpace(facts.Person(c)), strings.TrimSpace(facts.Change(c)), strings.TrimSpace(p.Reason(c, known(c)))})
	}
	return sorted(out)
}

// known are the reasons that stand above a change that waits, also where a form
// has them as text only.
func known(c *plan.Change) plan.Reasons {
	if c.State == plan.Held {
		c.Why = ""
	}
	return c.Reasons
}

// fromJSON, fromCSV, fromMarkdown, fromHTML and fromText read a form back as a
// program, a spreadsheet, GitHub, a browser and a person do.

func fromJSON(t require, out []byte) []said {
	plan, err := ReadPlan(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return meant(plan)
}

func fromCSV(t require, out []byte) []said {
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{}
	for _, row := range rows[1:] {
		for i := range row {
			if strings.ContainsAny(row[i][:min(1, len(row[i]))], "=+-@") {
				t.Fatal("a formula: ", row[i])
			}
			parts := strings.Split(row[i], ";")
			for j := range parts {
				parts[j] = strings.TrimPrefix(parts[j], "'")
			}
			row[i] = strings.Join(parts, ";")
		}
		if row[0] != "change" {
			continue
		}
		var action plan.Action
		if err := action.UnmarshalText([]byte(row[4])); err != nil {
			t.Fatal(err)
		}
		p.Organizations = append(p.Organizations, plan.Organization{Slug: row[2], ID: row[3], Changes: []plan.Change{{
			State: plan.State(row[1]), Action: action, Email: row[5], UserID: row[6], Name: row[7], Source: row[8], ID: row[9],
			From: row[10], To: row[11], Admin: plan.AdminEffect(row[12]),
			Public: plan.JSON(row[13]), PublicBefore: plan.JSON(row[14]), Private: plan.JSON(row[15]), PrivateBefore: plan.JSON(row[16]), Because: row[17], Why: row[18]}}})
	}
	return meant(p)
}

func fromMarkdown(t require, out []byte) []said {
	var page bytes.Buffer
	github := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(markdownhtml.WithUnsafe()))
	if err := github.Convert(out, &page); err != nil {
		t.Fatal(err)
	}
	return fromPage(t, page.Bytes(), "h3")
}

func fromHTML(t require, out []byte) []said { return fromPage(t, out, "caption") }

// fromPage reads the tables of changes, whose states stand in the elements named.
func fromPage(t require, out []byte, heading string) []said {
	root, err := html.Parse(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{"Changes": "ready", "Skipped": "skipped"}
	var all []said
	organization, state := "", ""
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "h2":
			organization = words(n)
		case n.Data == heading:
			word, _, _ := strings.Cut(words(n), ":")
			if place, waits := strings.CutPrefix(word, "Waiting in "); waits {
				organization, state = place, "held"
				continue
			}
			state = states[word]
		case n.Data == "img" || n.Data == "iframe":
			t.Fatal("a picture or a frame in the page")
		case n.Data == "tr" && state != "":
			var cells []string
			for cell := range n.ChildNodes() {
				if cell.Data == "td" {
					cells = append(cells, firstText(cell))
				}
			}
			if len(cells) == 4 {
				symbol, _, _ := strings.Cut(strings.Replace(cells[0], "−", "-", 1), " ")
				all = append(all, said{organization, state, symbol, cells[1], cells[2], cells[3]})
			}
		}
	}
	return sorted(all)
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// firstText is the cell without the name and the id that follow.
func firstText(n *html.Node) string {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (d.Data == "i" || d.Data == "small") {
			d.FirstChild.Data = ""
		}
	}
	return words(n)
}

var (
	headingLine = regexp.MustCompile(`^(\S+): \d+ .*\d+ admins?`)
	waitingLine = regexp.MustCompile(`^(?:\d+\. )?(\S+): .* would `)
	placeLine   = regexp.MustCompile(`^ {5}(\S+)$`) // in a set of several organizations
	changeLine  = regexp.MustCompile(`^ {2,5}([+~-]) (.*)$`)
	columns     = regexp.MustCompile(` {2,}`)
)

func fromText(_ require, out []byte) []said {
	var all []said
	organization, state := "", ""
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		if m := headingLine.FindStringSubmatch(line); m != nil {
			organization, state = m[1], "ready"
		}
		if m := waitingLine.FindStringSubmatch(line); m != nil {
			organization, state = m[1], "held"
		}
		if m := placeLine.FindStringSubmatch(line); m != nil {
			organization, state = m[1], "held"
		}
		if strings.HasPrefix(line, "  skipped:") {
			state = "skipped"
		}
		if m := changeLine.FindStringSubmatch(line); m != nil {
			cells := columns.Split(m[2], 3)
			all = append(all, said{organization, state, m[1], cells[0], cells[1], cells[2]})
		}
	}
	return sorted(all)
}

// require is what a test and a property have in common.
type require interface {
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

// forms are the forms of a report, with what reads them back.
var forms = map[string]struct {
	write func(*bytes.Buffer, *sync.Report) error
	read  func(require, []byte) []said
}{
	"text":     {func(b *bytes.Buffer, r *sync.Report) error { return Text(b, r, facts.Options{}) }, fromText},
	"json":     {func(b *bytes.Buffer, r *sync.Report) error { return JSON(b, r) }, fromJSON},
	"csv":      {func(b *bytes.Buffer, r *sync.Report) error { return CSV(b, r) }, fromCSV},
	"markdown": {func(b *bytes.Buffer, r *sync.Report) error { return Markdown(b, r, facts.Options{}) }, fromMarkdown},
	"html":     {func(b *bytes.Buffer, r *sync.Report) error { return HTML(b, r, facts.Options{}) }, fromHTML},
}

// anyReport draws a report whose values are drawn from value; what stands in
// the text between columns has to be plainer than what the other forms take.
func anyReport(t *rapid.T, value *rapid.Generator[string]) *sync.Report {
	change := rapid.Custom(func(t *rapid.T) plan.Change {
		c := plan.Change{
			Action: plan.Action(rapid.IntRange(int(plan.Add), int(plan.RevokeInvitation)).Draw(t, "action")),
			Email:  value.Draw(t, "email"), UserID: value.Draw(t, "user"), Name: value.Draw(t, "name"),
			From: value.Draw(t, "from"), To: value.Draw(t, "to"), Because: value.Draw(t, "because"),
			State: rapid.SampledFrom([]plan.State{plan.Ready, plan.Held, plan.Skipped}).Draw(t, "state"),
		}
		switch c.State {
		case plan.Held:
			c.State = plan.Ready
			c.Hold(rapid.SampledFrom([]plan.Reason{plan.Removals, plan.FailedSource}).Draw(t, "reason"))
		case plan.Skipped:
			c.Why = value.Draw(t, "why")
		case plan.Ready:
		}
		if err := c.Public.UnmarshalJSON(fmt.Appendf(nil, `{"key":%q}`, value.Draw(t, "key"))); err != nil {
			c.Public = `{"key":1}` // Go quotes what JSON does not
		}
		return c
	})
	r := &sync.Report{Plan: &plan.Plan{Version: plan.PlanVersion}}
	for i := range rapid.IntRange(1, 3).Draw(t, "organizations") {
		id := fmt.Sprintf("org_%d", i)
		o := plan.Organization{ID: id, Changes: rapid.SliceOfN(change, 1, 6).Draw(t, "changes"), Notes: []plan.Note{{Text: value.Draw(t, "note")}}}
		r.Plan.Organizations = append(r.Plan.Organizations, o)
		for j := range o.Changes {
			o.Changes[j].Organization = id
		}
		r.Plan.Holds = append(r.Plan.Holds, holdsOf(&o, value.Draw(t, "hold"))...)
	}
	return r
}

// holdsOf are the holds of what waits in an organization.
func holdsOf(o *plan.Organization, text string) []plan.Hold {
	var guarded, blocked []*plan.Change
	for i := range o.Changes {
		switch c := &o.Changes[i]; {
		case c.HeldByGuard():
			guarded = append(guarded, c)
		case c.State == plan.Held:
			blocked = append(blocked, c)
		}
	}
	var holds []plan.Hold
	if len(guarded) > 0 {
		h := plan.NewHold(plan.Removals, o.ID, text)
		h.Approval = plan.ApprovalHash("", guarded)
		holds = append(holds, h)
	}
	if len(blocked) > 0 {
		holds = append(holds, plan.NewHold(plan.FailedSource, o.ID, text))
	}
	return holds
}

// Whatever form a plan takes, it says the same changes.
func TestEachFormSaysTheSameChanges(t *testing.T) {
	plain := rapid.StringMatching(`[a-z@.:_|*+-]{0,4}[a-z]{1,5}`)
	spiteful := rapid.OneOf(rapid.String(), plain, rapid.SampledFrom([]string{strings.ToValidUTF8(attack, ""), "=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "<script>alert(1)</script>", "a|b", `a\|b`, "`", "``x`",
		"![x](https://evil.example/x.png)", "[x](javascript:x)", "@everyone", "https://evil.example", "</td></table>", "&lt;b&gt;", "--> <b>", "*a*", "_a_", "~~a~~", "# a", "a\n\n# b", "<!--"}))
	for name, form := range forms {
		value := spiteful
		if name == "text" {
			value = plain
		}
		same := func(t require, r *sync.Report) {
			var b bytes.Buffer
			if err := form.write(&b, r); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(meant(r.Plan), form.read(t, b.Bytes())); diff != "" {
				t.Errorf("%s:\n%s\n%s", name, diff, b.String())
			}
		}
		t.Run(name, func(t *testing.T) {
			same(t, oneCause())
			rapid.Check(t, func(t *rapid.T) { same(t, anyReport(t, value)) })
		})
	}
}

// oneCause is a report in which two organizations wait for the same source.
func oneCause() *sync.Report {
	r := &sync.Report{Plan: &plan.Plan{Version: plan.PlanVersion}}
	for _, id := range []string{"org_1", "org_2"} {
		c := plan.Change{Action: plan.Remove, Organization: id, Email: "ada@corp.example", From: "org:member", Because: "left"}
		c.Hold(plan.FailedSource)
		o := plan.Organization{ID: id, Changes: []plan.Change{c}}
		r.Plan.Organizations, r.Plan.Holds = append(r.Plan.Organizations, o), append(r.Plan.Holds, holdsOf(&o, "hr is not there")...)
	}
	return r
}

// A page of 10,000 changes is small enough to be mailed. testdata/browser
// opens what this leaves among the artifacts.
func TestHTMLOfALargePlan(t *testing.T) {
	t.Parallel()
	suite.OneGoroutine(t)
	var b bytes.Buffer
	if err := HTML(&b, large(10_000), facts.Options{At: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Version: "v1.2.3"}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 5_000_000 {
		t.Errorf("the page of 10,000 changes has %d bytes", b.Len())
	}
	keep(t, "large.html", b.Bytes())
}

// keep leaves a page among the test's artifacts.
func keep(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHTMLOfEachFixture(t *testing.T) {
	for name, r := range fixtures() {
		var b bytes.Buffer
		if err := HTML(&b, r, facts.Options{Flags: []string{"--config", "my config.yaml"}, Kept: true}); err != nil {
			t.Fatal(err)
		}
		keep(t, name+".html", b.Bytes())
	}
}

// large is a plan of n changes, half of them in one organization.
func large(n int) *sync.Report {
	r := &sync.Report{Plan: &plan.Plan{Version: plan.PlanVersion, Instance: production, Sources: sourceSummaries()}}
	for i := range 41 {
		o := plan.Organization{ID: fmt.Sprintf("org_2NNEqL2nrIRdJ194ndJqAHw%02d", i), Slug: fmt.Sprintf("team-%02d", i), Name: fmt.Sprintf("The team of floor %d", i), Members: 400, AdminsBefore: 2, AdminsAfter: 2}
		size := n / 80
		if i == 0 {
			size = n / 2
		}
		for j := range size {
			o.Changes = append(o.Changes, largeChange(o.ID, i*n+j))
		}
		if i%10 == 3 {
			var removals []*plan.Change
			for j := range o.Changes {
				if c := &o.Changes[j]; c.Action == plan.Remove {
					removals = append(removals, c)
				}
			}
			h := held(plan.Removals, o.ID, "40 removals of 400 members; limit: more than 5 people", removals...)
			h.Limit, h.Figure = 5, 40
			r.Plan.Holds = append(r.Plan.Holds, h)
		}
		r.Plan.Organizations = append(r.Plan.Organizations, o)
	}
	return r
}

func largeChange(organization string, i int) plan.Change {
	c := plan.Change{Action: plan.Add, Organization: organization, UserID: fmt.Sprintf("user_2NNEqL2nrIRdJ194ndJqA%06d", i), Email: fmt.Sprintf("firstname.lastname%d@corp.example", i), Name: fmt.Sprintf("Firstname Lastname %d", i),
		Source: "corp", ID: fmt.Sprint(i), To: "org:member", Public: `{"department":"Research and Development","floor":3}`, Because: "rule 2: cn=staff-of-the-team,ou=groups,dc=corp,dc=example → cn=nested,ou=groups,dc=corp,dc=example", State: plan.Ready}
	switch i % 4 {
	case 1:
		c.Action, c.From, c.To, c.Public = plan.SetRole, "org:member", "org:admin", ""
	case 2:
		c.Action, c.From, c.To, c.Public = plan.Remove, "org:member", "", ""
	case 3:
		c.Action, c.To, c.PublicBefore = plan.SetMetadata, "", `{"department":"Sales"}`
	}
	return c
}
