package main

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

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/progress"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/version"
	"rollcall/sync"
)

// app is what a verb has of the process: streams, variables, flags and logger.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookup         func(string) (string, bool) // of environment variables
	log            *zap.Logger
	// screen is the terminal of stderr; nil without one. attended says that somebody
	// reads the report there, or that nobody reads the log.
	screen   *progress.Screen
	attended bool
	flags    flags
	verb     string // such as "config check"
	refused  error  // why the configuration of the working directory is not taken
}

// flags are those that several verbs share.
type flags struct {
	config, state       string
	output              string
	organization, only  string
	strict, all         bool
	logLevel, logFormat string
	progress            string
	quiet, noPager      bool
}

// begin runs before each verb. An error of the verb itself is then no error of
// the command line; see verbError.
func (a *app) begin(c *cobra.Command, _ []string) error {
	if err := a.openLog(c); err != nil {
		return err
	}
	c.RunE = withOutcome(c.RunE)
	a.verb = strings.TrimPrefix(c.CommandPath(), "rollcall ")
	_ = userName() // who it is, before root's rights are given away (S34)
	chooseConfig(a, c)
	return nil
}

// chooseConfig takes the configuration of the service if nobody names one and there
// is none here.
func chooseConfig(a *app, c *cobra.Command) {
	if c.Flags().Changed("config") {
		return
	}
	if a.refused = runner.RefuseAsRoot(defaultConfig, os.Geteuid()); (a.refused != nil || missing(defaultConfig)) && !missing(systemConfig) {
		a.flags.config, a.refused = systemConfig, nil
	}
}

func missing(file string) bool {
	_, err := os.Stat(file)
	return errors.Is(err, fs.ErrNotExist)
}

// open reads the configuration, makes sources and client of it, and finds the state
// directory.
func (a *app) open(ctx context.Context) (*runner.Session, error) {
	s, err := a.openWith(a.deps())
	if err != nil {
		return nil, err
	}
	if err := runner.ChooseState(ctx, s); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (a *app) openWith(deps runner.Deps) (*runner.Session, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, usage(err)
	}
	return runner.Open(cfg, deps)
}

// load reads the configuration.
func (a *app) load() (*config.Config, error) { return loadWith(a, config.Load) }

// loadWith reads as much of the configuration as a verb needs.
func loadWith(a *app, read func(string, func(string) (string, bool)) (*config.Config, error)) (*config.Config, error) {
	if a.refused != nil {
		return nil, a.refused
	}
	if a.flags.config == defaultConfig && missing(defaultConfig) {
		return nil, fmt.Errorf("there is no configuration: neither %s in this directory nor %s; create one with rollcall init, or use --config", defaultConfig, systemConfig)
	}
	cfg, err := read(a.flags.config, a.lookup)
	if err != nil {
		err = config.ServiceAdvice(err, a.flags.config, serviceWords(a))
	}
	return cfg, err
}

// serviceWords are the verb and the configuration, for a command that runs as the
// service: it reads systemConfig by itself.
func serviceWords(a *app) string {
	if a.flags.config == systemConfig {
		return a.verb
	}
	return a.verb + " --config " + a.flags.config
}

// deps are what a session takes from the process.
func (a *app) deps() runner.Deps {
	return runner.Deps{Log: a.log, Lookup: a.lookup, Stdin: a.stdin, Version: version.Read().Version, User: userName, Display: a.display, Attended: a.attended,
		ConfigFile: a.flags.config, State: a.flags.state, Report: a.reportOptions()}
}

// request is a run as the flags limit it, whose report is written to stdout.
func (a *app) request(verb string, run sync.Run) runner.Request {
	run.Organization, run.Only = a.flags.organization, a.flags.only
	return runner.Request{Verb: verb, Run: run, Strict: a.flags.strict, Show: a.render}
}

// addRunFlags adds what plan and apply share.
func (a *app) addRunFlags(c *cobra.Command) {
	a.addOutput(c, "text", "json", "markdown", "csv", "html")
	c.Flags().StringVar(&a.flags.organization, "organization", "", "only this organization (slug or id); limits still count all")
	c.Flags().StringVar(&a.flags.only, "only", "", "only this person (address or user id); limits still count all")
	c.Flags().BoolVar(&a.flags.all, "all", false, "list every change of a large plan on a terminal too")
	c.Flags().BoolVar(&a.flags.strict, "strict", false, "exit 3 also if a change is skipped, an undo leaves a change as it is, or somebody else has added a leaver again")
	c.Flags().BoolVarP(&a.flags.quiet, "quiet", "q", false, "print only if something changes, waits, fails or needs attention (for cron)")
	a.addProgress(c)
}

// render writes a report in the form of --output. With --quiet a report without
// news is left out.
func (a *app) render(r *sync.Report, options facts.Options) error {
	if a.flags.quiet && !facts.HasNews(r) {
		return nil
	}
	switch a.flags.output {
	case "json":
		return report.JSON(a.stdout, r)
	case "csv":
		return report.CSV(a.stdout, r)
	case "markdown":
		return report.Markdown(a.stdout, r, options)
	case "html":
		return report.HTML(a.stdout, r, options)
	}
	return report.Text(a.stdout, r, options)
}

// form is the value of --output: one of those that the verb knows.
type form struct {
	value *string
	known []string
}

func (f form) String() string { return *f.value }
func (f form) Type() string   { return "form" }

// Set takes a form by its name.
func (f form) Set(name string) error {
	if !slices.Contains(f.known, name) {
		return fmt.Errorf("the allowed forms are %s", strings.Join(f.known, ", "))
	}
	*f.value = name
	return nil
}

// addOutput adds --output with the forms that a verb knows.
func (a *app) addOutput(c *cobra.Command, known ...string) {
	c.Flags().VarP(form{&a.flags.output, known}, "output", "o", "output format: "+strings.Join(known, ", "))
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// reportOptions are how a report is shown here.
func (a *app) reportOptions() facts.Options {
	o := facts.Options{Color: a.color(), Program: calledAs(a.lookup), Flags: a.repeatFlags(), At: time.Now(), Version: version.Read().Version}
	if o.Program != "" {
		o.Sends = "the next run of the service"
	}
	if isTerminal(a.stdout) {
		o.Width, o.All = a.width(), a.flags.all
	}
	return o
}

// repeatFlags are the flags that a suggested command needs to mean the same.
func (a *app) repeatFlags() []string {
	file := a.flags.config
	if file == defaultConfig || file == systemConfig && calledAs(a.lookup) != "" {
		file = "" // found without being named
	}
	var words []string
	for _, f := range []struct{ name, value string }{
		{"--config", file}, {"--state", a.flags.state},
		{"--organization", a.flags.organization}, {"--only", a.flags.only},
	} {
		if f.value != "" {
			words = append(words, f.name, f.value)
		}
	}
	return words
}

// color is for terminals whose owner did not refuse it (no-color.org).
func (a *app) color() bool {
	no, _ := a.lookup("NO_COLOR")
	kind, _ := a.lookup("TERM")
	return no == "" && kind != "dumb" && isTerminal(a.stdout)
}
