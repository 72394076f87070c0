package statuspage

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// expect says which texts a page does not have.
func expect(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("no %q in\n%s", w, page)
		}
	}
}

// unexpect says which texts a page has.
func unexpect(t *testing.T, page string, bad ...string) {
	t.Helper()
	for _, b := range bad {
		if strings.Contains(page, b) {
			t.Errorf("%q in\n%s", b, page)
		}
	}
}

// A page that only this machine can ask for names the people who wait, also after a
// restart; one that others can ask for counts them.
func TestPageNamesPeopleOnLoopbackOnly(t *testing.T) {
	c := config(t)
	p := New(c)
	p.Observe(heldRun())
	for _, p := range []*Page{p, New(c)} {
		page := get(t, p, "/")
		expect(t, page, "<details><summary>1 name</summary>", "- ben@corp.example")
		unexpect(t, page, "ada@corp.example", "on a loopback address only")
		everywhere := ask(p, &net.TCPAddr{IP: net.IPv4zero, Port: 4910}, http.MethodGet, "rollcall.corp.example", "/").Body.String()
		expect(t, everywhere, "acme: 1 person would leave", "This page names people on a loopback address only.")
		unexpect(t, everywhere, "@corp.example", "<details>")
	}
}

// What waits beyond the first five is one line until somebody opens it.
func TestManyThingsThatWaitAreFolded(t *testing.T) {
	r := heldRun()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.Report.Plan.Organizations = append(r.Report.Plan.Organizations, plan.Organization{ID: "org_" + name, Slug: name})
		r.Report.Plan.Holds = append(r.Report.Plan.Holds, plan.NewHold(plan.MissingGroup, "org_"+name, "group "+name+" is empty"))
	}
	p := New(config(t))
	p.Observe(r)
	expect(t, get(t, p, "/"), "<h3>d</h3>", "<details><summary>e</summary>", "; 5 more things below.")
}

// failedRun is a run that could not read a source and waits for it in acme.
func failedRun(at time.Time) *notify.Run {
	r := heldRun()
	r.Finished, r.ExitCode, r.Outcome = at, 1, "failed"
	r.Report.Plan.Failures = []plan.Failure{{Source: "corp", Text: "no answer"}}
	r.Report.Plan.Holds = []plan.Hold{plan.NewHold(plan.FailedSource, "org_1", "a source could not be read")}
	return r
}

// The headline says what fails and since when, and when all was well. Another
// source begins anew.
func TestHeadlineNamesTheCause(t *testing.T) {
	p := New(config(t))
	p.Observe(&notify.Run{Verb: "serve", Finished: noon, Report: &sync.Report{Plan: &plan.Plan{}}})
	expect(t, get(t, p, "/"), "The last run ended well.", "<dt>Last good run</dt>")
	p.Observe(failedRun(noon.Add(15 * time.Minute)))
	p.Observe(failedRun(noon.Add(30 * time.Minute)))
	expect(t, get(t, p, "/"), "Source corp cannot be read since 2026-11-24 12:15; its people stay members (acme). Last good run 2026-11-24 12:00.")
	other := failedRun(noon.Add(time.Hour))
	other.Report.Plan.Failures = []plan.Failure{{Organization: "org_2"}}
	p.Observe(other)
	expect(t, get(t, p, "/"), "Organization quiet cannot be read since 2026-11-24 13:00. Last good run")
	other.Report.Plan.Failures = []plan.Failure{{Text: "list invitations: 500"}}
	p.Observe(other)
	expect(t, get(t, p, "/"), "A list of Clerk cannot be read since 2026-11-24 13:00. Last good run")
}

// A run of today is said without the day, in the zone of the schedule.
func TestTimesAreThoseOfTheSchedulesZone(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	c := clock{noon, zone}
	if got := c.brief(noon.Add(-time.Hour)) + " " + c.brief(noon.Add(-24*time.Hour)) + " " + c.moment(noon); got != "12:00 2026-11-23 13:00 2026-11-24 13:00:00 CET" {
		t.Error(got)
	}
	settings := config(t)
	service := settings.Service
	settings.Service = func() Service { s := service(); s.Zone = zone; return s }
	writeHistory(t, settings.State)
	expect(t, get(t, New(settings), "/"), "apply</a> <small>2026-11-24 13:00:00 CET</small>")
}

func TestARunningRunShowsItsProgress(t *testing.T) {
	c := config(t)
	writeHistory(t, c.State)
	now := Service{Name: "prod-eu", Running: time.Now().Add(-5 * time.Second)}
	c.Service = func() Service { return now }
	page := get(t, New(c), "/")
	expect(t, page, "<dd>for 5 seconds; begins ", `class="">running</td>`, "<title>rollcall prod-eu: ", "<h1>rollcall prod-eu</h1>")
	unexpect(t, page, "Next run")
	now.Progress = plan.Progress{Stage: plan.ReadClerk, Unit: plan.Memberships, Done: 1200, Total: 48922}
	expect(t, get(t, New(c), "/"), "for 5 seconds; reads Clerk: 1,200 of 48,922 memberships ")
	now.Running = time.Time{}
	expect(t, get(t, New(c), "/"), `class="">cut off</td>`)
}

// The page refreshes by itself until somebody stops that.
func TestPageRefreshes(t *testing.T) {
	p := New(config(t))
	for path, want := range map[string]string{"/": "30", "/?still": ""} {
		if w := ask(p, loopback, http.MethodGet, "localhost", path); w.Header().Get("Refresh") != want {
			t.Errorf("%s refreshes after %q seconds", path, w.Header().Get("Refresh"))
		}
	}
}

// Each action of the history has a word for people.
func TestChangesAreCountedInWords(t *testing.T) {
	all := map[string]int{}
	for a := plan.Add; a <= plan.RevokeInvitation; a++ {
		all[a.String()] = 1000
	}
	if got := counted(all); got != "1,000 leave, 2,000 join, 1,000 invited, 2,000 change, 1,000 adopted, 1,000 revoked" {
		t.Error(got)
	}
	if got := counted(nil); got != "none" {
		t.Error(got)
	}
	if got := outcomeOf(&journal.Run{Finished: noon, Outcome: "held", ExitCode: 3}, false); got != "waits for approval" {
		t.Error(got)
	}
}
