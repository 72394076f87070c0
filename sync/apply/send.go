package apply

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Sender changes memberships in Clerk.
type Sender struct {
	Config  policy.Config
	Clerk   Clerk
	Journal Journal
	Run     int64
	Log     *zap.Logger
	// ChangeLog gets a line for each change.
	ChangeLog *zap.Logger
	Watcher   plan.Watcher // may be nil
	Now       func() time.Time
	FinishIn  time.Duration
}

// FinishIn is how long calls in flight may take after an interruption, unless
// [WithFinishIn] says otherwise.
const FinishIn = 15 * time.Second

// inFlight bounds how many changes wait for the client at once; the client's
// limiter decides how many are sent.
const inFlight = 256

// Send sends the plan's ready changes. Organizations go on side by side. Within
// one, what takes access goes first and waits for nothing but a successor (S39).
// A failed change never stops unrelated ones. An interruption finishes the calls
// in flight and sends no more.
func (r *Sender) Send(ctx context.Context, plan *plan.Plan, members map[string]*roster.Organization, m *memory.Memory, report *Sent) {
	run, stop := context.WithCancel(ctx)
	defer stop()
	calls, done := contextForCalls(ctx, r.FinishIn)
	defer done()
	a := &sharedRun{sender: r, stop: stop, calls: calls, journal: newWriter(context.WithoutCancel(ctx), r.Journal, r.Run),
		quota: r.newQuotaMeter(m), progress: r.newMeter(plan), users: newCreator(), refusals: newRefusals(), slots: make(chan struct{}, inFlight), lossSlots: make(chan struct{}, inFlight)}
	defer a.journal.close()
	runs := make([]*organizationRun, len(plan.Organizations))
	for i := range plan.Organizations {
		runs[i] = a.organization(&plan.Organizations[i], members, m)
		accountRun{runs[i]}.openAgain(run)
	}
	leaveBanned(runs)
	// No organization waits for another one before it sends its losses (S39).
	var group errgroup.Group
	for _, w := range runs {
		group.Go(func() error {
			w.run(run)
			return nil
		})
	}
	_ = group.Wait() // outcomes carry the errors
	for _, w := range runs {
		w.retryExclusive(run)
	}
	for _, w := range runs {
		accountRun{w}.close(run, runs)
	}
	a.quota.close(context.WithoutCancel(ctx), report)
	for _, w := range runs {
		w.report(report)
	}
	a.progress.complete(report.Outcomes)
	report.Refusals = a.refusals.all()
	report.Interrupted = ctx.Err() != nil
}

// contextForCalls is a context for calls in flight: it outlives ctx by that
// time.
func contextForCalls(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return calls, func() { stop(); cancel() }
}

// sharedRun is what the organizations of one run share.
type sharedRun struct {
	sender *Sender
	// slots bound the calls in flight. Losses have their own, so that none of them
	// waits for a gain that Clerk keeps waiting (S39).
	slots, lossSlots chan struct{}
	// stop ends the whole run: the journal cannot be written.
	stop     context.CancelFunc
	calls    context.Context
	journal  *writer
	quota    *quotaMeter
	progress *meter
	users    *creator
	refusals *refusals
	// ended are the classes of which nothing further can work: the key was
	// refused, say.
	ended [classes]atomic.Bool
}

// organizationRun sends the changes of one organization.
type organizationRun struct {
	*sharedRun
	plan  *plan.Organization
	state *roster.Organization
	// outcomes are by index into plan.Changes; nil was not tried.
	outcomes []*Outcome
	admins   int
	tallies  [classes]tally
	// singly says that the first invitations go one by one: Clerk had too few seats
	// in an earlier run for a request that carries several, and may have some.
	singly bool
	// journalFault is why the journal could not be written: nothing more is sent.
	journalFault error
}

// organization prepares the run of one organization.
func (a *sharedRun) organization(p *plan.Organization, members map[string]*roster.Organization, m *memory.Memory) *organizationRun {
	_, full := m.RefusalOf(p.ID, plan.SeatRefused)
	return &organizationRun{sharedRun: a, plan: p, state: members[p.ID], admins: p.AdminsBefore, singly: full,
		outcomes: make([]*Outcome, len(p.Changes))}
}

