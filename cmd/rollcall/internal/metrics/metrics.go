package metrics

import (
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync"
	"rollcall/sync/journal"
)

const namespace = "rollcall"

// Metrics are the figures of one process. Its methods may be called by many at
// once.
type Metrics struct {
	registry *prometheus.Registry
	restore  map[string]restorer // by name, what a textfile carries from run to run

	runs, changes, requests, limited        *prometheus.CounterVec
	lastSuccess, duration, next, interval   *prometheus.GaugeVec
	held, skipped, unresolved, people, size *prometheus.GaugeVec

	quarantined, refused *prometheus.GaugeVec

	budget atomic.Pointer[func() float64]
}

// New makes the figures of a program of that version.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), restore: map[string]restorer{}}
	m.lastSuccess = m.kept("last_success_timestamp_seconds", "When a run last ended well. A run that holds changes has ended well; one that was limited to an organization or a person, or took a run back, does not count.")
	m.next = m.gauge("next_run_timestamp_seconds", "When the service runs next. Runs that somebody else starts do not know.")
	m.interval = m.gauge("schedule_interval_seconds", "The time between two runs of the schedule. Runs that somebody else starts do not know.")
	m.runs = m.counter("runs_total", "Runs that may change Clerk, by how they ended.", "outcome")
	m.duration = m.kept("run_duration_seconds", "How long the last run took.")
	m.changes = m.counter("changes_total", "Changes that Clerk made for us.", "action", "organization")
	m.held = m.kept("held_changes", "Changes that wait, by what holds them, as the last run saw it. Something may be held while no change waits (0); what holds all organizations has the organization *.", "guard", "organization")
	m.skipped = m.kept("skipped_changes", "Changes that are left out, as the last run saw it.", "reason")
	m.people = m.kept("source_people", "People in a source, when it was last read.", "source")
	m.size = m.kept("source_groups", "Groups in a source that the rules ask for, when it was last read.", "source")
	m.unresolved = m.kept("unresolved_people", "People whom a rule wants and who have no Clerk user that is surely theirs, as the last run saw it.", "reason")
	m.quarantined = m.gauge("quarantined_until_timestamp_seconds", "When something is tried again that failed repeatedly: a source or an organization.", "kind", "name")
	m.refused = m.gauge("config_refused", "1 while the service does not use the configuration that it was told to read, since that is refused.")
	m.requests = m.counter("clerk_requests_total", `Requests to Clerk, retries included, by route and status; the code of those without an answer is "none".`, "route", "code")
	m.limited = m.counter("clerk_rate_limited_total", "Requests that Clerk refused with 429.")
	m.limited.WithLabelValues() // 0 is known from the start
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: "clerk_budget_used_ratio",
		Help: "The share of the configured budget of requests that the last window (10 s) used, from 0 to 1."}, m.used))
	build := m.gauge("build_info", "1, for the version that runs.", "version", "goversion")
	build.WithLabelValues(version, runtime.Version()).Set(1)
	return m
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	m.restore[namespace+"_"+name] = counted{v}
	return v
}

// gauge makes a gauge that says nothing until it is set.
func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

// kept makes a gauge that the textfile keeps: a run that could not see the
// figure says what the last one saw.
func (m *Metrics) kept(name, help string, labels ...string) *prometheus.GaugeVec {
	v := m.gauge(name, help, labels...)
	m.restore[namespace+"_"+name] = measured{v}
	return v
}

// Gatherer gives all figures.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Service gives all figures, and those of the process itself: goroutines,
// memory, open files. A single run has ended before anybody could look.
func (m *Metrics) Service() prometheus.Gatherer {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return prometheus.Gatherers{m.registry, process}
}

// Interval sets the time between two runs of the schedule.
func (m *Metrics) Interval(d time.Duration) { m.interval.WithLabelValues().Set(d.Seconds()) }

// NextRun sets when the service runs next; the zero time is never.
func (m *Metrics) NextRun(at time.Time) {
	m.next.Reset()
	if !at.IsZero() {
		m.next.WithLabelValues().Set(seconds(at))
	}
}

