package sync

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"rollcall/sync/journal"
)

// inFlight bounds how many changes wait for the client at once; the client's
// limiter decides how many are sent.
const inFlight = 256

// finishIn is how long calls in flight may take after an interruption, unless
// [WithFinishIn] says otherwise.
const finishIn = 15 * time.Second

// applier sends the ready changes of a plan.
type applier struct {
	reconciler *Reconciler
	slots      chan struct{}
	// stop ends the whole run: the key was refused, say.
	stop    context.CancelFunc
	calls   context.Context
	journal *recorder
	hour    *hourglass
	users   *creator
}

// apply sends the plan's ready changes. Organizations go on side by side;
// within one, what gives access comes first and what takes it last. A failed
// change never stops unrelated ones. An interruption finishes the calls in
// flight and sends no more.
func (r *Reconciler) apply(ctx context.Context, report *Report, s seen) {
	run, stop := context.WithCancel(ctx)
	defer stop()
	calls, done := finishing(ctx, r.finishIn)
	defer done()
	a := &applier{reconciler: r, slots: make(chan struct{}, inFlight), stop: stop, calls: calls,
		journal: newRecorder(context.WithoutCancel(ctx), r.journal, r.run), hour: r.newHourglass(s.memory), users: newCreator()}
	defer a.journal.close()
	members := s.have.byID()
	works := make([]*organizationWork, len(report.Plan.Organizations))
	var group errgroup.Group
	group.SetLimit(inFlight)
	for i := range report.Plan.Organizations {
		works[i] = &organizationWork{applier: a, plan: &report.Plan.Organizations[i]}
		works[i].state = members[works[i].plan.ID]
		works[i].admins = works[i].plan.AdminsBefore
		group.Go(func() error {
			works[i].run(run)
			return nil
		})
	}
	_ = group.Wait() // outcomes carry the errors
	for _, w := range works {
		w.retryExclusive(run)
	}
	a.hour.close(context.WithoutCancel(ctx), report)
	for _, w := range works {
		w.tell(report)
	}
	report.Interrupted = ctx.Err() != nil
}

// applySeen applies the plan and writes down what later runs must know of it.
// The error says that nothing was sent.
func (r *Reconciler) applySeen(ctx context.Context, report *Report, s seen, run Run) error {
	if err := r.rememberBefore(ctx, s); err != nil {
		return err
	}
	r.apply(ctx, report, s)
	if report.Fault != "" || r.journal == nil {
		return nil
	}
	if err := r.rememberAfter(context.WithoutCancel(ctx), s, report, run); err != nil {
		report.Fault = err.Error()
	}
	return nil
}

// finishing is a context for calls in flight: it outlives ctx by that time.
func finishing(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return calls, func() { stop(); cancel() }
}

// organizationWork applies one organization's changes.
type organizationWork struct {
	*applier
	plan  *OrganizationPlan
	state *organizationState
	// outcomes are by index into plan.Changes; nil was not tried.
	outcomes []*Outcome
	admins   int
	tried    int
	failed   int
	outages  int    // of the failed
	fault    string // of the last that failed
	stopped  string
	waiting  []int // adds that an exclusive organization refused for now
	// unwritten is why the journal could not be written: nothing more is sent.
	unwritten error
}

func (w *organizationWork) run(ctx context.Context) {
	w.outcomes = make([]*Outcome, len(w.plan.Changes))
	for _, wave := range waves(w.plan.Changes) {
		if ctx.Err() != nil || w.stopped != "" {
			return
		}
		switch first := &w.plan.Changes[wave[0]]; {
		case first.Admin == AdminLost:
			w.oneByOne(ctx, wave)
		case first.Action == Invite:
			w.inInvitations(ctx, wave)
		case first.Action == CreateUser:
			w.inBatches(ctx, wave, w.create)
		default:
			w.inBatches(ctx, wave, w.together)
		}
	}
}

func (w *organizationWork) together(ctx context.Context, changes []int) {
	list := w.pick(changes)
	w.settle(changes, w.written(list, func() []*Outcome { return w.sendAll(ctx, list) }))
}

// pick copies changes of the plan.
func (w *organizationWork) pick(changes []int) []Change {
	out := make([]Change, len(changes))
	for k, i := range changes {
		out[k] = w.plan.Changes[i]
	}
	return out
}

// settle files what became of changes of the plan.
func (w *organizationWork) settle(changes []int, outcomes []*Outcome) {
	for k, i := range changes {
		w.outcomes[i] = outcomes[k]
	}
}

// sendAll sends changes at once; the outcome of one that was not sent is nil.
func (w *organizationWork) sendAll(ctx context.Context, changes []Change) []*Outcome {
	outcomes := make([]*Outcome, len(changes))
	w.atOnce(ctx, len(changes), func(i int) { outcomes[i] = w.send(&changes[i]) })
	return outcomes
}

// atOnce makes n calls at once, as far as the slots of the run allow.
func (w *organizationWork) atOnce(ctx context.Context, n int, call func(i int)) {
	var group errgroup.Group
	for i := range n {
		w.slots <- struct{}{}
		if ctx.Err() != nil {
			<-w.slots
			break
		}
		group.Go(func() error {
			defer func() { <-w.slots }()
			call(i)
			return nil
		})
	}
	_ = group.Wait() // outcomes carry the errors
}

