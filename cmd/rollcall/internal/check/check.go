package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Checkup makes the findings of the verb check.
type Checkup struct {
	*findings
	session    *runner.Session
	config     *config.Config // that of the session
	configFile string
	log        *zap.Logger
	keyProblem error
	// past is what earlier runs and admins left.
	past runner.Past
	// stateProblem says that no run can use the state directory.
	stateProblem error
	// notifyProblem says that a test message did not arrive.
	notifyProblem error
}

// New makes the checks of a session, whose configuration was read from a file.
// The findings are written to out, in colours or not, in lines of that many columns; 0
// is any number.
func New(s *runner.Session, configFile string, out io.Writer, look facts.Options, log *zap.Logger) *Checkup {
	return &Checkup{findings: &findings{out: out, style: terminal.Style{On: look.Color}, width: look.Width}, session: s, config: s.Config, configFile: configFile, log: log}
}

// Run goes as far as it can: a refused key must not hide a broken source. It
// makes a dry run, so that check finds what a run would find.
func (c *Checkup) Run(ctx context.Context) runner.Outcome {
	defer func() { c.write(); c.summary() }()
	outcome := c.run(ctx)
	if outcome.Err = errors.Join(c.notifyProblem, outcome.Err); outcome.Err != nil && !errors.Is(outcome.Err, context.Canceled) {
		outcome.Err = &foundError{outcome.Err}
	}
	return outcome
}

// foundError stands for an error that the findings have, so that it is not said twice.
type foundError struct{ err error }

// Error says what to do next.
func (e *foundError) Error() string { return "fix the problems, then check again" }

func (e *foundError) Unwrap() error { return e.err }

func (c *Checkup) run(ctx context.Context) runner.Outcome {
	c.configuration()
	for _, w := range c.config.Serve.Plan().Warnings(time.Now()) {
		c.warn("serve.schedule: %s", w)
	}
	c.instance(ctx)
	recorders := make([]*sourceRecorder, len(c.session.Sources))
	sources := make([]source.Source, len(c.session.Sources))
	for i, s := range c.session.Sources {
		recorders[i] = &sourceRecorder{Source: s}
		sources[i] = recorders[i]
	}
	r, err := c.dryRun(ctx, sources)
	for _, o := range recorders {
		c.source(o)
		c.details(ctx, o)
	}
	if err != nil {
		if err = c.session.Locate(err); !isFound(err, recorders, c.keyProblem) {
			c.bad("%v", err)
		}
		unmatched(c, recorders, nil)
		return runner.Outcome{Verb: "check", Err: err, Instance: c.session.Instance()}
	}
	conflicts(c, r.Plan)
	if slices.ContainsFunc(r.Plan.Holds, func(h plan.Hold) bool { return h.Reason == plan.UnknownOrganization }) {
		unmatched(c, recorders, r.Plan.Holds)
	}
	return c.conclude(r)
}

// isFound reports whether a finding says already what has ended the dry run.
func isFound(err error, recorders []*sourceRecorder, keyProblem error) bool {
	_, isClerk := errors.AsType[*clerkapi.Error](err)
	return isClerk && keyProblem != nil ||
		slices.ContainsFunc(recorders, func(o *sourceRecorder) bool { return o.err != nil && errors.Is(err, o.err) })
}

// Offline checks the configuration and its rules without any network.
func (c *Checkup) Offline() error {
	if _, err := c.reconciler(c.session.Sources); err != nil {
		return err
	}
	c.configuration()
	defer c.write()
	return c.files()
}

// configuration reports on the configuration itself, without any network.
func (c *Checkup) configuration() {
	c.ok("configuration %s: %s, %s, removals: %s", c.configFile,
		facts.Count(len(c.config.Sources), "source"), facts.Count(len(c.config.Rules), "rule"), c.config.Sync.Removals)
	for _, w := range c.config.DeprecatedKeys() {
		c.warn("%s", w)
	}
	c.keyFile()
	c.othersMayWrite(c.configFile)
	c.listener()
	c.sharedIDs()
	c.openPatterns(c.config.Rules)
	if len(c.config.Sync.EmailDomains) == 0 {
		c.warn("sync.email_domains is not set: list the domains of your people before rollcall may invite people or create accounts (S07)")
	}
	checkLinks(c)
	checkCreation(c.findings, &c.config.Sync)
}

