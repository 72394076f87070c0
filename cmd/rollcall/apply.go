package main

import (
	"context"
	"fmt"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// newApply is the verb that changes Clerk.
func newApply(e *env) *cobra.Command {
	run := sync.Run{Apply: true}
	c := &cobra.Command{
		Use:   "apply [PLAN.json]",
		Short: "Bring Clerk in step; with PLAN.json only what that plan contains too",
		Long: "apply plans afresh and sends the changes that nothing holds. With a plan that was saved by\n" +
			"plan --output json, it sends only what that plan contains too.\n\n" + exitHelp(),
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := e.readRun(&run, args); err != nil {
				return usageError{err}
			}
			s, err := e.open()
			if err != nil {
				return err
			}
			defer e.close(s)
			return e.locked(c.Context(), s, run, journal.Run{Verb: "apply"})
		},
	}
	e.addRunFlags(c)
	c.Flags().StringArrayVar(&run.Approve, "approve", nil, "let the held changes with this hash pass (repeatable; plan prints it)")
	c.Flags().BoolVar(&run.AllowSubset, "allow-subset", false, "with PLAN.json: apply what both plans contain when they differ")
	return c
}

// locked makes a run that changes Clerk, while it holds the lock.
func (e *env) locked(ctx context.Context, s *session, run sync.Run, entry journal.Run) error {
	dir, err := e.stateDirectory(s.config.State)
	if err != nil {
		return err
	}
	release, err := e.lock(dir, entry.Verb)
	if err != nil {
		return err
	}
	defer release()
	return e.told(ctx, s, dir, run, entry)
}

var approvalHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

func checkHashes(hashes []string) error {
	for _, hash := range hashes {
		if !approvalHash.MatchString(hash) {
			return fmt.Errorf("--approve %q is no hash: copy all 64 characters that plan prints", hash)
		}
	}
	return nil
}

// readRun checks what the command line asks for before anything is read.
func (e *env) readRun(run *sync.Run, args []string) error {
	if err := checkHashes(run.Approve); err != nil {
		return err
	}
	if len(args) == 0 {
		if run.AllowSubset {
			return fmt.Errorf("--allow-subset goes with a saved plan: rollcall apply PLAN.json --allow-subset")
		}
		return nil
	}
	file, err := os.Open(args[0])
	if err != nil {
		return fmt.Errorf("open the saved plan: %w; rollcall plan --output json makes one", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	run.Saved, err = report.ReadPlan(file)
	if err != nil {
		return fmt.Errorf("read the saved plan %s: %w; rollcall plan --output json makes one", args[0], err)
	}
	return nil
}
