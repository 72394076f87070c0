package main

import (
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
	"golang.org/x/term"

	"rollcall/cmd/rollcall/internal/metrics"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
)

// env is what a verb has of the process, and what it leaves behind.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookup         func(string) (string, bool)
	log            *zap.Logger
	flags          flags
	// started is true once a verb runs; errors before that are about the command line.
	started bool
	result  result
	// kept is true when the held sets of the plan were kept for approve.
	kept bool
	// run is the number in the history of the run that changes Clerk; 0 without one.
	run int64
	// metrics are the figures of the process.
	metrics *metrics.Metrics
	// summed says that the log has the run's end.
	summed bool
	// watch are told of each run that may change Clerk, once it has ended.
	watch []func(*notify.Run)
	// service is what differs when runs are a service's; nil for all other verbs.
	service *inService
}

// flags are those that several verbs share.
type flags struct {
	config, state       string
	output              string
	organization, only  string
	strict              bool
	logLevel, logFormat string
}

// begin runs before each verb.
func (e *env) begin(c *cobra.Command, _ []string) error {
	log, err := newLogger(e.stderr, e.flags.logLevel, e.flags.logFormat, toJournal(e.stderr, e.lookup))
	if err != nil {
		return err
	}
	e.log, e.metrics, e.started = log, metrics.New(version()), true
	if !c.Flags().Changed("config") && missing(defaultConfig) && !missing(systemConfig) {
		e.flags.config = systemConfig
	}
	return nil
}

func missing(file string) bool {
	_, err := os.Stat(file)
	return errors.Is(err, fs.ErrNotExist)
}

// addRunFlags adds what plan and apply share; more are forms that one of them
// has beside.
func (e *env) addRunFlags(c *cobra.Command, more ...string) {
	e.addOutput(c, append([]string{"text", "json", "markdown", "csv", "html"}, more...)...)
	c.Flags().StringVar(&e.flags.organization, "organization", "", "show or apply one organization only (slug or id); the whole is planned and guarded")
	c.Flags().StringVar(&e.flags.only, "only", "", "show or apply one person only (e-mail or user id); the whole is planned and guarded")
	c.Flags().BoolVar(&e.flags.strict, "strict", false, "exit 3 when a change was skipped")
}

// render writes the report and remembers it for the exit code.
func (e *env) render(r *sync.Report) error {
	e.result.report, e.result.strict = r, e.flags.strict
	if e.service != nil {
		return nil // its log, its page and its messages tell of it
	}
	switch e.flags.output {
	case "json":
		return report.JSON(e.stdout, r)
	case "csv":
		return report.CSV(e.stdout, r)
	case "markdown":
		return report.Markdown(e.stdout, r, e.shown())
	case "html":
		return report.HTML(e.stdout, r, e.shown())
	case "ics":
		return report.Calendar(e.stdout, r)
	}
	return report.Text(e.stdout, r, e.shown())
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
		return fmt.Errorf("the forms are %s", strings.Join(f.known, ", "))
	}
	*f.value = name
	return nil
}

// addOutput adds --output with the forms that a verb knows.
func (e *env) addOutput(c *cobra.Command, known ...string) {
	c.Flags().VarP(form{&e.flags.output, known}, "output", "o", "form of the result: "+strings.Join(known, ", "))
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// shown is how a report is shown here.
func (e *env) shown() report.Options {
	o := report.Options{Color: e.color(), Flags: e.repeatFlags(), Kept: e.kept, At: time.Now(), Version: version()}
	if isTerminal(e.stdout) {
		o.Most = terminalMost
	}
	return o
}

// terminalMost is how many changes of a kind somebody reads on a terminal.
const terminalMost = 40

// repeatFlags are the flags that a suggested command needs to mean the same.
func (e *env) repeatFlags() []string {
	file := e.flags.config
	if file == defaultConfig {
		file = ""
	}
	var words []string
	for _, f := range []struct{ name, value string }{
		{"--config", file}, {"--state", e.flags.state},
		{"--organization", e.flags.organization}, {"--only", e.flags.only},
	} {
		if f.value != "" {
			words = append(words, f.name, f.value)
		}
	}
	return words
}

// color is for terminals whose owner did not refuse it (no-color.org).
func (e *env) color() bool {
	no, _ := e.lookup("NO_COLOR")
	kind, _ := e.lookup("TERM")
	return no == "" && kind != "dumb" && isTerminal(e.stdout)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