// Request counts a request to Clerk; it is a [clerkapi.Observer].
func (m *Metrics) Request(method, route string, status int) {
	const tooMany = 429
	code := "none"
	if status != 0 {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(method+" "+route, code).Inc()
	if status == tooMany {
		m.limited.WithLabelValues().Inc()
	}
}

// Budget sets who knows what share of the budget of requests is used.
func (m *Metrics) Budget(used func() float64) { m.budget.Store(&used) }

func (m *Metrics) used() float64 {
	if used := m.budget.Load(); used != nil {
		return (*used)()
	}
	return 0
}

// Recall takes from the history when a run last ended well, the newest run
// first. History does not know which runs were limited to a part.
func (m *Metrics) Recall(runs []journal.Run) {
	for i := range runs {
		r := notify.Run{ExitCode: runs[i].ExitCode, Finished: runs[i].Finished, Part: runs[i].Undoes != 0}
		if !r.Finished.IsZero() && wellEnded(&r) {
			m.lastSuccess.WithLabelValues().Set(seconds(r.Finished))
			return
		}
	}
}

func wellEnded(r *notify.Run) bool { return !r.Failed() && !r.Interrupted() && !r.Part }

// Quarantined sets what is tried less often.
func (m *Metrics) Quarantined(all []serve.Failing) {
	m.quarantined.Reset()
	for i := range all {
		m.quarantined.WithLabelValues(string(all[i].Kind), label(all[i].Label)).Set(seconds(all[i].Until))
	}
}

// Refused sets whether the configuration that the service should read is refused.
func (m *Metrics) Refused(refused bool) {
	value := 0.0
	if refused {
		value = 1
	}
	m.refused.WithLabelValues().Set(value)
}

// Skipped counts a run that has nothing to show: it was left out, say.
func (m *Metrics) Skipped(outcome string) { m.runs.WithLabelValues(label(outcome)).Inc() }

// Observe counts a run that has ended.
func (m *Metrics) Observe(r *notify.Run) {
	m.runs.WithLabelValues(label(r.Outcome)).Inc()
	m.duration.WithLabelValues().Set(r.Finished.Sub(r.Started).Seconds())
	if wellEnded(r) {
		m.lastSuccess.WithLabelValues().Set(seconds(r.Finished))
	}
	if r.Report == nil {
		return // what earlier runs saw stands
	}
	names := labels(r.Report.Plan)
	for i := range r.Report.Outcomes {
		if o := &r.Report.Outcomes[i]; o.Result == sync.Done {
			m.changes.WithLabelValues(o.Change.Action.String(), names.of(o.Change.Organization)).Inc()
		}
	}
	if !r.Part {
		m.see(r.Report.Plan, names)
	}
}

// see sets the figures of what a whole plan shows.
func (m *Metrics) see(p *sync.Plan, names organizations) {
	for _, v := range []*prometheus.GaugeVec{m.held, m.skipped, m.unresolved} {
		v.Reset()
	}
	for _, h := range p.Holds {
		m.held.WithLabelValues(label(h.Guard), names.of(h.Organization)).Add(float64(h.Changes))
	}
	for _, c := range p.Changes() {
		if reason := c.SkippedFor(); reason != "" {
			m.skipped.WithLabelValues(reason).Inc()
		}
	}
	for reason, n := range p.Unresolved {
		m.unresolved.WithLabelValues(reason).Set(float64(n))
	}
	for _, s := range p.Sources { // one that failed keeps its last size
		m.people.WithLabelValues(label(s.Name)).Set(float64(s.People))
		m.size.WithLabelValues(label(s.Name)).Set(float64(s.Groups))
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// organizations are the labels of organizations, by id.
type organizations map[string]string

func labels(p *sync.Plan) organizations {
	names := organizations{}
	for i := range p.Organizations {
		names[p.Organizations[i].ID] = p.Organizations[i].Label()
	}
	return names
}

// of is the slug of an organization where the plan knows it; * is all of them.
func (names organizations) of(id string) string {
	if id == "" {
		return "*"
	}
	if slug, ok := names[id]; ok {
		return label(slug)
	}
	return label(id)
}

// label makes a value that others write harmless (S35), and short.
func label(value string) string {
	const most = 100
	safe := []rune(report.Escape(value))
	return string(safe[:min(most, len(safe))])
}
