package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// newUndo takes back what a run did (S25).
func newUndo(a *app) *cobra.Command {
	chain, dry := false, false
	run := sync.Run{}
	c := &cobra.Command{
		Use:  "undo RUN",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := runNumber(args[0])
			if err == nil {
				err = checkHashes(run.Approve)
			}
			if err != nil {
				return usage(err)
			}
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			if run.Undo, err = runsToUndo(c.Context(), s, id, chain); err != nil {
				return err
			}
			run.Apply = !dry
			request := a.request("undo", run)
			request.Undoes = id
			if dry {
				return ended(s.Plan(c.Context(), request))
			}
			return ended(s.Run(c.Context(), request))
		},
	}
	a.addRunFlags(c)
	c.Flags().BoolVar(&chain, "chain", false, "also undo the interrupted runs that this run recovered")
	c.Flags().BoolVar(&dry, "plan", false, "show what would be undone; change nothing")
	c.Flags().StringArrayVar(&run.Approve, "approve", nil, "approve the waiting changes with this hash, which undo prints (repeatable)")
	return c
}

func runNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, fmt.Errorf("%q is not a run: rollcall history lists the numbers of runs", text)
	}
	return id, nil
}

// runsToUndo finds the run, and with chain those that it recovered.
func runsToUndo(ctx context.Context, s *runner.Session, id int64, chain bool) ([]int64, error) {
	state, _ := s.State() // the error is the run's
	if state == "" {
		return nil, usage(errors.New("undo: there is no history with state: none; use a state directory with --state"))
	}
	db, err := journal.Open(ctx, state, journal.Options{ReadOnly: true})
	if errors.Is(err, journal.ErrNone) {
		return nil, usage(fmt.Errorf("undo: %w; use the service's state directory with --state", err))
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing was written
	if _, err := db.Run(ctx, id); errors.Is(err, journal.ErrNoRun) {
		return nil, usage(err)
	} else if err != nil {
		return nil, err
	}
	if chain {
		return sync.Chain(ctx, db, id)
	}
	return []int64{id}, nil
}
