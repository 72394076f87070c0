package approve

import (
	"context"
	"fmt"
	"io"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/state"
	"rollcall/sync/journal"
)

// NotPaused says that there was nothing to resume, and what is paused.
func NotPaused(ctx context.Context, db *journal.DB, out io.Writer, label, instance string) error {
	pauses, err := db.Pauses(ctx)
	if err != nil {
		return err
	}
	known, err := state.Read(ctx, db)
	if err != nil {
		return err
	}
	text := "Nothing is paused.\n"
	if len(pauses) > 0 {
		text = fmt.Sprintf("There is no pause of %s.\n", label)
	}
	for _, p := range pauses {
		place, command := "all organizations", []string{"rollcall", "resume"}
		if p.Organization != "" {
			place = escape.Brief(known.Label(p.Organization))
			command = append(command, place)
		}
		text += fmt.Sprintf("Paused: %s. To resume: %s\n", place, facts.ShellLine(command...))
	}
	_, err = fmt.Fprintf(out, "%s%s\n", text, instance)
	return err
}
