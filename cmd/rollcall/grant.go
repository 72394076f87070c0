package main

import (
	"context"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/exceptions"
	"rollcall/cmd/rollcall/internal/setup"
	"rollcall/sync/exception"
)

// newGrant gives somebody a role until a date, above the rules.
func newGrant(a *app) *cobra.Command {
	v := exceptionFlags{}
	c := &cobra.Command{
		Use:  "grant PERSON ORGANIZATION ROLE --until DATE --reason TEXT",
		Args: cobra.ExactArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			return v.keep(c.Context(), a, exception.Exception{Kind: exception.Grant, Role: args[2]}, args[0], args[1])
		},
	}
	v.add(c)
	return c
}

// exceptionFlags are those that grant and deny share.
type exceptionFlags struct {
	until, reason string
	yes           bool
}

func (v *exceptionFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&v.until, "until", "", "last day, in UTC (2026-12-24), or a time with its zone (2026-12-24T17:00:00+01:00)")
	c.Flags().StringVar(&v.reason, "reason", "", "why; plans, explain and the history show it")
	c.Flags().BoolVar(&v.yes, "yes", false, "do not ask for confirmation")
}

// keep makes an exception. It plans, but takes no lock: the next run follows it.
func (v *exceptionFlags) keep(ctx context.Context, a *app, e exception.Exception, person, organization string) error {
	atTerminal := isTerminal(a.stdin)
	e.Reason, e.By = v.reason, userName()
	if err := exceptions.Check(&e, v.until, atTerminal || v.yes); err != nil {
		return err
	}
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	dir, err := exceptions.StateOf(s, e.Kind)
	if err == nil {
		err = makeState(ctx, a)
	}
	if err != nil {
		return err
	}
	db, err := openStateAt(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	desk := exceptions.Desk{DB: db, Session: s, Out: a.stdout, Dialogue: setup.NewDialogue(a.stdin, a.stderr, atTerminal && !v.yes), Sure: v.yes, Next: commandLine(a.lookup, "apply"), Plan: commandLine(a.lookup, "plan")}
	return desk.Make(ctx, e, person, organization)
}