func (w *organizationWork) oneByOne(ctx context.Context, wave []int) {
	for _, i := range wave {
		if ctx.Err() != nil || w.stopped != "" {
			return
		}
		c := &w.plan.Changes[i]
		if w.admins-1 < w.plan.adminFloor(w.reconciler.config.MinAdmins) {
			w.outcomes[i] = &Outcome{Change: *c, Result: Dropped, Error: "a promotion before it failed: the organization would keep too few admins (S19)"}
			continue
		}
		w.alone(ctx, i)
		w.count(i)
	}
}

// alone sends one change, written down before and after.
func (w *organizationWork) alone(ctx context.Context, i int) {
	w.together(ctx, []int{i})
}

// written sends changes between their intents and their outcomes (S32). The
// first fault of the journal ends the run: what cannot be written down is not sent.
func (w *organizationWork) written(changes []Change, send func() []*Outcome) []*Outcome {
	if w.journal.none() {
		return send()
	}
	intents := make([]journal.Change, len(changes))
	for i := range changes {
		intents[i] = changes[i].entry()
		intents[i].Before = w.state.before(&changes[i])
	}
	ids, err := w.journal.intend(intents)
	if err != nil {
		w.end(err)
		return make([]*Outcome, len(changes))
	}
	outcomes := send()
	entries := make([]journal.Outcome, len(changes))
	for i, o := range outcomes {
		entries[i] = o.entry(ids[i])
	}
	if err := w.journal.settle(entries); err != nil {
		w.end(err)
	}
	return outcomes
}

// end stops this organization and the run.
func (w *organizationWork) end(err error) {
	w.unwritten, w.stopped = err, err.Error()
	w.stop()
}

// enough is how many calls an organization makes before its failures are judged.
const enough = 10

// count keeps the admins and the failures of the organization; more of them
// than the error budget has are no accident: the organization stops.
func (w *organizationWork) count(i int) {
	o := w.outcomes[i]
	if o == nil {
		return
	}
	w.tried++
	switch o.Result {
	case Done:
		w.admins += o.Change.adminDelta()
	case Found:
		// Somebody else's membership may have another role: it counts for no admin.
		w.admins += min(0, o.Change.adminDelta())
	case Failed:
		// A lost answer may have had its effect: the admin is counted as gone.
		w.admins += min(0, o.Change.adminDelta())
		w.failed++
		w.fault = o.Error
		if o.outage {
			w.outages++
		}
	case NotSent: // no outcome of a send says so
	case Dropped:
		if o.Change.Action == Add && o.Error == exclusiveText {
			w.waiting = append(w.waiting, i)
		}
	}
	if w.tooMany(w.failed) {
		w.stopped = fmt.Sprintf("%d of %d calls failed, more than error_budget has (%d %%), the last: %s", w.failed, w.tried, w.reconciler.config.ErrorBudget, w.fault)
	}
}

// tooMany reports whether so many of the calls that were tried are more than
// the error budget has.
func (w *organizationWork) tooMany(calls int) bool {
	return w.tried >= enough && 100*calls > w.reconciler.config.ErrorBudget*w.tried
}

// send applies one change and logs it.
func (w *organizationWork) send(c *Change) *Outcome {
	start := time.Now()
	o := w.reconciler.applyOne(w.calls, c)
	if o.fatal {
		w.stop()
	}
	w.reconciler.logged(&o, time.Since(start))
	return &o
}

func (r *Reconciler) logged(o *Outcome, took time.Duration) {
	c := &o.Change
	fields := []zap.Field{zap.String("org", c.Organization), zap.String("user_id", cmp.Or(c.UserID, o.user)), zap.Stringer("action", c.Action),
		zap.String("role", c.To), zap.Duration("took", took)}
	if o.Result == Failed {
		r.log.Warn("change failed", append(fields, zap.String("error", o.Error))...)
	} else {
		r.log.Info("change applied", append(fields, zap.String("result", string(o.Result)))...)
	}
}

// retryExclusive tries adds again that were refused because the user was a
// member elsewhere, now that the removals there are done.
func (w *organizationWork) retryExclusive(ctx context.Context) {
	for _, i := range w.waiting {
		if ctx.Err() != nil || w.stopped != "" {
			return
		}
		w.alone(ctx, i)
		if o := w.outcomes[i]; o != nil && o.Error == exclusiveText {
			o.Result = Failed
		}
	}
}

// tell adds what the organization did to the report, in the plan's order.
func (w *organizationWork) tell(report *Report) {
	for i := range w.plan.Changes {
		switch {
		case i < len(w.outcomes) && w.outcomes[i] != nil:
			report.Outcomes = append(report.Outcomes, *w.outcomes[i])
		case w.plan.Changes[i].State == Ready:
			report.NotTried++
		}
	}
	if w.unwritten != nil {
		report.Fault = w.unwritten.Error()
	}
	if w.stopped != "" {
		report.Stopped = append(report.Stopped, Note{Organization: w.plan.ID, Text: w.stopped})
		if w.tooMany(w.outages) {
			report.down(w.plan.ID)
		}
	}
}
