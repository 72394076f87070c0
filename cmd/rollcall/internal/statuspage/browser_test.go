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

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync"
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
	return map[string]*Page{"first": first, "held": held, "failed": failed, "hostile": hostile}
}

func heldConfig(t *testing.T) Config {
	c := config(t)
	history(t, c.State)
	return c
}

// manyRun has more organizations than are listed, some of them with long names.
func manyRun() *notify.Run {
	r := heldRun()
	for i := range 300 {
		o := sync.OrganizationPlan{ID: fmt.Sprintf("org_%d", i+10), Slug: fmt.Sprintf("team-%03d", i), Members: i, Ours: i / 2, AdminsBefore: 1}
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
		t.Skip("needs -browser")
	}
	var addresses []string
	pages := looks(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := pages[strings.TrimPrefix(r.URL.Path, "/")]
		if p == nil {
			http.NotFound(w, r)
			return
		}
		r.URL.Path = "/"
		p.Handler(loopback).ServeHTTP(w, r)
	}))
	defer server.Close()
	for name := range pages {
		addresses = append(addresses, server.URL+"/"+name)
	}
	c := exec.CommandContext(t.Context(), "node", append([]string{*browser}, addresses...)...)
	c.Dir = t.ArtifactDir()
	out, err := c.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
