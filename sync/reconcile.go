package sync

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/diff"
	"rollcall/sync/exception"
	"rollcall/sync/explain"
	"rollcall/sync/identity"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/recent"
	"rollcall/sync/writers"
)

// Reconciler brings memberships in step with the sources.
type Reconciler struct {
	config  policy.Config
	rules   *policy.Ruleset
	sources []source.Source
	clerk   Clerk
	log     *zap.Logger
	// quietChanges keeps the lines of single changes out of the log.
	quietChanges bool
	watcher      plan.Watcher // nil without one
	// journal is nil without history, and before the first run of a state
	// directory: remembers tells the two apart. run is the number of this run.
	journal   Journal
	run       int64
	remembers bool
	now       func() time.Time
	// finishIn is how long calls in flight may take after an interruption.
	finishIn time.Duration
	// before is the client's count of requests when the run began.
	before clerkapi.Stats
	// recent are the lists of earlier runs, for a run for one person, and reader reads
	// them; nil if none are kept. narrowly says that this run uses them, unserved why not.
	recent   *recent.Listing
	reader   *recent.Reader
	narrowly bool
	unserved recent.Reason
	// recovered is the run that this one found cut off, also when it is made twice.
	recovered int64
}

// Option replaces a collaborator.
type Option func(*Reconciler)

// WithWatcher sets the receiver of the run's progress.
func WithWatcher(w plan.Watcher) Option { return func(r *Reconciler) { r.watcher = w } }

// WithLogger sets the logger; without it nothing is logged.
func WithLogger(l *zap.Logger) Option { return func(r *Reconciler) { r.log = l.Named("sync") } }

// WithQuietChanges keeps the lines of single changes out of the log. The report
// has them too.
func WithQuietChanges() Option { return func(r *Reconciler) { r.quietChanges = true } }

// WithFinishIn sets how long calls in flight may take when the context ends.
func WithFinishIn(d time.Duration) Option { return func(r *Reconciler) { r.finishIn = d } }

// New makes a Reconciler. Problems of the configuration are joined
// *FieldError values, all of them at once.
func New(config policy.Config, rules []policy.Rule, sources []source.Source, clerk Clerk, options ...Option) (*Reconciler, error) {
	set, err := policy.Compile(config, rules)
	if err != nil {
		return nil, err
	}
	r := &Reconciler{config: config, rules: set, sources: sources, clerk: clerk,
		log: zap.NewNop(), now: time.Now, finishIn: apply.FinishIn}
	for _, o := range options {
		o(r)
	}
	r.before = clerk.Stats()
	onePerson{r}.keepLists()
	return r, nil
}

// Run is the request for one run.
type Run struct {
	// Apply is false for a dry run, which sends nothing but reads.
	Apply bool
	// Approve holds the hashes that the admin approves (S23).
	Approve []string
	// Saved, when not nil, limits the run to what that plan contains too
	// (S24); without AllowSubset the two must be the same.
	Saved       *plan.Plan
	AllowSubset bool
	// Organization and Only limit what is shown or applied to one organization
	// (slug or id) or one address; the whole is planned and guarded.
	Organization string
	Only         string
	// MayBeUnknown makes it no error that nobody knows Only: a program asks, and the
	// person may come later.
	MayBeUnknown bool
	// Undo names earlier runs that this one takes back (S25); see [Chain].
	Undo []int64
	// Explain asks for the Explanation of one person: an address, a DN, a
	// stable id or a user id.
	Explain string
	// Try are exceptions that the plan follows as if they had been made.
	Try []exception.Exception
	// ExplainAll asks for the Explanations of several, of one state of Clerk.
	ExplainAll []string
	// Review asks for an access review; nil is none.
	Review *explain.Scope
	// Writers asks what else makes members, whenever it was read last.
	Writers bool
}

// RunOnce is the story of rollcall. An error means that nothing could be
// planned; partial failures are in the plan's Failures. A run for one person that turns
// out to need more is made twice.
func (r *Reconciler) RunOnce(ctx context.Context, run Run) (*Report, error) {
	report, err := runOnce(ctx, r, run)
	if e, ok := errors.AsType[*recent.WholeError](err); ok {
		onePerson{r}.readWhole(e.Because)
		report, err = runOnce(ctx, r, run)
	}
	return report, err
}

