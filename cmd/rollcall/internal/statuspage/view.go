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
	Unlisted bool     // more waits than is listed
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

// pastRun is a run of the history.
type pastRun struct {
	ID                              int64
	Verb, Started, Outcome, Changes string
	Took                            string
	Class                           string
}

// view is the page as it is now.
func (p *Page) view(ctx context.Context, now time.Time) *view {
	service, history := p.config.Service(), p.history(ctx)
	last, whole := cmp.Or(p.last.Load(), history.last), cmp.Or(p.whole.Load(), history.whole)
	v := &view{Style: template.HTML("<style>" + style + "</style>"), // our own files
		Made: report.Moment(now) + " by rollcall " + report.Escape(p.config.Version)}
	v.summarize(service, history, last, now)
	if service.Trouble != "" {
		v.Problems = append(v.Problems, report.OneLine(service.Trouble))
	}
	if last != nil {
		v.show(last)
	}
	if whole != nil {
		if last == nil || last.Digest == nil { // what waited before it failed still does
			v.wait(whole.Digest)
		}
		v.Organizations, v.More = whole.Organizations, whole.More
		v.Seen = "as of the run that ended " + report.Moment(whole.Finished)
	}
	for _, pause := range history.pauses {
		v.Apart = append(v.Apart, pauseText(&pause, whole))
	}
	for _, q := range service.Quarantined {
		v.Apart = append(v.Apart, report.OneLine(fmt.Sprintf("%s %s failed repeatedly and is tried again %s; until then whoever has left stays a member: %s",
			q.What, q.Name, report.Moment(q.Until), q.Reason)))
	}
	for i := range history.runs {
		v.Runs = append(v.Runs, newPastRun(&history.runs[i]))
	}
	v.Unread = p.unread(history)
	return v
}

// unread says why there is no history to show; empty when there is.
func (p *Page) unread(history *past) string {
	switch {
	case history.err != nil:
		return report.Escape(history.err.Error())
	case p.config.State == "":
		return "There is no state directory, so there is no history."
	case len(history.runs) == 0:
		return "No run has been written down yet."
	}
	return ""
}

// show adds what the last run found.
func (v *view) show(last *outcome) {
	if last.Problem != "" {
		v.Problems = append(v.Problems, last.Problem)
	}
	if last.Digest == nil {
		return
	}
	v.Problems = append(v.Problems, last.Digest.Problems...)
	v.wait(last.Digest)
}

// wait adds what is held.
func (v *view) wait(d *report.Digest) {
	for _, s := range d.Sections {
		if len(s.Holds) > 0 || len(s.Ways) > 0 {
			v.Waits = append(v.Waits, s)
		}
	}
	v.Unlisted = d.More > 0 && len(v.Waits) == len(d.Sections)
}

// summarize says how things stand.
func (v *view) summarize(service Service, history *past, last *outcome, now time.Time) {
	v.State = state{"", "No run has ended yet."}
	if last != nil {
		v.State = stateOf(last.ExitCode)
	} else if i := slices.IndexFunc(history.runs, func(r journal.Run) bool { return !r.Finished.IsZero() && r.Undoes == 0 }); i >= 0 {
		v.State = stateOf(history.runs[i].ExitCode)
	}
	if !service.Running.IsZero() {
		v.fact("Running since", service.Running, now)
	}
	if last != nil {
		v.fact("Last run", last.Finished, now)
		if d := last.Digest; d != nil {
			v.Facts = append(v.Facts, fact{Name: "Result", Text: d.Headline}, fact{Name: "Checked", Text: strings.TrimPrefix(d.Checked, "Checked ")})
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

// stateOf is what an exit code says of how things stand.
func stateOf(exitCode int) state {
	r := notify.Run{ExitCode: exitCode}
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
		p.Class = stateOf(r.ExitCode).Class
	}
	return p
}

func pauseText(p *journal.Pause, whole *outcome) string {
	what := "everything"
	if p.Organization != "" {
		what = whole.name(p.Organization)
	}
	return report.Escape(fmt.Sprintf("%s is paused since %s by %s: %s", what, report.Moment(p.Since), p.By, p.Reason))
}
