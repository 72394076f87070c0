package progress

import (
	stdsync "sync"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

const (
	// seldom is how often a long stage, or a wait, is logged.
	seldom = time.Minute
	// long is a wait that is logged at all.
	long = 3 * time.Second
)

// logged shows runs in the log: a line a minute, and none for a short run.
type logged struct {
	log    *zap.Logger
	budget clerkapi.Rate

	mutex  stdsync.Mutex // guards the rest
	stages stages
	// said and waited are when the last line was written.
	said, waited time.Time
}

// NewLogged shows runs in the log.
func NewLogged(log *zap.Logger, budget clerkapi.Rate) Display {
	return &logged{log: log, budget: budget}
}

// Watch logs how far a long stage is.
func (d *logged) Watch(p plan.Progress) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	now := time.Now()
	if d.stages.note(p, now) {
		d.said = now
	}
	if now.Sub(d.said) < seldom || p.Done == p.Total {
		return
	}
	d.said = now
	fields := []zap.Field{zap.Int("done", p.Done), zap.Int("total", p.Total), zap.Stringer("of", p.Unit)}
	if rest := left(p, now.Sub(d.stages.unitBegan), d.budget); rest > 0 {
		fields = append(fields, zap.String("left", seconds(rest)))
	}
	d.log.Info(map[plan.Stage]string{plan.ReadSources: "still reading the sources", plan.ReadClerk: "still reading Clerk", plan.Applying: "still applying"}[p.Stage], fields...)
}

// Wait logs a long wait for the rate limit, once in a while, and every other wait.
func (d *logged) Wait(w Wait) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	now := time.Now()
	if w.Limit.Requests > 0 {
		if w.For < long || !d.waited.IsZero() && now.Sub(d.waited) < seldom {
			return
		}
		d.waited = now
	}
	d.log.Info(w.text(w.For))
}

// Stopping says nothing: the report and the last line of the log do.
func (d *logged) Stopping() {}

// Close forgets the run.
func (d *logged) Close() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.stages, d.said = stages{}, time.Time{}
}
