package statuspage

import (
	"cmp"
	"context"
	_ "embed" // the page's parts
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
	"rollcall/sync/journal"
)

var (
	//go:embed status.html
	pageText string
	//go:embed status.css
	pageStyle string

	page = template.Must(template.New("status").Parse(pageText))

	style = report.Style() + pageStyle
	// policy allows the page its own style, by its hash, and nothing else.
	policy = "default-src 'none'; style-src " + report.SourceHash(style) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// view is the page at one moment. Its texts are free of control characters and
// their like (S35).
type view struct {
	Style    template.HTML
	State    state
	Facts    []fact
	Problems []string
	Waits    []report.Section
	Apart    []string // what is paused, or tried less often
	// Seen says which run the organizations are shown as of.
	Seen          string
	Organizations []organization
	More          int
	Runs          []pastRun
	Unread        string // why the history is not shown
	Made          string
}

// state is the answer to what a visitor wants to know, in a sentence.
type state struct{ Class, Text string }

// fact is a line of the summary. Exact stands beside Text where that is rounded.
type fact struct{ Name, Text, Exact string }

// organization is what a whole plan shows of one.
type organization struct {
	Name, Members, Done, Waits string
	rank                       int // those that wait first, then those that changed
}

// pastRun is a run of the history.
type pastRun struct {
	ID                              int64
	Verb, Started, Outcome, Changes string
	Took                            string
	Class                           string
}

// shownOrganizations is how many are listed.
const shownOrganizations = 200

func newOutcome(r *notify.Run) *outcome {
	o := &outcome{run: *r}
	if r.Report != nil {
		d := report.NewDigest(r.Report, r.Options, 0)
		o.digest = &d
		o.organizations = listed(r.Report)
		o.more = max(0, len(o.organizations)-shownOrganizations)
		o.organizations = o.organizations[:len(o.organizations)-o.more]
	}
	o.run.Report = nil
	return o
}

// listed are the organizations of a plan, those first where something waits.
func listed(r *sync.Report) []organization {
	done := map[string]map[string]int{}
	for i := range r.Outcomes {
		c := &r.Outcomes[i].Change
		if r.Outcomes[i].Result != sync.Done {
			continue
		}
		if done[c.Organization] == nil {
			done[c.Organization] = map[string]int{}
		}
		done[c.Organization][c.Action.String()]++
	}
	var out []organization
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		out = append(out, newOrganization(o, done[o.ID], heldBy(r.Plan, o.ID)))
	}
	slices.SortStableFunc(out, func(a, b organization) int { return cmp.Or(a.rank-b.rank, strings.Compare(a.Name, b.Name)) })
	return out
}

func newOrganization(o *sync.OrganizationPlan, done map[string]int, guards []string) organization {
	waits := 0
	for i := range o.Changes {
		if o.Changes[i].State == sync.Held {
			waits++
		}
	}
	out := organization{Name: report.Escape(o.Label()), rank: 2,
		Members: fmt.Sprintf("%d, %d ours, %s", o.Members, o.Ours, report.Count(o.AdminsBefore, "admin"))}
	if len(done) > 0 {
		out.Done, out.rank = report.Counted(done), 1
	}
	if waits > 0 || len(guards) > 0 {
		out.Waits, out.rank = report.Count(waits, "change")+" ("+strings.Join(guards, ", ")+")", 0
	}
	return out
}

// heldBy names what holds an organization.
func heldBy(p *sync.Plan, id string) []string {
	var guards []string
	for _, h := range p.Holds {
		if (h.Organization == id || h.Organization == "") && !slices.Contains(guards, h.Guard) {
			guards = append(guards, report.Escape(h.Guard))
		}
	}
	return guards
}

