package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"rollcall/source"
)

// Reconciler brings memberships in step with the sources.
type Reconciler struct {
	config   Config
	rules    *ruleset
	sources  []source.Source
	clerk    Clerk
	log      *zap.Logger
	progress Progress
	// journal is nil without history, and while there is none yet: remembers
	// tells the two apart. run is the number that changes are written under.
	journal   Journal
	run       int64
	remembers bool
	now       func() time.Time
	// finishIn is how long calls in flight may take after an interruption.
	finishIn time.Duration
}

// Option replaces a collaborator.
type Option func(*Reconciler)

// Progress is told how far a stage of the run is. A total of 0 means unknown.
type Progress func(stage string, done, total int)

// WithProgress sets who is told how far the run is.
func WithProgress(p Progress) Option { return func(r *Reconciler) { r.progress = p } }

// WithLogger sets the logger; without it nothing is logged.
func WithLogger(l *zap.Logger) Option { return func(r *Reconciler) { r.log = l.Named("sync") } }

// WithFinishIn sets how long calls in flight may take when the context ends.
func WithFinishIn(d time.Duration) Option { return func(r *Reconciler) { r.finishIn = d } }

// New makes a Reconciler. Problems of the configuration are joined
// *FieldError values, all of them at once.
func New(config Config, rules []Rule, sources []source.Source, clerk Clerk, options ...Option) (*Reconciler, error) {
	if err := Validate(config, rules); err != nil {
		return nil, err
	}
	set, problems := compileRules(rules)
	r := &Reconciler{config: config, rules: set, sources: sources, clerk: clerk,
		log: zap.NewNop(), progress: func(string, int, int) {}, now: time.Now, finishIn: finishIn}
	for _, o := range options {
		o(r)
	}
	return r, errors.Join(problems...)
}

// Run is what one run is asked to do.
type Run struct {
	// Apply is false for a dry run, which sends nothing but reads.
	Apply bool
	// Approve holds the hashes that the admin approves (S23).
	Approve []string
	// Saved, when not nil, limits the run to what that plan contains too
	// (S24); without AllowSubset the two must be the same.
	Saved       *Plan
	AllowSubset bool
	// Organization and Only limit what is shown or applied to one organization
	// (slug or id) or one address; the whole is planned and guarded.
	Organization string
	Only         string
	// Undo names earlier runs that this one takes back (S25); see [Chain].
	Undo []int64
	// Explain asks for the Explanation of one person: an address, a DN, a
	// stable id or a user id.
	Explain string
	// Review asks for an access review; nil is none.
	Review *Scope
}

// RunOnce is the story of rollcall: read the sources, read Clerk, resolve
// identities, desire, diff, look before the cut, guard, apply. The error says
// that nothing could be planned; what failed in part is in the plan's Failures.
func (r *Reconciler) RunOnce(ctx context.Context, run Run) (*Report, error) {
	if len(run.Undo) > 0 {
		return r.undo(ctx, run)
	}
	before := r.clerk.Stats()
	read, err := r.readSources(ctx)
	if err != nil {
		return nil, err
	}
	recovered, past, err := r.lookBack(ctx, run)
	if err != nil {
		return nil, err
	}
	assigned := assign(r.rules, read.directory, r.config, past.memory)
	read.hold(assigned, r.rules)
	r.recollect(read, assigned, past.memory)
	have, err := r.readClerk(ctx, organizationNames(r.rules, assigned), assigned.reviewed(run.Review), past.memory)
	if err != nil {
		return nil, fmt.Errorf("read Clerk: %w", err)
	}
	wants, ties := merge(assigned, have)
	people, err := r.resolve(ctx, read.directory, wants, have, past.memory)
	if err != nil {
		return nil, err
	}
	if err := r.decide(ctx, assigned, have, people); err != nil {
		return nil, err
	}
	drafts := r.draft(wants, have, assigned, people)
	if err := r.confirm(ctx, drafts, people); err != nil {
		return nil, err
	}
	plan := r.plan(read, assigned, have, people, drafts, ties)
	seen := seen{read, assigned, have, drafts, past.memory, past.memory.approvals(run, r.now()), past, people.people}
	report := &Report{Plan: r.judged(plan, grounding{people, past, seen, run}), Applied: run.Apply, Recovered: recovered}
	r.price(report.Plan, before)
	switch {
	case run.Explain != "":
		report.Explanation, err = r.explain(ctx, run.Explain, seen, people, report.Plan)
		return report, err
	case run.Review != nil:
		report.Review, err = r.review(ctx, run.Review, seen, people, report.Plan)
		return report, err
	}
	if run.Apply {
		if err := r.applySeen(ctx, report, seen, run); err != nil {
			return nil, err
		}
	}
	report.count(before, r.clerk.Stats())
	return report, nil
}

// judged is the part of the plan that was asked for, with its marks.
func (r *Reconciler) judged(p *Plan, by grounding) *Plan {
	r.judge(p, by)
	p = p.limit(by.run)
	r.settle(p)
	return p
}