// runOnce is RunOnce, made once.
func runOnce(ctx context.Context, r *Reconciler, run Run) (*Report, error) {
	read, exceptions, err := exceptional{r}.readSources(ctx, run)
	if err != nil {
		return nil, err
	}
	past, err := r.recall(ctx, run, exceptions)
	if err != nil {
		return nil, err
	}
	want := r.assign().Assign(read, past.memory)
	onePerson{r}.narrow(run, want, past)
	have, err := r.searching(past.memory).Read(ctx, want.Organizations(), want.Reviewed(reviewedNames(run.Review)), past.roster())
	if err != nil {
		return nil, err
	}
	r.addMarked(want, have)
	people, err := r.identity().Resolve(ctx, want, have)
	if err != nil {
		return nil, err
	}
	compared, err := compare(ctx, r, run, past, people)
	if err != nil {
		return nil, err
	}
	plan := r.guard().Judge(compared, run.asked(past, compared))
	if err := (onePerson{r}).check(compared, plan); err != nil {
		return nil, err
	}
	if err := r.checkPart(run.part(), compared, plan); err != nil && !run.MayBeUnknown {
		return nil, err
	}
	return r.conclude(ctx, run, past, compared, plan)
}

// compare proposes the changes, adds what happens to the accounts of people who have
// left, and foretells what Clerk, or somebody else, would do about them.
func compare(ctx context.Context, r *Reconciler, run Run, past *past, people *identity.Resolver) (*diff.Comparison, error) {
	compared, err := r.diff().Compare(ctx, people)
	if err != nil {
		return nil, err
	}
	compared.Plan.Instance = past.instance
	if err := r.leavers().Add(ctx, compared); err != nil {
		return nil, err
	}
	foretell(ctx, r, run, past, compared)
	return compared, nil
}

// foretell reads what the plan needs besides to say which changes Clerk would refuse,
// or somebody else undo.
func foretell(ctx context.Context, r *Reconciler, run Run, past *past, s *diff.Comparison) {
	s.Plan.Writers = otherWriters(ctx, r, run, s)
	past.seats = readSeats(ctx, r.clerk, r.now(), s)
}

// otherWriters is what else makes members of the organizations. A run with history
// reads it once a day. A run without history reads it only when asked, as check
// does: nil is not read.
func otherWriters(ctx context.Context, r *Reconciler, run Run, s *diff.Comparison) *writers.Known {
	switch {
	case len(s.Have.Organizations) == 0, !run.Writers && !r.remembers:
		return nil
	case onePerson{r}.usesLists(), !run.Writers && s.Memory.FreshWriters(r.now()):
		return s.Memory.Writers
	}
	managed := map[string]bool{}
	for _, o := range s.Have.Organizations {
		managed[o.ID] = true
	}
	var known *writers.Known
	if s.Memory != nil {
		known = s.Memory.Writers
	}
	reader := writers.Reader{Clerk: r.clerk, Now: r.now}
	return reader.Read(ctx, managed, known)
}

// conclude gives the answer that was asked for: about one person, about all
// members, or the result of sending the plan.
func (r *Reconciler) conclude(ctx context.Context, run Run, past *past, seen *diff.Comparison, plan *plan.Plan) (report *Report, err error) {
	report = &Report{Plan: plan, Applied: run.Apply, Sent: apply.Sent{Recovered: r.recovered}, Grants: grantsOf(seen), Members: onePerson{r}.scope(run, seen)}
	price(plan, spent(r.before, r.clerk.Stats()), r.config.Rate)
	switch {
	case run.Explain != "":
		asked := r.question()
		asked.Undo = undoOf(r, past, seen)
		report.Explanation, err = explain.Person(ctx, asked, run.Explain, seen, plan)
		return report, err
	case len(run.ExplainAll) > 0:
		for _, subject := range run.ExplainAll {
			e, err := explain.Person(ctx, r.question(), subject, seen, plan)
			if err != nil {
				return report, err
			}
			report.Explanations = append(report.Explanations, e)
		}
		return report, nil
	case run.Review != nil:
		report.Review, err = explain.Everyone(ctx, r.question(), run.Review, seen, plan)
		return report, err
	case run.Apply && len(run.Undo) > 0:
		err = r.applyUndo(ctx, report, seen, past.approved)
	case run.Apply:
		err = r.applyPlan(ctx, report, seen, past, run)
	}
	if err != nil {
		return nil, err
	}
	report.count(r.before, r.clerk.Stats())
	return report, nil
}

// applyPlan sends the plan and writes down what later runs must know. An error
// means that nothing was sent.
func (r *Reconciler) applyPlan(ctx context.Context, report *Report, s *diff.Comparison, past *past, run Run) error {
	if err := r.rememberBefore(ctx, s, report.Plan); err != nil {
		return err
	}
	r.apply().Send(ctx, report.Plan, s.Have.ByID(), s.Memory, &report.Sent)
	if report.Fault != "" || r.journal == nil {
		return nil
	}
	if err := r.rememberAfter(context.WithoutCancel(ctx), s, past, report, run); err != nil {
		report.Fault = err.Error()
	}
	return nil
}
