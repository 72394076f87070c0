package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"rollcall/sync"
	"rollcall/sync/journal"
)

// newUndo takes back what a run did (S25).
func newUndo(e *env) *cobra.Command {
	chain, dry := false, false
	run := sync.Run{}
	c := &cobra.Command{
		Use:   "undo RUN",
		Short: "Take back what a run did, and pause the organizations that it touched",
		Long: "undo gives memberships back the role and the metadata that they had before a run, adds whom it removed\n" +
			"and removes whom it added. What somebody has changed since stays, and nobody is let in again who is gone\n" +
			"from the directory today, or disabled in it, or whose start lies ahead. The guards watch as ever. The\n" +
			"organizations are paused, else the next apply would do it all again; rollcall resume ends that. An undo\n" +
			"can be undone.\n\n" + exitHelp(),
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := runNumber(args[0])
			if err == nil {
				err = checkHashes(run.Approve)
			}
			if err != nil {
				return usageError{err}
			}
			s, err := e.open()
			if err != nil {
				return err
			}
			defer e.close(s)
			if run.Undo, err = e.runsToUndo(c.Context(), s, id, chain); err != nil {
				return err
			}
			if run.Apply = !dry; run.Apply {
				return e.locked(c.Context(), s, run, journal.Run{Verb: "undo", Undoes: id})
			}
			done, err := e.readHistory(c.Context(), s)
			if err != nil {
				return err
			}
			defer done()
			return e.once(c.Context(), s, run)
		},
	}
	e.addRunFlags(c)
	c.Flags().BoolVar(&chain, "chain", false, "take back the runs too that this one recovered after they were cut off")
	c.Flags().BoolVar(&dry, "plan", false, "show what would be taken back; send nothing but reads")
	c.Flags().StringArrayVar(&run.Approve, "approve", nil, "let the held changes with this hash pass (repeatable; undo prints it)")
	return c
}

func runNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, fmt.Errorf("%q is no run: rollcall history lists their numbers", text)
	}
	return id, nil
}

// runsToUndo finds the run, and with chain those that it recovered.
func (e *env) runsToUndo(ctx context.Context, s *session, id int64, chain bool) ([]int64, error) {
	if s.state == "" {
		return nil, usageError{errors.New("undo: there is no history with state: none; name a directory with --state")}
	}
	db, err := journal.Open(ctx, s.state, journal.Options{ReadOnly: true})
	if errors.Is(err, journal.ErrNone) {
		return nil, usageError{fmt.Errorf("undo: %w; name the state directory of the service with --state", err)}
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing was written
	if _, err := db.Run(ctx, id); errors.Is(err, journal.ErrNoRun) {
		return nil, usageError{err}
	} else if err != nil {
		return nil, err
	}
	if chain {
		return sync.Chain(ctx, db, id)
	}
	return []int64{id}, nil
}
