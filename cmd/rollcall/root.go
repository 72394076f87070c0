package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// defaultConfig is read where --config names nothing else.
const defaultConfig = "rollcall.yaml"

// systemConfig is the service's. It is read where --config names nothing and
// there is no defaultConfig, so that who works beside the service, to approve or
// to pause, need not name it.
const systemConfig = "/etc/rollcall/rollcall.yaml"

// newRoot puts the verbs together. cobra prints nothing itself: errors are
// said once, by run.
func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "rollcall",
		Short: "Keep Clerk organization memberships in step with a directory",
		Long: "rollcall keeps Clerk organization memberships in step with a directory (CSV or LDAP).\n" +
			"An incomplete or wrong read never removes anyone; plan shows what apply would do.\n\n" + exitHelp(),
		Args:              cobra.NoArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: e.begin,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return fmt.Errorf("%w; see %s --help", err, c.CommandPath()) })
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	e.flags.output = "text"
	p := root.PersistentFlags()
	p.StringVarP(&e.flags.config, "config", "c", defaultConfig, "configuration file; without it, and without such a file here, "+systemConfig)
	p.StringVar(&e.flags.state, "state", "", `state directory, or "none": no memory of earlier runs`)
	p.StringVar(&e.flags.logLevel, "log-level", "info", "least level of what is logged: debug, info, warn or error")
	p.StringVar(&e.flags.logFormat, "log-format", "console", "form of the log on stderr: console or json")
	root.AddCommand(newPlan(e), newApply(e), newServe(e), newApprove(e), newUndo(e), newRebind(e), newPause(e), newResume(e), newHistory(e), newShow(e), newExplain(e), newExport(e), newInit(e), newCheck(e), newReport(e), newDemo(e), newSandbox(e), newConfig(e), newVersion(e))
	explainArguments(root)
	return root
}

// stateDirectory is where the lock is kept: --state, then state: of the
// configuration, then what systemd gives, then the user's own place. Empty
// means none.
func (e *env) stateDirectory(configured string) (string, error) {
	fromSystemd, _ := e.lookup("STATE_DIRECTORY")
	for _, dir := range []string{e.flags.state, configured, firstOf(fromSystemd)} {
		switch dir {
		case "":
			continue
		case "none":
			return "", nil
		}
		return dir, nil
	}
	if home, _ := e.lookup("XDG_STATE_HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, "rollcall"), nil
	}
	if home, _ := e.lookup("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "rollcall"), nil
	}
	return "", usageError{fmt.Errorf("find the state directory: HOME is not set; name one with --state DIR, or --state none")}
}

// firstOf takes the first of the directories that systemd lists.
func firstOf(list string) string {
	if dirs := filepath.SplitList(list); len(dirs) > 0 {
		return dirs[0]
	}
	return ""
}

// dirMode keeps what a state directory will hold from other users.
const dirMode os.FileMode = 0o700
