package main

import (
	"fmt"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// newApply is the verb that changes Clerk.
func newApply(a *app) *cobra.Command {
	run := sync.Run{Apply: true}
	c := &cobra.Command{
		Use:  "apply [PLAN.json]",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := readRun(&run, args); err != nil {
				return usage(err)
			}
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return ended(s.Run(c.Context(), a.request("apply", run)))
		},
	}
	a.addRunFlags(c)
	c.Flags().StringArrayVar(&run.Approve, "approve", nil, "approve the waiting changes with this hash, which plan prints (repeatable)")
	c.Flags().BoolVar(&run.AllowSubset, "allow-subset", false, "with PLAN.json: if the two plans differ, apply what both contain")
	return c
}

var approvalHash = regexp.MustCompile(`^[0-9a-f]{32,64}$`)

// checkHash refuses what is no hash, and beginnings that are too short to tell
// two sets apart (S23).
func checkHash(hash string) error {
	if !approvalHash.MatchString(hash) {
		return fmt.Errorf("%q is not a hash: copy it from the plan, at least %d characters", hash, plan.ShownHash)
	}
	return nil
}

func checkHashes(hashes []string) error {
	for _, hash := range hashes {
		if err := checkHash(hash); err != nil {
			return fmt.Errorf("--approve %w", err)
		}
	}
	return nil
}

// readRun checks the command line before any source is read.
func readRun(run *sync.Run, args []string) error {
	if err := checkHashes(run.Approve); err != nil {
		return err
	}
	if len(args) == 0 {
		if run.AllowSubset {
			return fmt.Errorf("--allow-subset needs a saved plan: rollcall apply PLAN.json --allow-subset")
		}
		return nil
	}
	file, err := os.Open(args[0])
	if err != nil {
		return fmt.Errorf("open the saved plan: %w; create one with rollcall plan --output json", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	run.Saved, err = report.ReadPlan(file)
	if err != nil {
		return fmt.Errorf("read the saved plan %s: %w; create one with rollcall plan --output json", args[0], err)
	}
	return nil
}