// run sends the changes in an order in which no loss waits for a gain, except
// for the successor that a last admin needs (S19, S39).
func (w *organizationRun) run(ctx context.Context) {
	if w.plan.IsAccounts() {
		return // before the organizations, or after them
	}
	w.inBatches(ctx, losses, w.ready(func(c *plan.Change) bool { return classOf(c) == losses }), w.sendBatch)
	w.loseAdmins(ctx, false)
	w.inBatches(ctx, roles, w.ready(func(c *plan.Change) bool { return classOf(c) == roles }), w.sendBatch)
	w.give(ctx, func(c *plan.Change) bool { return c.AdminDelta() > 0 })
	w.loseAdmins(ctx, true)
	w.give(ctx, func(c *plan.Change) bool { return c.AdminDelta() <= 0 })
	w.inBatches(ctx, metadata, w.ready(func(c *plan.Change) bool { return classOf(c) == metadata }), w.sendBatch)
}

// give sends the changes of a kind that give access.
func (w *organizationRun) give(ctx context.Context, kind func(*plan.Change) bool) {
	by := func(actions ...plan.Action) []int {
		return w.ready(func(c *plan.Change) bool {
			return classOf(c) == gains && slices.Contains(actions, c.Action) && kind(c)
		})
	}
	w.inBatches(ctx, gains, by(plan.Add, plan.SetRole), w.sendBatch)
	w.sendInvitations(ctx, by(plan.Invite))
	w.inBatches(ctx, gains, by(plan.CreateUser), w.createBatch)
}

// sendBatch sends changes of the plan that are of one class, between their
// intents and outcomes.
func (w *organizationRun) sendBatch(ctx context.Context, changes []int) {
	list := w.pick(changes)
	w.fileOutcomes(changes, w.writeAhead(list, func() []*Outcome {
		outcomes := make([]*Outcome, len(list))
		of := classOf(&list[0])
		for from := 0; from < len(list) && w.goesOn(ctx, of); {
			to := min(from+w.tallies[of].atOnce(of), len(list))
			w.sendSome(ctx, list[from:to], outcomes[from:to])
			for _, o := range outcomes[from:to] {
				w.count(o)
			}
			from = to
		}
		return outcomes
	}))
}

// pick copies changes of the plan.
func (w *organizationRun) pick(changes []int) []plan.Change {
	out := make([]plan.Change, len(changes))
	for k, i := range changes {
		out[k] = w.plan.Changes[i]
	}
	return out
}

// fileOutcomes files the outcomes of changes by their place in the plan.
func (w *organizationRun) fileOutcomes(changes []int, outcomes []*Outcome) {
	for k, i := range changes {
		w.outcomes[i] = outcomes[k]
	}
}

// sendSome sends changes at once; the outcome of one that was not sent stays nil.
func (w *organizationRun) sendSome(ctx context.Context, changes []plan.Change, outcomes []*Outcome) {
	slots := w.slots
	if classOf(&changes[0]).takes() {
		slots = w.lossSlots
	}
	concurrently(ctx, slots, len(changes), func(i int) { outcomes[i] = w.send(&changes[i]) })
}

// concurrently makes n calls at once, as far as the slots allow.
func concurrently(ctx context.Context, slots chan struct{}, n int, call func(i int)) {
	var group errgroup.Group
	for i := range n {
		slots <- struct{}{}
		if ctx.Err() != nil {
			<-slots
			break
		}
		group.Go(func() error {
			defer func() { <-slots }()
			call(i)
			return nil
		})
	}
	_ = group.Wait() // outcomes carry the errors
}

// loseAdmins sends changes that take admin rights away, one by one, and looks at
// the number of admins before each. Those for which the organization has too few
// admins wait for their successors; once these have been sent, the rest is
// dropped (S19).
func (w *organizationRun) loseAdmins(ctx context.Context, successorsSent bool) {
	for _, i := range w.inTurn(w.ready(func(c *plan.Change) bool { return classOf(c) == admins })) {
		switch {
		case w.outcomes[i] != nil:
		case !w.goesOn(ctx, admins):
			return
		case w.admins-1 >= w.plan.AdminFloor(w.sender.Config.MinAdmins):
			w.sendBatch(ctx, []int{i})
		case successorsSent:
			w.outcomes[i] = &Outcome{Change: w.plan.Changes[i], Result: Dropped, Reason: plan.LastAdmin,
				Error: "a promotion failed before, so the organization would have too few admins left (S19)"}
		}
	}
}

