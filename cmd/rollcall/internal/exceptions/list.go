package exceptions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/state"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/exception"
	"rollcall/sync/journal"
)

// List lists the exceptions in force, or all there were. With asJSON it writes them as
// JSON.
func List(ctx context.Context, db *journal.DB, out io.Writer, all, asJSON bool) error {
	list, err := db.Exceptions(ctx)
	if err != nil {
		return err
	}
	if !all {
		list = slices.DeleteFunc(list, func(e exception.Exception) bool { return !e.InForce() })
	}
	if asJSON {
		return escape.JSON(out, append([]exception.Exception{}, list...))
	}
	of, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	text := "There are no exceptions.\n"
	if len(list) > 0 {
		text = ""
	}
	for _, line := range table(list, known) {
		text += line + "\n"
	}
	_, err = fmt.Fprintf(out, "%s%s\n", text, facts.InstanceLine(of))
	return err
}

func table(list []exception.Exception, known state.Organizations) []string {
	var rows [][]string
	for i := range list {
		e := &list[i]
		place := "all organizations"
		if e.Organization != "" {
			place = known.Label(e.Organization)
		}
		text := e.Text()
		switch {
		case !e.InForce():
			text = e.EndText()
		case e.Over(time.Now()):
			text += " (over; the next apply ends it)"
		}
		rows = append(rows, []string{fmt.Sprint(e.ID), string(e.Kind), escape.Brief(e.Address), escape.Brief(place), escape.Brief(e.Role), escape.Brief(text)})
	}
	return terminal.Table(rows)
}

// End ends an exception before its time. The next apply follows the rules again.
func End(ctx context.Context, db *journal.DB, out io.Writer, id int64, by, next string) error {
	err := db.EndException(ctx, id, by)
	if errors.Is(err, exception.ErrNone) {
		return usage("end exception %d: %w; rollcall exceptions lists them", id, exception.ErrNone)
	}
	if err != nil {
		return err
	}
	of, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Ended: exception %d. Next: %s\n%s\n", id, next, facts.InstanceLine(of))
	return err
}
