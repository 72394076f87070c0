package sync

import (
	"context"

	"rollcall/source"
)

// Reconciler brings memberships in step with the sources.
type Reconciler struct {
	config  Config
	rules   []Rule
	sources []source.Source
	clerk   Clerk
}

// New makes a Reconciler. Problems of the configuration are joined
// *FieldError values, all of them at once.
func New(config Config, rules []Rule, sources []source.Source, clerk Clerk, options ...Option) (*Reconciler, error) {
	r := &Reconciler{config: config, rules: rules, sources: sources, clerk: clerk}
	for _, o := range options {
		o(r)
	}
	return r, Validate(config, rules)
}

// Option replaces a collaborator.
type Option func(*Reconciler)

// Progress is told how far a stage of the run is. total 0 means unknown.
type Progress func(stage string, done, total int)

// WithProgress sets who is told how far the run is.
func WithProgress(p Progress) Option { return func(*Reconciler) { _ = p } }

// Validate finds all problems of the sync and rules sections.
func Validate(config Config, rules []Rule) error { _, _ = config, rules; return nil }

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
}

// RunOnce is the story of rollcall: read the sources, read Clerk, resolve
// identities, desire, diff, guard, apply. The error says that nothing could
// be planned; failures of a part are in the Report's plan.
func (r *Reconciler) RunOnce(ctx context.Context, run Run) (*Report, error) {
	_, _ = ctx, run
	return &Report{Plan: &Plan{Version: PlanVersion}}, nil
}
