package statuspage

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync/assign"
	"rollcall/sync/plan"
)

// grantsRun is a run that knows what so many groups give, the largest first.
func grantsRun(n int) *notify.Run {
	r := heldRun()
	r.Report.Grants = []assign.Grant{
		{Source: "hr", Group: "staff", Rule: 2, Organization: "org_1", Role: "org:member", People: 12345, Outranked: 3},
		{Source: "hr", Group: "leads", Rule: 1, Organization: "org_1", Role: "org:admin", People: 9},
		{Source: "files", Organization: "org_2", Role: "org:member", People: 8},
		{Source: "corp", Group: "lost", Rule: 3, Organization: "acne", Role: "org:member", People: 7},
		{Source: "corp", Group: "old-team", Rule: 4},
	}
	for i := range n {
		r.Report.Grants = append(r.Report.Grants, assign.Grant{Source: "corp", Group: fmt.Sprintf("team-%04d", i), Rule: 5, Organization: "org_2", Role: "org:member"})
	}
	return r
}

// The page says of each group what its people get, where and by which rule; also after
// a restart, and at an address for others, since it names nobody.
func TestPageOfGroups(t *testing.T) {
	c := config(t)
	before := New(c)
	expect(t, get(t, before, "/groups"), "Not known before the first run that has read everything.")
	before.Observe(grantsRun(0))
	expect(t, get(t, before, "/"), `<a href="./groups">Which group gives what</a>`)
	expect(t, get(t, before, "/organizations/org_1"), `<a href="../groups?filter=org_1">Which groups lead here</a>`)
	for _, p := range []*Page{before, New(c)} {
		page := get(t, p, "/groups")
		expect(t, page, "1 to 5 of 5, the largest first.", "as of the run that ended 2026-11-24 12:00:03 UTC",
			`<tr><th scope="row">staff <small>hr</small></th><td data-name="Organization"><a href="./organizations/org_1">acme</a></td><td data-name="Role">org:member</td><td data-name="By">rule 2</td><td data-name="People">12,345 <small>3 have another role by a higher rule</small></td></tr>`,
			`<th scope="row">rows of files</th><td data-name="Organization"><a href="./organizations/org_2">quiet</a>`, `<td data-name="By">the row</td>`,
			`acne <span class="held">not in Clerk</span>`, `<span class="held">leads nowhere</span>`)
		unexpect(t, page, "<nav")
	}
	expect(t, get(t, before, "/groups?filter=LEADS"), "1 to 1 of 1,", ">leads <small>", `value="LEADS"`)
	expect(t, get(t, before, "/groups?filter=org_1"), "1 to 2 of 2,")
	expect(t, get(t, before, "/groups?filter=admin"), "1 to 1 of 1,")
	expect(t, get(t, before, "/groups?filter=nothing"), "<p>None.</p>")
	w := ask(before, everywhere, http.MethodGet, "rollcall.corp.example", "/groups")
	expect(t, w.Body.String(), ">staff <small>")
	unexpect(t, w.Body.String(), "@corp.example")
}

// Thousands of groups come in pages, and what is kept is bounded and says so.
func TestGroupsComeInPages(t *testing.T) {
	p := New(config(t))
	p.Observe(grantsRun(mostGrants + 15))
	first := get(t, p, "/groups")
	expect(t, first, "1 to 200 of 5,000, the largest first. 20 smaller ones are not kept here.", "Page 1 of 25.", `<a href="./groups?page=2&amp;filter=" rel="next">`)
	unexpect(t, first, `rel="prev"`)
	last := get(t, p, "/groups?page=25")
	expect(t, last, "4,801 to 5,000 of 5,000", "team-4994", `<a href="./groups?page=24&amp;filter=" rel="prev">`)
	unexpect(t, last, `rel="next"`, "team-0001")
	for path, want := range map[string]string{"/groups?page=0": "1 to 200", "/groups?page=-3": "1 to 200", "/groups?page=x": "1 to 200", "/groups?page=99": "4,801 to 5,000", "/groups?page=99999999999999999999": "4,801 to 5,000"} {
		expect(t, get(t, p, path), want)
	}
	expect(t, get(t, p, "/groups?filter=team-0&page=2"), "201 to 400 of 1,000", "filter=team-0")
	if n := strings.Count(first, "<tr>"); n != shownGrants+1 {
		t.Errorf("%d rows", n)
	}
}

// Groups, organizations and roles have names that others give (S35). A part of a plan
// changes nothing about the page.
func TestS35HostileGroups(t *testing.T) {
	p := New(config(t))
	r := grantsRun(0)
	evil := attack + `"/../?#&`
	r.Report.Plan.Organizations = append(r.Report.Plan.Organizations, plan.Organization{ID: evil, Slug: evil})
	r.Report.Grants = []assign.Grant{{Source: evil, Group: evil, Organization: evil, Role: evil, People: 1}, {Source: evil, Group: evil, Organization: "x" + evil, Role: evil}}
	for range shownGrants {
		r.Report.Grants = append(r.Report.Grants, r.Report.Grants[0])
	}
	p.Observe(r)
	part := grantsRun(0)
	part.Part = true
	p.Observe(part)
	for _, path := range []string{"/groups", "/groups?filter=" + url.QueryEscape(strings.ToValidUTF8(evil, "")), "/groups?filter=script"} {
		page := get(t, p, path)
		for _, bad := range []string{"<script", "<img", "\u202e", "\x1b", "\xff", `%22/../?#`, "&filter=<"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: %q in\n%s", path, bad, page)
			}
		}
	}
	expect(t, get(t, p, "/groups?filter=script"), "1 to 200 of 202")
}
