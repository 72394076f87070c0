package approve

import (
	"context"
	"fmt"
	"io"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/source"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Rebind keeps what an admin says of an address that has another id than the marker of
// the user who holds it (S02). next is the command that shows the plan.
func Rebind(ctx context.Context, db *journal.DB, p *plan.Plan, out io.Writer, email string, newPerson bool, next string) error {
	conflict := p.ConflictOf(email)
	if conflict == nil {
		var waiting []string
		for i := range p.Holds {
			if c := p.Holds[i].Conflict; c != nil {
				waiting = append(waiting, c.Email)
			}
		}
		return runner.UsageError{Err: fmt.Errorf("rebind %s: no plan has this address waiting because of its id (S02); rollcall plan shows what waits%s", escape.Text(email), source.DidYouMean(email, waiting))}
	}
	if err := db.Remember(ctx, 0, []journal.Fact{memory.Decide(conflict, newPerson)}, nil); err != nil {
		return err
	}
	meaning := "are one person; the next apply rewrites the marker"
	if newPerson {
		meaning = "are two people; the next apply treats the old id as a leaver, and the new one as a person without a Clerk account"
	}
	_, err := fmt.Fprintf(out, "%s, account %s: %s and %s %s.\n%s\nNext: %s\n",
		escape.Address(conflict.Email), conflict.User, idsText(append([]plan.DirectoryID{conflict.Was}, conflict.Also...)),
		idsText([]plan.DirectoryID{conflict.Now}), meaning, facts.InstanceLine(p.Instance), next)
	return err
}

// idsText names ids with their sources.
func idsText(ids []plan.DirectoryID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = fmt.Sprintf("id %s of source %s", escape.Text(id.ID), escape.Text(id.Source))
	}
	return strings.Join(texts, ", ")
}
