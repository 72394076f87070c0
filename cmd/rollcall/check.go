package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source"
	"rollcall/sync"
)

// newCheck looks at everything that a run depends on and says what it found.
func newCheck(e *env) *cobra.Command {
	tell := false
	c := &cobra.Command{
		Use:   "check",
		Short: "Check configuration, sources, Clerk key, organizations and roles",
		Long:  "check reads everything that a run needs and says what it found. It changes nothing.\n\n" + exitHelp(),
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := e.open()
			if err != nil {
				return err
			}
			defer e.close(s)
			var untold error
			if tell {
				untold = e.testNotifications(c.Context(), s)
			}
			return errors.Join(untold, e.check(c.Context(), s))
		},
	}
	c.Flags().BoolVar(&tell, "notify", false, "send a test message to everybody whom the section notify names")
	return c
}

// check goes as far as it can: a refused key must not hide a broken source.
// It makes a dry run, so that what it finds is what a run would find.
func (e *env) check(ctx context.Context, s *session) error {
	c := &checkup{env: e, session: s}
	c.written()
	for _, w := range s.config.Serve.Plan().Warnings(time.Now()) {
		c.warn("serve.schedule: %s", w)
	}
	c.instance(ctx)
	seen := make([]*observed, len(s.sources))
	for i, one := range s.sources {
		seen[i] = &observed{Source: one}
		s.sources[i] = seen[i]
	}
	r, err := c.dryRun(ctx)
	for _, o := range seen {
		c.source(o)
		c.details(ctx, o)
	}
	if err != nil {
		return e.located(err, s.config)
	}
	c.fights(ctx, r.Plan)
	return c.judge(r)
}

// checkup writes the findings.
type checkup struct {
	*env
	*session
	keyProblem error
}

func (c *checkup) ok(format string, args ...any)   { c.say("ok       ", format, args...) }
func (c *checkup) warn(format string, args ...any) { c.say("warning  ", format, args...) }
func (c *checkup) bad(format string, args ...any)  { c.say("PROBLEM  ", format, args...) }

func (c *checkup) say(mark, format string, args ...any) {
	// Without a standard output there is nobody to tell that it is gone.
	_, _ = fmt.Fprintln(c.stdout, mark+report.Escape(fmt.Sprintf(format, args...)))
}

// written says what can be said without asking anybody.
func (c *checkup) written() {
	c.ok("configuration %s: %s, %s, removals: %s", c.flags.config,
		report.Count(len(c.config.Sources), "source"), report.Count(len(c.config.Rules), "rule"), c.config.Sync.Removals)
	c.keyFile()
	if len(c.config.Sync.EmailDomains) == 0 {
		c.warn("sync.email_domains is not set: list the domains of your people before you let rollcall invite or create anybody (S07)")
	}
}

func (c *checkup) keyFile() {
	file := c.config.Clerk.SecretKeyFile
	if file == "" {
		return
	}
	const others fs.FileMode = 0o007
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&others != 0 {
		c.warn("%s can be read by every user of this machine: chmod 600 %s", file, file)
	}
}

func (c *checkup) instance(ctx context.Context) {
	instance, err := c.clerk.Instance(ctx)
	if err != nil {
		c.keyProblem = c.located(err, c.config)
		c.bad("Clerk: %v", c.keyProblem)
		return
	}
	rate := c.config.Clerk.Allowed()
	c.ok("Clerk: instance %s (%s), at most %d requests in %s", instance.ID, instance.Environment, rate.Requests, rate.Window)
}

// details adds what only this kind of source can tell, such as which server answered.
func (c *checkup) details(ctx context.Context, o *observed) {
	if f, ok := o.Source.(source.Fetcher); ok && o.snapshot != nil && f.Fetched() != "" {
		c.ok("source %s: %s", o.Name(), f.Fetched())
	}
	more, ok := o.Source.(source.Checker)
	if !ok || o.snapshot == nil {
		return
	}
	found, err := more.Check(ctx, o.want)
	if err != nil {
		c.bad("source %s: %v", o.Name(), err)
		return
	}
	c.ok("source %s: %s", o.Name(), found)
	if found.StableID == "" {
		c.warn("source %s: somebody has no stable id, and a new address will be a new person (S02)", o.Name())
	}
	for _, n := range found.Notes {
		c.warn("source %s: %s%s", o.Name(), inside(n.Origin, o.Name()), n.Text)
	}
	c.mapping(o, found)
	c.canaries(o, found)
}

// inside is a place in a source; that of the whole source is said already.
func inside(origin source.Origin, name string) string {
	if at := origin.String(); at != "" && at != name {
		return at + ": "
	}
	return ""
}

