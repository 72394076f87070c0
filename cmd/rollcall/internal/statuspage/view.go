package statuspage

import (
	"cmp"
	"context"
	_ "embed" // the page's parts
	"fmt"
	"html/template"
	"slices"
	"strings"
	stdsync "sync"
	"time"

	"github.com/dustin/go-humanize"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/statuspage/trend"
	"rollcall/cmd/rollcall/internal/webpage"
	"rollcall/sync/journal"
)

var (
	//go:embed status.html
	pageText string
	//go:embed status.css
	pageStyle string

	//go:embed pages.html
	pagesText string

	page = stdsync.OnceValue(func() *template.Template {
		return template.Must(template.Must(template.New("status").Funcs(functions).Parse(pagesText)).Parse(pageText))
	})

	style = webpage.Style() + pageStyle
	// policy allows the page its own style, by its hash, and its own search, and
	// nothing else.
	policy = "default-src 'none'; style-src " + webpage.SourceHash(style) + "; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

// functions give a template that others call more than one value.
var functions = template.FuncMap{
	"number": facts.Number,
	"chunks": chunks,
	"part": func(title, root string, set *waitingSet) any {
		return struct {
			Title, Root string
			Set         *waitingSet
		}{title, root, set}
	},
	"places": func(root string, groups []group) any {
		return struct {
			Root   string
			Groups []group
		}{root, groups}
	},
	"entries": func(root string, entries []entry) any {
		return struct {
			Root    string
			Entries []entry
		}{root, entries}
	},
	"hits": func(root string, hits []hit) any {
		return struct {
			Root string
			Hits []hit
		}{root, hits}
	},
}

// chunkLength is how many rows a list has. What is out of sight is not laid out, list by
// list, so a page of thousands is quick on a phone.
const chunkLength = 50

// chunks cuts a list of waiters or entries into short ones.
func chunks(list any) (out []any) {
	switch list := list.(type) {
	case []waiter:
		for some := range slices.Chunk(list, chunkLength) {
			out = append(out, some)
		}
	case []entry:
		for some := range slices.Chunk(list, chunkLength) {
			out = append(out, some)
		}
	}
	return out
}

// view is the page at one moment. Its texts are free of control characters and
// their like (S35).
type view struct {
	frame
	Class    state
	Facts    []fact
	Problems []string
	Waits    []section // the first stand open
	Unlisted bool      // more waits than is listed
	Apart    []string  // what is paused, or retried later
	// Seen says which run the organizations are shown as of.
	Seen          string
	Organizations []shownOrganization
	More          int
	Timeline      timeline
	Runs          []pastRun
	Unread        string // why the history is not shown
	Refreshes     bool   // by itself
	Approver      string // who is signed in and may approve; empty is nobody

	running bool
}

// shownOrganization is an organization with its members of the last days.
type shownOrganization struct {
	organization
	Trend trend.Sparkline
}

// fact is a line of the summary. Exact stands beside Text where that is rounded.
type fact struct{ Name, Text, Exact string }

// pastRun is a run of the history.
type pastRun struct {
	ID                              int64
	Verb, Started, Outcome, Changes string
	Took                            string
	Class                           state
}

// view is the page as it is now. It names people if it may.
func (p *Page) view(ctx context.Context, now time.Time, named bool) *view {
	service, earlier := p.config.Service(), p.history(ctx)
	last, whole := cmp.Or(p.last.Load(), earlier.last), cmp.Or(p.whole.Load(), earlier.whole)
	v := &view{frame: p.newFrame(ctx, now, named), running: !service.Running.IsZero()}
	v.Root = "./"
	v.summarize(service, earlier, last)
	if service.Trouble != "" {
		v.Problems = append(v.Problems, escape.OneLine(service.Trouble))
	}
	if last != nil {
		v.show(last)
	}
	if whole != nil {
		if last == nil || last.Digest == nil { // what waited before it failed still does
			v.wait(whole)
		}
		v.addOrganizations(whole, cmp.Or(p.trend.Load(), earlier.trend))
		v.Seen = "as of the run that ended " + v.at.moment(whole.Finished)
	}
	for _, pause := range earlier.pauses {
		v.Apart = append(v.Apart, v.at.pauseText(&pause, whole))
	}
	for _, q := range service.Backoffs {
		v.Apart = append(v.Apart, escape.OneLine(fmt.Sprintf("%s %s failed repeatedly. Next try: %s. Until then its people stay members. Reason: %s",
			q.What, q.Name, v.at.moment(q.Until), q.Reason)))
	}
	v.Timeline = v.newTimeline(earlier.runs)
	for i := range earlier.runs[:min(len(earlier.runs), shownRuns)] {
		v.Runs = append(v.Runs, v.newPastRun(&earlier.runs[i], i == 0 && v.running))
	}
	v.Unread = p.unread(earlier)
	return v
}

func (v *view) addOrganizations(whole *outcome, t *trend.Trend) {
	v.More = whole.More
	for _, o := range whole.Organizations {
		v.Organizations = append(v.Organizations, shownOrganization{o, t.Sparkline(o.ID)})
	}
}

// instanceOf names the instance (S41): that of the history, which is the only one
// that the service may work for, or what is known before a history begins.
func instanceOf(service Service, earlier *past, last *outcome) string {
	switch {
	case earlier.instance.ID != "":
		return escape.Brief(earlier.instance.String())
	case last != nil && last.Instance != "":
		return last.Instance
	}
	return escape.Brief(service.Instance.String())
}

// unread says why there is no history to show; empty when there is.
func (p *Page) unread(earlier *past) string {
	switch {
	case earlier.err != nil:
		return escape.Text(earlier.err.Error())
	case p.config.State == "":
		return "There is no state directory, so there is no history."
	case len(earlier.runs) == 0:
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
	v.wait(last)
}

// wait adds what waits.
func (v *view) wait(o *outcome) {
	v.Waits = o.sections()
	for i := range v.Waits {
		v.Waits[i].Folded = i >= unfolded
		if !v.Named {
			v.Waits[i].People = nil
		}
	}
	v.Unlisted = o.Digest != nil && o.Digest.More > 0
}

// offerApproval adds the links that lead a person to what they may approve.
func (v *view) offerApproval(name string) {
	v.Approver = escape.Brief(name)
	for i := range v.Waits {
		if hash := v.Waits[i].Hash; hash != "" {
			v.Waits[i].ApprovalPath = approvalPath(hash)
		}
	}
}

// unfolded is how many things that wait stand open.
const unfolded = 5

// summarize says how things stand.
func (v *view) summarize(service Service, earlier *past, last *outcome) {
	good := earlier.good()
	if last != nil && last.Good.After(good) {
		good = last.Good
	}
	v.headline(earlier, last, good)
	if service.Running.IsZero() {
		v.fact("Next run", service.Next)
	} else {
		since := strings.TrimSpace(humanize.RelTime(service.Running, v.at.now, "", ""))
		v.Facts = append(v.Facts, fact{"Running", "for " + since + "; " + progressText(service.Progress), v.at.moment(service.Running)})
	}
	if last != nil {
		v.fact("Last run", last.Finished)
		if d := last.Digest; d != nil {
			v.Facts = append(v.Facts, fact{Name: "Result", Text: d.Headline}, fact{Name: "Checked", Text: strings.TrimPrefix(d.Checked, "Checked ")})
		}
	}
	if last != nil || !good.IsZero() {
		v.fact("Last good run", good)
	}
	if service.Schedule != "" {
		v.Facts = append(v.Facts, fact{Name: "Schedule", Text: escape.Text(service.Schedule)})
	}
	v.fact("Service since", service.Started)
}

// headline says how the last run ended, of this process or else of the history.
func (v *view) headline(earlier *past, last *outcome, good time.Time) {
	v.Title = "No run has ended yet."
	if last == nil {
		i := slices.IndexFunc(earlier.runs, func(r journal.Run) bool { return !r.Finished.IsZero() && r.Undoes == 0 })
		if i < 0 {
			return
		}
		last = &outcome{Finished: earlier.runs[i].Finished, ExitCode: earlier.runs[i].ExitCode, Problem: escape.OneLine(earlier.runs[i].Error)}
	}
	v.Class, v.Title = stateOf(last.ExitCode), last.headline(v.at, good)
}

func (v *view) fact(name string, at time.Time) {
	if at.IsZero() {
		v.Facts = append(v.Facts, fact{Name: name, Text: "none"})
		return
	}
	v.Facts = append(v.Facts, fact{name, humanize.RelTime(at, v.at.now, "ago", "from now"), v.at.moment(at)})
}

func (v *view) newPastRun(r *journal.Run, running bool) pastRun {
	p := pastRun{ID: r.ID, Verb: escape.Text(r.Verb), Started: v.at.moment(r.Started), Outcome: outcomeOf(r, running), Changes: counted(r.Changes)}
	if !r.Finished.IsZero() {
		p.Took = r.Finished.Sub(r.Started).Round(time.Second).String()
		p.Class = stateOf(r.ExitCode)
	}
	return p
}

// pauseText says what is paused, since when and why. whole has the names of organizations.
func (c clock) pauseText(p *journal.Pause, whole *outcome) string {
	what := "everything"
	if p.Organization != "" {
		what = whole.name(p.Organization)
	}
	return escape.Text(fmt.Sprintf("%s is paused since %s by %s: %s", what, c.moment(p.Since), p.By, p.Reason))
}