// checkLinks says where the links of invitations are if Clerk sends no mail.
func checkLinks(c *Checkup) {
	s := &c.config.Sync
	if s.Invitations.Notify || s.MissingUsers != policy.MissingInvite {
		return
	}
	if dir, err := c.session.State(); err == nil && dir == "" {
		c.warn("sync.invitations.notify is false, so Clerk sends no mail, and with state: none nobody keeps the links: set a state directory, or nobody can accept an invitation")
		return
	}
	c.ok("sync.invitations.notify is false, so Clerk sends no mail: after each run, rollcall show RUN --links prints the links, for the owner of the state directory")
}

// checkCreation says what the addresses of new accounts prove.
func checkCreation(c *findings, s *policy.Config) {
	switch {
	case s.MissingUsers != policy.MissingCreate:
	case s.Create.Address == policy.AddressReserved:
		c.ok("sync.create.address is reserved: people prove their address when they sign up; people without a stable id and external_id get no account (S03)")
	default:
		c.ok("sync.create.address is verified: Clerk takes the address of each new account as proven, although nobody has proven it; with reserved, signing up proves it")
	}
}

// sharedIDs warns of sources whose people can only be compared by their
// addresses, which are what each source claims (S01).
func (c *Checkup) sharedIDs() {
	var alone []string
	for _, s := range c.config.Sources {
		if _, shared := c.config.Sync.SameIDs[s.Name]; !shared {
			alone = append(alone, s.Name)
		}
	}
	if len(c.config.Sources) > 1 && len(alone) > 0 {
		c.warn("the people of source %s cannot be compared with those of other sources: set same_ids_as if the ids are the same; otherwise two people with ids and the same address wait (S01)",
			strings.Join(alone, ", "))
	}
}

// openPatterns warns of rules that may lead to every organization of the
// instance: whoever names groups decides which (S21).
func (c *findings) openPatterns(list []policy.Rule) {
	rules, _ := policy.CompileRules(list) // their problems were reported before
	for i := range rules.Rules {
		if _, limited := rules.Rules[i].Named(); !limited {
			c.warn("rules[%d]: the organization comes from the group name, so a group can lead to every organization of the instance: list the allowed ones in organizations (S21)", i)
		}
	}
}

func (c *Checkup) keyFile() {
	file := c.config.Clerk.SecretKeyFile
	if file == "" {
		return
	}
	const others fs.FileMode = 0o007
	if info, err := os.Stat(file); err == nil && permits(info, others) {
		c.warn("%s can be read by every user of this machine: chmod 600 %s", file, file)
	}
}

// stateOf says whether the state directory belongs to another instance, which
// every run would refuse (S31, S41).
func (c *Checkup) stateOf(ctx context.Context, instance clerkapi.Instance) {
	dir, err := c.session.State()
	if err != nil || dir == "" {
		return
	}
	db, err := journal.Open(ctx, dir, journal.Options{ReadOnly: true})
	if err != nil {
		return // a run says what is wrong with it
	}
	defer func() { _ = db.Close() }() // nothing was written
	if err := db.Bind(ctx, instance); err != nil {
		c.stateProblem = err
		c.bad("state: %v", err)
	}
}

func (c *Checkup) instance(ctx context.Context) {
	instance, err := c.session.ReadInstance(ctx)
	if err != nil {
		c.keyProblem = c.session.Locate(err)
		if config.SaysWhere(c.keyProblem) {
			c.bad("%v", c.keyProblem)
		} else {
			c.bad("Clerk: %v", c.keyProblem)
		}
		return
	}
	rate := c.config.Clerk.Allowed()
	c.stateOf(ctx, instance)
	c.ok("Clerk: %s, at most %d requests in %s", instance, rate.Requests, rate.Window)
}