// writeAhead writes the intents of changes to the journal, sends the changes,
// and writes their outcomes (S32). The first fault of the journal ends the
// run: a change that cannot be written is not sent.
func (w *organizationRun) writeAhead(changes []plan.Change, send func() []*Outcome) []*Outcome {
	if w.journal.off() {
		return send()
	}
	intents := make([]journal.Change, len(changes))
	for i := range changes {
		intents[i] = memory.Entry(&changes[i])
		intents[i].Before = w.state.Before(&changes[i])
	}
	ids, err := w.journal.intend(intents)
	if err != nil {
		w.stopUnwritten(err)
		return make([]*Outcome, len(changes))
	}
	outcomes := send()
	entries := make([]journal.Outcome, len(changes))
	for i, o := range outcomes {
		entries[i] = o.journalEntry(ids[i], w.sender.Config.Invitations)
	}
	if err := w.journal.writeOutcomes(entries); err != nil {
		w.stopUnwritten(err)
	}
	return outcomes
}

// stopUnwritten ends this organization and the run, because the journal
// failed.
func (w *organizationRun) stopUnwritten(err error) {
	w.journalFault = err
	w.stop()
}

// send applies one change and logs it, unless Clerk has refused the organization
// or the instance before (S39).
func (w *organizationRun) send(c *plan.Change) *Outcome {
	if w.ended[classOf(c)].Load() {
		return nil
	}
	if reason := w.refusals.of(c); reason != 0 {
		return new(refused(c, reason))
	}
	start := time.Now()
	o := w.sender.call(w.calls, c)
	w.heed(c, &o)
	w.logOutcome(&o, time.Since(start))
	return &o
}

// heed notes what an answer says about further calls.
func (w *organizationRun) heed(c *plan.Change, o *Outcome) {
	if o.fatal {
		w.ended[classOf(c)].Store(true)
	}
	if o.refusal != "" {
		w.refusals.add(plan.RefusalOf(c, o.Reason, o.refusal))
	}
}

// logOutcome logs an outcome, and counts it.
func (a *sharedRun) logOutcome(o *Outcome, took time.Duration) {
	c, log := &o.Change, a.sender.ChangeLog
	a.progress.count(o)
	fields := []zap.Field{zap.String("org", c.Organization), zap.String("user_id", cmp.Or(c.UserID, o.user)), zap.Stringer("action", c.Action),
		zap.String("role", c.To), zap.Duration("took", took)}
	if o.Result == Failed {
		log.Warn("change failed", append(fields, zap.String("error", o.Error))...)
	} else {
		log.Info("change applied", append(fields, zap.String("result", string(o.Result)))...)
	}
}

// retryExclusive tries adds again that were refused because the user was a
// member elsewhere, now that the removals there are done.
func (w *organizationRun) retryExclusive(ctx context.Context) {
	for i, o := range w.outcomes {
		if o == nil || o.Deferral != OtherMembership {
			continue
		}
		if !w.goesOn(ctx, gains) {
			return
		}
		w.sendBatch(ctx, []int{i})
		if o := w.outcomes[i]; o != nil && o.Deferral == OtherMembership {
			o.Result = Failed
		}
	}
}

// report adds the outcomes of the organization to the report, in the plan's
// order.
func (w *organizationRun) report(report *Sent) {
	for i := range w.plan.Changes {
		switch {
		case w.outcomes[i] != nil:
			report.Outcomes = append(report.Outcomes, *w.outcomes[i])
			if o := w.outcomes[i]; o.fatal {
				report.EndedBy = cmp.Or(report.EndedBy, o.Code)
			}
		case w.plan.Changes[i].State == plan.Ready:
			report.NotTried++
		}
	}
	if w.journalFault != nil {
		report.Fault = w.journalFault.Error()
		report.Stopped = append(report.Stopped, plan.Note{Organization: w.plan.ID, Text: w.journalFault.Error()})
	}
	for of := range w.tallies {
		t := &w.tallies[of]
		if t.stopped == "" {
			continue
		}
		report.Stopped = append(report.Stopped, plan.Note{Organization: w.plan.ID, Text: t.stopped})
		// A service tries an organization less often that is down. It must not do so
		// because of gains: whoever leaves meanwhile would wait for them (S39).
		if class(of).takes() && !w.plan.IsAccounts() && t.over(t.outages, w.sender.Config.ErrorBudget) {
			report.markDown(w.plan.ID)
		}
	}
}
