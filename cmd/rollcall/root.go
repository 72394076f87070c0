package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/help"
	"rollcall/cmd/rollcall/internal/version"
)

// defaultConfig is read where --config names nothing else.
const defaultConfig = "rollcall.yaml"

// systemConfig is that of the service. It is read where --config names nothing
// and there is no defaultConfig: an admin who approves or pauses beside the
// service need not name it.
const systemConfig = "/etc/rollcall/rollcall.yaml"

// verbGroup is a group of commands in the overview.
type verbGroup struct {
	title string
	verbs []*cobra.Command
}

// newRoot puts the verbs together. cobra prints no errors: run does, once.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:               "rollcall",
		Version:           version.Read().Version,
		Args:              cobra.NoArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.begin,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return fmt.Errorf("%w; see %s --help", err, c.CommandPath()) })
	root.SetVersionTemplate(version.Read().String() + "\n")
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	a.flags.output, a.flags.progress = "text", "auto"
	p := root.PersistentFlags()
	p.StringVarP(&a.flags.config, "config", "c", defaultConfig, "configuration file; without this flag, and without such a file here, "+systemConfig)
	p.StringVar(&a.flags.state, "state", "", `state directory, or "none" for no history`)
	p.StringVar(&a.flags.logLevel, "log-level", "info", "log level: debug, info, warn or error; default info, warn on a terminal")
	p.StringVar(&a.flags.logFormat, "log-format", "console", "format of the log on stderr: console or json")
	p.BoolVar(&a.flags.noPager, "no-pager", false, "print long output directly, not through $PAGER or less")
	groups := verbGroups(a)
	for _, g := range groups {
		for _, verb := range g.verbs {
			if verb.Name() == "help" {
				root.SetHelpCommand(verb) // in place of cobra's own
			}
			root.AddCommand(verb)
		}
	}
	addCompletion(root, groups)
	describe(root)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if c.HasParent() {
			a.showCommand(c)
			return
		}
		a.showOverview(c, groups)
	})
	explainArguments(root)
	completeWords(a, root)
	return root
}

// verbGroups are the commands in the order of the overview.
func verbGroups(a *app) []verbGroup {
	return []verbGroup{
		{"Every day", []*cobra.Command{paged(a, newPlan(a)), newApply(a), newApprove(a), paged(a, newExplain(a)), paged(a, newHistory(a)), paged(a, newShow(a)), newReport(a), newRebind(a)}},
		{"Stop and undo", []*cobra.Command{newPause(a), newResume(a), newUndo(a), newForget(a)}},
		{"For a time", []*cobra.Command{newGrant(a), newDeny(a), newExceptions(a)}},
		{"Set up", []*cobra.Command{newInit(a), newCheck(a), newTest(a), paged(a, newDiff(a)), newConfig(a), newExport(a), newSandbox(a), newDemo(a)}},
		{"Run as a service", []*cobra.Command{newServe(a)}},
		{"More", []*cobra.Command{newHelp(a), newVersion(a)}},
	}
}

// describe gives each command the text that package help has for it.
func describe(c *cobra.Command) {
	if t, ok := help.Command(c.CommandPath()); ok {
		c.Short, c.Long, c.Example = t.Short, t.Long, t.Example
	}
	for _, below := range c.Commands() {
		describe(below)
	}
}

// addCompletion adds the command of cobra that writes completions for shells to the
// last group.
func addCompletion(root *cobra.Command, groups []verbGroup) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Short, c.Example = "Write a shell completion script", "  rollcall completion bash > rollcall.bash"
		for _, shell := range c.Commands() {
			shell.Example = "  " + shell.CommandPath() + " > FILE"
		}
		last := &groups[len(groups)-1]
		last.verbs = append(last.verbs, c)
	}
}
