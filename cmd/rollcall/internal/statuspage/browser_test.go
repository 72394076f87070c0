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
	return map[string]*Page{"first": first, "held": held, "failed": failed, "hostile": hostile, "story": story(t)}
}

// storyPages are the other pages, those of story.
var storyPages = []string{"runs/2", "organizations/org_1", "people/user_ada", "people/cleo@corp.example", "search?q=a", "groups"}

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
	for _, path := range storyPages {
		addresses = append(addresses, server.URL+"/story/"+path)
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
