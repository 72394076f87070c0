package statuspage

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

var browser = flag.String("browser", "", "the script that looks at the page in a browser: check.mjs in the test data of report")

// looks are pages worth looking at, by name.
func looks(t *testing.T) map[string]*Page {
	first := New(config(t))
	held := New(heldConfig(t))
	held.Observe(heldRun())
	failed := New(heldConfig(t))
	failed.Observe(manyRun())
	failed.Observe(&notify.Run{Verb: "apply", Started: noon, Finished: noon.Add(time.Second), Outcome: "failed", ExitCode: 1,
		Err: errors.New("read source corp: ldaps://dc1.corp.example:636: bind as cn=rollcall,ou=services,dc=corp,dc=example: Invalid Credentials; look at bind_password_file")})
	hostile := New(hostileConfig(t))
	hostile.Observe(hostileRun())
	return map[string]*Page{"first": first, "held": held, "failed": failed, "hostile": hostile, "story": story(t), "huge": hugeStory(t)}
}

// storyPages are the other pages, those of story, and hugePages those of hugeStory.
var (
	storyPages = []string{"runs/2", "organizations/org_1", "people/user_ada", "people/cleo@corp.example", "search?q=a", "groups"}
	hugePages  = []string{"runs/2", "runs/3", "runs/3?with=1", "organizations/org_7", "people/user_7", "search?q=p1", "search?q=team", "groups", "groups?page=3&filter=team"}
)

// hugeStory is a page of three runs of a company of 50,000 people: the first adds them,
// the second changes half of them, and in the third thousands wait and are skipped.
func hugeStory(t *testing.T) *Page {
	t.Helper()
	const people, places = 50_000, 500
	c := config(t)
	p := New(c)
	r := grantsRun(mostGrants)
	r.Report.Plan.Organizations = nil
	for i := range places {
		r.Report.Plan.Organizations = append(r.Report.Plan.Organizations, plan.Organization{ID: fmt.Sprintf("org_%d", i), Slug: fmt.Sprintf("team-%03d", i), Members: people / places, Ours: people / places, AdminsBefore: 2})
	}
	for run := range 3 {
		var changes []journal.Change
		for i := 0; i < people; i += run*run + 1 { // all, half, a fifth
			changes = append(changes, hugeChange(run, i, fmt.Sprintf("org_%d", i%places)))
		}
		if run == 2 {
			for i := range 3 * mostWaiters {
				o := &r.Report.Plan.Organizations[i%places]
				one := plan.Change{Action: plan.Remove, Organization: o.ID, UserID: fmt.Sprintf("user_%d", i), Email: fmt.Sprintf("p%d@corp.example", i), From: "org:member", Because: "left: no row in people.csv", State: plan.Ready}
				if one.Hold(plan.Removals); i%3 == 0 {
					one.Skip(plan.Protected)
				}
				o.Changes = append(o.Changes, one)
			}
		}
		r.ID = writeWhole(t, c.State, journal.Run{Waited: memory.WaitedIn(r.Report.Plan, false).Raw()}, changes...)
		p.Observe(r)
	}
	return p
}

func hugeChange(run, i int, organization string) journal.Change {
	c := journal.Change{Action: "add", Organization: organization, UserID: fmt.Sprintf("user_%d", i), Email: fmt.Sprintf("p%d@corp.example", i), Source: "hr", PersonID: fmt.Sprint(i), To: "org:member", Because: "rule 2: staff"}
	switch run {
	case 1:
		c.Action, c.From, c.To = "set_role", "org:member", "org:lead"
	case 2:
		c.Action, c.From, c.To, c.Because = "remove", "org:member", "", "left: no row in people.csv"
	}
	return c
}

func heldConfig(t *testing.T) Config {
	c := config(t)
	writeHistory(t, c.State)
	return c
}

// manyRun has more organizations than are listed, some of them with long names.
func manyRun() *notify.Run {
	r := heldRun()
	for i := range 300 {
		o := plan.Organization{ID: fmt.Sprintf("org_%d", i+10), Slug: fmt.Sprintf("team-%03d", i), Members: i, Ours: i / 2, AdminsBefore: 1}
		if i%50 == 0 {
			o.Slug += "-" + strings.Repeat("a-very-long-slug-", 4)
		}
		r.Report.Plan.Organizations = append(r.Report.Plan.Organizations, o)
	}
	return r
}

// TestInABrowser has the pages looked at in a real one, where somebody asks for it.
func TestInABrowser(t *testing.T) {
	if *browser == "" {
		suite.Skip(t, "-browser", "the pages are looked at in a real one")
	}
	var addresses []string
	pages := looks(t)
	approved, hash := approvable(t, removals("ins_1", 2))
	pages["signed-in"] = approved
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Forwarded-User", "ada") // as a proxy does
		name, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		p := pages[name]
		if p == nil {
			http.NotFound(w, r)
			return
		}
		r.URL.Path = "/" + path
		p.Handler(loopback).ServeHTTP(w, r)
	}))
	defer server.Close()
	for name := range pages {
		addresses = append(addresses, server.URL+"/"+name)
	}
	for name, paths := range map[string][]string{"story": storyPages, "huge": hugePages} {
		for _, path := range paths {
			addresses = append(addresses, server.URL+"/"+name+"/"+path)
		}
	}
	// Another site sends the form first, then the page itself.
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>evil</title><main><h1>A prize</h1><form id="attack" action="%s/signed-in/approve/%s" method="post"><input type="hidden" name="hash" value="%s"><input type="hidden" name="reason" value="not yours"><button>Win</button></form></main></html>`, server.URL, hash, hash)
	}))
	defer evil.Close()
	addresses = append(addresses, evil.URL+"/evil", server.URL+"/signed-in/approve", server.URL+"/signed-in/approve/"+hash)
	c := exec.CommandContext(t.Context(), "node", append([]string{*browser}, addresses...)...)
	c.Dir = t.ArtifactDir()
	out, err := c.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
	if got := approvals(t, approved); len(got) != 1 || got[0].By != "ada" || got[0].Reason != "approved in a browser" {
		t.Errorf("%+v", got)
	}
}