// dryRun plans as a run would, with the history of earlier runs.
func (c *Checkup) dryRun(ctx context.Context, sources []source.Source) (*sync.Report, error) {
	var history []sync.Option
	if c.stateProblem == nil {
		past, err := runner.OpenPast(ctx, c.session)
		if err != nil {
			return nil, err
		}
		defer past.Close()
		history, c.past = past.Options, *past
	}
	reconciler, err := c.reconciler(sources, history...)
	if err != nil {
		return nil, err
	}
	defer runner.CloseScreen(c.session)
	return reconciler.RunOnce(ctx, sync.Run{Writers: true})
}

// reconciler finds the problems of rules that only package sync knows.
func (c *Checkup) reconciler(sources []source.Source, history ...sync.Option) (*sync.Reconciler, error) {
	options := append(runner.ScreenOptions(c.session), sync.WithLogger(c.log))
	reconciler, err := sync.New(c.config.Sync, c.config.Rules, sources, c.session.Clerk, append(options, history...)...)
	if err != nil {
		return nil, runner.UsageError{Err: err}
	}
	return reconciler, nil
}

// conclude reports what the dry run found. A hold about a name that does not
// exist is an error of the configuration.
func (c *Checkup) conclude(r *sync.Report) runner.Outcome {
	unknown := 0
	roles := skippedForRole(r.Plan)
	c.organizations(r.Plan.Organizations)
	for _, h := range r.Plan.Holds {
		text := fmt.Sprintf("organization %s: %s", r.Plan.LabelOf(h.Organization), h.Text)
		switch h.Reason {
		case plan.UnknownOrganization:
			unknown++
			c.bad("%s", text)
		case plan.UnknownRole:
			roles = append(roles, text)
		default: // waits says it
		}
	}
	waits(c, r.Plan)
	for _, text := range roles {
		c.bad("%s", text)
	}
	for _, n := range r.Plan.Notes {
		if n.Kind == plan.UnlistedOrganization {
			c.warn("%s (%s)", n.Text, n.Rule)
		}
	}
	for _, f := range r.Plan.Failures {
		if f.Source == "" { // that of a source stands with it
			c.bad("%s", f.Text)
		}
	}
	outcome := runner.Outcome{Verb: "check", Instance: c.session.Instance(), Report: &sync.Report{Plan: &plan.Plan{Failures: r.Plan.Failures}}}
	switch {
	case unknown > 0:
		outcome.Err = runner.UsageError{Err: fmt.Errorf("%s not found in Clerk", facts.Count(unknown, "organization"))}
	case len(roles) > 0:
		outcome.Err = runner.UsageError{Err: fmt.Errorf("an organization does not have %s", facts.Count(len(roles), "role"))}
	case c.keyProblem != nil:
		outcome.Err = c.keyProblem
	case c.stateProblem != nil:
		outcome.Err = c.stateProblem
	}
	return outcome
}

// organizations lists those that were read, or how many they are.
func (c *findings) organizations(list []plan.Organization) {
	const most = 10
	list = slices.DeleteFunc(slices.Clone(list), func(o plan.Organization) bool { return o.IsAccounts() })
	members := 0
	for i := range list {
		o := &list[i]
		members += o.Members
		if len(list) <= most {
			c.ok("organization %s (%s): %s", o.Label(), o.ID, facts.Count(o.Members, "member"))
		}
	}
	if len(list) > most {
		c.ok("%s: %s", facts.Count(len(list), "organization"), facts.Count(members, "member"))
	}
}

// skippedForRole lists, once each, the roles that an organization may not use;
// the plan skips the changes that need them (S19).
func skippedForRole(p *plan.Plan) []string {
	var found []string
	for o, c := range p.Changes() {
		text := fmt.Sprintf("organization %s: %s", o.Label(), c.Why)
		if c.SkippedFor() == plan.RoleNotInSet && c.To != "" && !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	return found
}