func (c *checkup) dryRun(ctx context.Context) (*sync.Report, error) {
	reconciler, err := c.reconciler()
	if err != nil {
		return nil, err
	}
	return reconciler.RunOnce(ctx, sync.Run{})
}

func (c *checkup) reconciler() (*sync.Reconciler, error) {
	reconciler, err := sync.New(c.config.Sync, c.config.Rules, c.sources, c.clerk, sync.WithLogger(c.log))
	if err != nil {
		return nil, usageError{err}
	}
	return reconciler, nil
}

// observed remembers what a source answered.
type observed struct {
	source.Source
	want     source.Request
	snapshot *source.Snapshot
	rows     int // a run lets the rows themselves go
}

// Read passes the question on.
func (o *observed) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	snapshot, err := o.Source.Read(ctx, want)
	o.want, o.snapshot = want, snapshot
	if snapshot != nil {
		o.rows = len(snapshot.Rows)
	}
	return snapshot, err
}

func (c *checkup) source(o *observed) {
	s := o.snapshot
	if s == nil {
		c.bad("source %s: not read", o.Name())
		return
	}
	c.ok("source %s: %s", o.Name(), report.SourceSize(&sync.SourceSummary{People: len(s.People), Groups: len(s.Groups), Rows: o.rows, Decisions: len(s.Decisions)}))
	for i, selector := range o.want.Groups {
		if selector.Source == "" || selector.Source == o.Name() {
			c.selector(s, i, selector)
		}
	}
	for i := range s.People[:min(3, len(s.People))] {
		p := &s.People[i]
		c.ok("source %s: for instance %s, id %q, %s", o.Name(), p.Label(), p.ID, p.Origin)
	}
	for _, reason := range s.NoRemovals {
		c.warn("source %s: nothing would be removed: %s", o.Name(), reason)
	}
}

func (c *checkup) selector(s *source.Snapshot, index int, selector source.Selector) {
	var names []string
	members := 0
	for _, g := range s.Groups {
		if slices.ContainsFunc(g.Matches, func(m source.Match) bool { return m.Selector == index }) {
			names = append(names, g.Name)
			members += len(g.Members)
		}
	}
	if len(names) == 0 {
		c.warn("source %s: no group answers %s", s.Source, selector)
		return
	}
	const most = 5
	shown := strings.Join(names[:min(most, len(names))], ", ")
	if len(names) > most {
		shown += ", …"
	}
	c.ok("source %s: %s: %s with %s (%s)", s.Source, selector, report.Count(len(names), "group"), report.Count(members, "member"), shown)
}

// judge says what the dry run would have stumbled over. A hold that is about
// names that do not exist is the configuration's fault.
func (c *checkup) judge(r *sync.Report) error {
	unknown := 0
	roles := skippedForRole(r.Plan)
	for _, o := range r.Plan.Organizations {
		c.ok("organization %s (%s): %s", o.Label(), o.ID, report.Count(o.Members, "member"))
	}
	for _, h := range r.Plan.Holds {
		text := fmt.Sprintf("organization %s: %s", labelOf(r.Plan, h.Organization), h.Text)
		switch h.Guard {
		case sync.UnknownOrganization:
			unknown++
			c.bad("%s", text)
		case sync.UnknownRole:
			roles = append(roles, text)
		default:
			c.warn("held by %s: %s", h.Guard, h.Text)
		}
	}
	for _, text := range roles {
		c.bad("%s", text)
	}
	for _, f := range r.Plan.Failures {
		c.bad("%s", f.Text)
	}
	c.result.report = &sync.Report{Plan: &sync.Plan{Failures: r.Plan.Failures}}
	switch {
	case unknown > 0:
		return usageError{fmt.Errorf("check found %s that Clerk does not have: mend the name in the configuration, or create it in Clerk", report.Count(unknown, "organization"))}
	case len(roles) > 0:
		return usageError{fmt.Errorf("check found %s that an organization does not have: mend the role in the configuration, or add it to the organization's role set in Clerk", report.Count(len(roles), "role"))}
	case c.keyProblem != nil:
		return c.keyProblem
	}
	return nil
}

// labelOf is what the plan calls an organization: its slug, where it knows it.
func labelOf(p *sync.Plan, id string) string {
	for i := range p.Organizations {
		if o := &p.Organizations[i]; o.ID == id {
			return o.Label()
		}
	}
	return id
}

// skippedForRole lists, once each, the roles that an organization may not use;
// the plan skips the changes that need them (S19).
func skippedForRole(plan *sync.Plan) []string {
	var found []string
	for o, c := range plan.Changes() {
		text := fmt.Sprintf("organization %s: %s", o.Label(), c.Why)
		if c.SkippedFor() == "role_set" && c.To != "" && !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	return found
}
