package rulediff

import (
	"context"
	"errors"
	"fmt"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// Files are the two configurations that are compared.
type Files struct{ Old, New string }

// Request is what is compared, and with what of the process.
type Request struct {
	Files
	Deps runner.Deps
	// Pending gives a difference an exit code of its own.
	Pending bool
	// Show writes the difference.
	Show func(*sync.Report, facts.Options) error
}

// Run makes the plans under both files, of one read of Clerk, and shows the difference.
// It writes nothing: neither to Clerk, nor to the state directory.
func Run(ctx context.Context, r Request) runner.Outcome {
	out := runner.Outcome{Verb: "diff", Pending: r.Pending}
	difference, options, err := r.compare(ctx)
	if err != nil {
		out.Err = err
		return out
	}
	out.Report, out.Instance = &sync.Report{Plan: difference}, difference.Instance
	options.Compared = facts.Compared(r.Files)
	out.Err = r.Show(out.Report, options)
	return out
}

// side is one of the two files.
type side struct {
	file    string
	config  *config.Config
	sources []source.Source
	plan    *plan.Plan
}

func (r *Request) compare(ctx context.Context) (*plan.Plan, facts.Options, error) {
	none := facts.Options{}
	before, after, err := r.load()
	if err != nil {
		return nil, none, err
	}
	r.Deps.ConfigFile = r.New
	s, err := runner.Open(after.config, r.Deps)
	if err != nil {
		return nil, none, err
	}
	defer s.Clerk.Close() // the times of its requests are not kept
	if err := runner.ChooseState(ctx, s); err != nil {
		return nil, none, err
	}
	clerk := newShared(s.Clerk)
	for _, x := range []*side{before, after} {
		if err := x.makePlan(ctx, s, clerk, r.Deps); err != nil {
			return nil, none, err
		}
	}
	if name := changed(before.sources, after.sources, before.config.Sources, after.config.Sources); name != "" {
		return nil, none, fmt.Errorf("compare the plans: source %s changed between the two reads, so the difference would not be one of the rules alone; run it again", name)
	}
	return Difference(before.plan, after.plan, r.Old), s.ReportOptions(), nil
}

// load reads both files, which have to be about one instance of Clerk (S41).
func (r *Request) load() (before, after *side, err error) {
	before, after = &side{file: r.Old}, &side{file: r.New}
	var problems []error
	for _, x := range []*side{before, after} {
		x.config, err = config.Load(x.file, r.Deps.Lookup)
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, nil, runner.UsageError{Err: err}
	}
	a, b := before.config.Clerk, after.config.Clerk
	if a.SecretKey.Reveal() != b.SecretKey.Reveal() || a.Address() != b.Address() {
		return nil, nil, runner.UsageError{Err: fmt.Errorf("%s and %s have different Clerk keys or addresses: rules are compared for one instance", r.Old, r.New)}
	}
	return before, after, nil
}

// makePlan reads the sources of a file and makes its plan. A source that could not be
// read is an error: its people would look like a difference (S09).
func (x *side) makePlan(ctx context.Context, s *runner.Session, clerk sync.Clerk, deps runner.Deps) error {
	opened, err := runner.OpenSources(x.config, deps, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", x.file, err)
	}
	x.sources = witnesses(opened)
	report, err := s.PlanOf(ctx, x.config, x.sources, clerk)
	if err != nil {
		return fmt.Errorf("%s: %w", x.file, config.Locate(x.file, deps.Lookup, err))
	}
	for _, f := range report.Plan.Failures {
		switch {
		case f.Source != "":
			return fmt.Errorf("%s: read source %s: %s", x.file, f.Source, f.Text)
		case f.Organization == "": // the other plan may have read the list
			return fmt.Errorf("%s: read Clerk: %s", x.file, f.Text)
		}
	}
	x.plan = report.Plan
	return nil
}
