package metrics

import (
	"cmp"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
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

	backedOff, refused, instance, readded, seats *prometheus.GaugeVec

	budget atomic.Pointer[func() float64]
}

// New makes the figures of a program of that version.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), restore: map[string]restorer{}}
	m.lastSuccess = m.keptGauge("last_success_timestamp_seconds", "Time of the last successful run. A run with waiting changes is successful. A run that was limited to an organization or a person, or that undid a run, does not count.")
	m.next = m.gauge("next_run_timestamp_seconds", "Time of the next run of the service. Not set for runs that are started in another way.")
	m.interval = m.gauge("schedule_interval_seconds", "Time between two runs of the schedule. Not set for runs that are started in another way.")
	m.runs = m.counter("runs_total", "Runs that may change Clerk, by how they ended.", "outcome")
	m.duration = m.keptGauge("run_duration_seconds", "How long the last run took.")
	m.changes = m.counter("changes_total", "Changes that rollcall made in Clerk.", "action", "organization")
	m.held = m.keptGauge("held_changes", "Changes that wait, by reason, in the last run. A reason can exist while no change waits (0). If all organizations wait, the organization is *.", "guard", "organization")
	m.skipped = m.keptGauge("skipped_changes", "Changes that were skipped in the last run.", "reason")
	m.seats = m.keptGauge("missing_seats", "Seats that an organization lacks for everybody who should join it, in the last run. Only organizations that lack some are listed.", "organization")
	m.people = m.keptGauge("source_people", "People in a source, when it was last read.", "source")
	m.size = m.keptGauge("source_groups", "Groups in a source that the rules ask for, when it was last read.", "source")
	m.unresolved = m.keptGauge("unresolved_people", "People of the rules that cannot be matched to a Clerk account, in the last run.", "reason")
	m.readded = m.keptGauge("readded_leavers", "Members and invitations that somebody else has added again after rollcall removed them, in the last run.")
	m.backedOff = m.gauge("quarantined_until_timestamp_seconds", "Time of the next retry of a source or an organization that failed repeatedly.", "kind", "name")
	m.refused = m.gauge("config_refused", "1 while the service uses an older configuration, because the present one has problems.")
	m.instance = m.keptGauge("clerk_instance_info", "1, for the Clerk instance of the last run. The address is empty if it is Clerk's own.", "id", "environment", "address")
	m.requests = m.counter("clerk_requests_total", `Requests to Clerk, including retries, by route and status. The code of a request without an answer is "none".`, "route", "code")
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
	m.restore[namespace+"_"+name] = textfileCounter{v}
	return v
}

// gauge makes a gauge that says nothing until it is set.
func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

// keptGauge makes a gauge that the textfile keeps: a run that could not see the
// figure says what the last one saw.
func (m *Metrics) keptGauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := m.gauge(name, help, labels...)
	m.restore[namespace+"_"+name] = textfileGauge{v}
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

// Recall takes from the history when a run last ended well, the newest run first, and
// reports whether there is one. A run of a part does not count.
func (m *Metrics) Recall(runs []journal.Run) bool {
	for i := range runs {
		r := notify.Run{ExitCode: runs[i].ExitCode, Finished: runs[i].Finished, Part: runs[i].Undoes != 0 || memory.SummaryOf(runs[i].Summary).Part}
		if !r.Finished.IsZero() && succeeded(&r) {
			m.lastSuccess.WithLabelValues().Set(seconds(r.Finished))
			return true
		}
	}
	return false
}

func succeeded(r *notify.Run) bool { return !r.Failed() && !r.Interrupted() && !r.Part }

// BackedOff sets the time of the next try for what is tried less often.
func (m *Metrics) BackedOff(all []serve.Failing) {
	m.backedOff.Reset()
	for i := range all {
		m.backedOff.WithLabelValues(string(all[i].Kind), label(all[i].Label)).Set(seconds(all[i].Until))
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
	if succeeded(r) {
		m.lastSuccess.WithLabelValues().Set(seconds(r.Finished))
	}
	if i := r.Instance; i.ID != "" {
		m.instance.Reset()
		m.instance.WithLabelValues(label(i.ID), label(i.Environment), label(i.Address)).Set(1)
	}
	if r.Report == nil {
		return // what earlier runs saw stands
	}
	names := labels(r.Report.Plan)
	for i := range r.Report.Outcomes {
		if o := &r.Report.Outcomes[i]; o.Result == apply.Done {
			m.changes.WithLabelValues(o.Change.Action.String(), names.of(o.Change.Organization)).Inc()
		}
	}
	if !r.Part {
		m.observePlan(r.Report.Plan, names)
		m.observeLeftOut(r.Report)
	}
}

// observeLeftOut adds the changes that were ready in the plan and left out while
// it was applied, such as those for whom Clerk has no seat (S39).
func (m *Metrics) observeLeftOut(r *sync.Report) {
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Result == apply.Dropped {
			m.skipped.WithLabelValues(cmp.Or(o.Reason.String(), "other")).Inc()
		}
	}
}

// observePlan sets the figures of what a whole plan shows.
func (m *Metrics) observePlan(p *plan.Plan, names organizations) {
	for _, v := range []*prometheus.GaugeVec{m.held, m.skipped, m.unresolved, m.seats} {
		v.Reset()
	}
	for _, h := range p.Holds {
		m.held.WithLabelValues(label(h.Guard), names.of(h.Organization)).Add(float64(h.Changes))
	}
	for i := range p.Organizations {
		if o := &p.Organizations[i]; o.Seats.Missing > 0 {
			m.seats.WithLabelValues(names.of(o.ID)).Set(float64(o.Seats.Missing))
		}
	}
	for _, c := range p.Changes() {
		if c.State == plan.Skipped {
			m.skipped.WithLabelValues(cmp.Or(c.SkippedFor().String(), "other")).Inc()
		}
	}
	m.readded.WithLabelValues().Set(float64(p.CountNotes(plan.ReaddedLeaver)))
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

func labels(p *plan.Plan) organizations {
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
	safe := []rune(escape.Text(value))
	return string(safe[:min(most, len(safe))])
}