// view is the page as it is now.
func (p *Page) view(ctx context.Context, now time.Time) *view {
	service, history, last, whole := p.config.Service(), p.history(ctx), p.last.Load(), p.whole.Load()
	v := &view{Style: template.HTML("<style>" + style + "</style>"), // our own files
		Made: report.Moment(now) + " by rollcall " + report.Escape(p.config.Version)}
	v.summarize(service, history, last, now)
	if last != nil {
		v.show(last)
	}
	if whole != nil {
		v.Organizations, v.More = whole.organizations, whole.more
		v.Seen = "as of the run that ended " + report.Moment(whole.run.Finished)
	}
	for _, pause := range history.pauses {
		v.Apart = append(v.Apart, pauseText(&pause))
	}
	for _, q := range service.Quarantined {
		v.Apart = append(v.Apart, report.Escape(fmt.Sprintf("%s %s failed repeatedly and is tried again %s: %s", q.What, q.Name, report.Moment(q.Until), q.Reason)))
	}
	for i := range history.runs {
		v.Runs = append(v.Runs, newPastRun(&history.runs[i]))
	}
	switch {
	case history.err != nil:
		v.Unread = report.Escape(history.err.Error())
	case p.config.State == "":
		v.Unread = "There is no state directory, so there is no history."
	}
	return v
}

// show adds what the last run found.
func (v *view) show(last *outcome) {
	if last.run.Err != nil {
		v.Problems = append(v.Problems, report.Escape(last.run.Err.Error()))
	}
	if last.digest == nil {
		return
	}
	v.Problems = append(v.Problems, last.digest.Problems...)
	for _, s := range last.digest.Sections {
		if len(s.Holds) > 0 || len(s.Ways) > 0 {
			v.Waits = append(v.Waits, s)
		}
	}
}

// summarize says how things stand.
func (v *view) summarize(service Service, history *past, last *outcome, now time.Time) {
	v.State = state{"", "No run has ended yet."}
	if last != nil {
		v.State = stateOf(&last.run)
	} else if i := slices.IndexFunc(history.runs, func(r journal.Run) bool { return !r.Finished.IsZero() && r.Undoes == 0 }); i >= 0 {
		v.State = stateOf(&notify.Run{ExitCode: history.runs[i].ExitCode})
	}
	if !service.Running.IsZero() {
		v.fact("Running", service.Running, now)
	}
	if last != nil {
		v.fact("Last run", last.run.Finished, now)
		if d := last.digest; d != nil {
			v.Facts = append(v.Facts, fact{Name: "It said", Text: d.Headline}, fact{Name: "It saw", Text: strings.TrimPrefix(d.Checked, "Checked ")})
		}
	}
	v.fact("Next run", service.Next, now)
	if service.Schedule != "" {
		v.Facts = append(v.Facts, fact{Name: "Schedule", Text: report.Escape(service.Schedule)})
	}
	v.fact("Service since", service.Started, now)
}

func (v *view) fact(name string, at, now time.Time) {
	if at.IsZero() {
		v.Facts = append(v.Facts, fact{Name: name, Text: "none"})
		return
	}
	v.Facts = append(v.Facts, fact{name, humanize.RelTime(at, now, "ago", "from now"), report.Moment(at)})
}

func stateOf(r *notify.Run) state {
	switch {
	case r.Failed():
		return state{"bad", "The last run failed."}
	case r.Interrupted():
		return state{"", "The last run was interrupted."}
	case r.Held():
		return state{"held", "Changes wait for somebody."}
	}
	return state{"good", "The last run ended well."}
}

func newPastRun(r *journal.Run) pastRun {
	p := pastRun{ID: r.ID, Verb: report.Escape(r.Verb), Started: report.Moment(r.Started), Outcome: "unfinished", Changes: report.Counted(r.Changes)}
	if !r.Finished.IsZero() {
		p.Outcome, p.Took = report.Escape(r.Outcome), r.Finished.Sub(r.Started).Round(time.Second).String()
		p.Class = stateOf(&notify.Run{ExitCode: r.ExitCode}).Class
	}
	return p
}

func pauseText(p *journal.Pause) string {
	what := "everything"
	if p.Organization != "" {
		what = p.Organization
	}
	return report.Escape(fmt.Sprintf("%s is paused since %s by %s: %s", what, report.Moment(p.Since), p.By, p.Reason))
}
