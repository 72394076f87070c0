package report

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/.ci/suite"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/guard"
	"rollcall/sync/plan"
)

// crowds is a plan in which sets of all sizes wait, each for its own approval.
func crowds(sizes ...int) *sync.Report {
	p := &plan.Plan{Instance: production}
	for i, size := range sizes {
		o := plan.Organization{ID: fmt.Sprintf("org_%d", i), Slug: fmt.Sprintf("team-%d", i), Members: size}
		for j := range size {
			o.Changes = append(o.Changes, plan.Change{Action: plan.Remove, Organization: o.ID, Email: fmt.Sprintf("p%d-%d@corp.example", i, j), From: "org:member", Because: "left: no row in people.csv", State: plan.Ready})
		}
		var set []*plan.Change
		for j := range o.Changes {
			set = append(set, &o.Changes[j])
		}
		p.Holds = append(p.Holds, held(plan.Removals, o.ID, "too many", set...))
		p.Organizations = append(p.Organizations, o)
	}
	return &sync.Report{Plan: p}
}

func markdownOf(t *testing.T, r *sync.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Markdown(&b, r, facts.Options{Kept: true}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A comment takes no more than 65,536 characters, however large the plan is.
func TestMarkdownFitsAComment(t *testing.T) {
	t.Parallel()
	suite.OneGoroutine(t)
	many := &sync.Report{Plan: &plan.Plan{}}
	for i := range 500 {
		many.Plan.Organizations = append(many.Plan.Organizations, plan.Organization{ID: fmt.Sprintf("org_%d", i), Notes: []plan.Note{{Text: strings.Repeat("|", 800)}}})
		many.Plan.Notes = append(many.Plan.Notes, plan.Note{Text: strings.Repeat("*", 800)})
		many.Plan.Failures = append(many.Plan.Failures, plan.Failure{Source: fmt.Sprintf("source %d", i), Text: strings.Repeat("_", 800)})
	}
	for name, r := range map[string]*sync.Report{"10,000 changes": large(10_000), "sets": crowds(1_500, 30, 1_200, 5), "new admins": crowded(true), "notes and failures": many} {
		text := markdownOf(t, r)
		if len(text) > markdownMost {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		if !strings.HasPrefix(text, "<!-- rollcall plan -->\n# rollcall plan\n") {
			t.Errorf("%s begins with %q", name, text[:40])
		}
		if name != "new admins" && !strings.Contains(text, "Left out here, because a comment has limited length") {
			t.Errorf("%s does not say that something is left out", name)
		}
	}
}

// What is cut has no command, and what has one is listed whole (S23).
func TestS23CutMarkdownApprovesOnlyWhatItLists(t *testing.T) {
	r := crowds(1_500, 30, 1_200, 5)
	want := map[string][]string{}
	for _, s := range guard.WaitingSets(r.Plan) {
		if people := peopleOf(&s); len(people) < 100 {
			want[plan.ShortHash(s.Hash)] = people
		}
	}
	text := markdownOf(t, r)
	got := map[string][]string{}
	for block := range strings.SplitSeq(text, "\n## ") {
		if m := approveHash.FindStringSubmatch(block); m != nil {
			people := regexp.MustCompile(`p\d+-\d+@corp\.example`).FindAllString(block, -1)
			slices.Sort(people)
			got[m[1]] = people
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, says := range []string{"length: 2,700 changes.", "rollcall plan --output html > plan.html", "1,500 leave"} {
		if !strings.Contains(text, says) {
			t.Errorf("the report has no %q", says)
		}
	}
}

func peopleOf(s *guard.WaitingSet) []string {
	var people []string
	for _, c := range s.Changes() {
		people = append(people, c.Email)
	}
	slices.Sort(people)
	return people
}

// A small plan is whole and says nothing of a limit; a long list is folded, closed
// where nobody leaves.
func TestMarkdownFoldsLongLists(t *testing.T) {
	r := crowds(30)
	o := plan.Organization{ID: "org_x", Slug: "joiners"}
	for i := range 21 {
		o.Changes = append(o.Changes, plan.Change{Action: plan.Add, Organization: o.ID, Email: fmt.Sprintf("new%d@corp.example", i), To: "org:member", Because: "rule 1: staff", State: plan.Ready})
	}
	r.Plan.Organizations = append(r.Plan.Organizations, o)
	text := markdownOf(t, r)
	for _, want := range []string{"<details open><summary>30 leave</summary>\n\n|", "<details><summary>21 join</summary>\n\n|"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Left out") || strings.Contains(markdownOf(t, crowds(5)), "<details") {
		t.Error("a small plan is cut or folded")
	}
}

// The name of an organization is text in every place of a document (S35).
func TestS35OrganizationsOfDocumentsAreText(t *testing.T) {
	const name = `x"><img src=x onerror=a> | [a](b) <script>`
	r := crowds(30, 5)
	for i := range r.Plan.Organizations {
		r.Plan.Organizations[i].Slug = name
		r.Plan.Organizations[i].Changes = append(r.Plan.Organizations[i].Changes, plan.Change{Action: plan.Add, Organization: r.Plan.Organizations[i].ID, Email: "a@corp.example", To: "org:member", State: plan.Ready})
	}
	var page bytes.Buffer
	if err := HTML(&page, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "<script"); n != 1 || strings.Contains(page.String(), "<img") {
		t.Errorf("the page has %d scripts, or a picture", n)
	}
	for id, n := range anchorsOf(page.String()) {
		if n != 1 || !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(id) {
			t.Errorf("%d elements have the id %q", n, id)
		}
	}
	for _, s := range append(fromMarkdown(t, []byte(markdownOf(t, r))), fromHTML(t, page.Bytes())...) {
		if s.Organization != name {
			t.Errorf("a change is in %q", s.Organization)
		}
	}
}

func anchorsOf(page string) map[string]int {
	ids := map[string]int{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		ids[m[1]]++
	}
	return ids
}

// Each link of a page leads to a place of the page, and each organization has one.
func TestLinksOfThePageLeadSomewhere(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*sync.Report{"large": large(1_000), "sets": crowds(30, 5), "crowded": crowded(false)} {
		var b bytes.Buffer
		if err := HTML(&b, r, facts.Options{Kept: true}); err != nil {
			t.Fatal(err)
		}
		ids := anchorsOf(b.String())
		links := regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(b.String(), -1)
		for _, m := range links {
			if ids[strings.TrimPrefix(m[1], "#")] != 1 {
				t.Errorf("%s: %s leads nowhere", name, m[1])
			}
		}
		for i := range r.Plan.Organizations {
			if o := &r.Plan.Organizations[i]; len(o.Changes) > 0 && ids["o-"+o.Label()] != 1 {
				t.Errorf("%s: %s has no place", name, o.Label())
			}
		}
	}
}
