package state

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/journal"
)

// LinkLines are the links with their addresses and organizations, in columns.
func LinkLines(run int64, links []journal.Link, label func(id string) string) string {
	if len(links) == 0 {
		return fmt.Sprintf("Run %d has no link of a pending invitation. Links are kept with sync.invitations.notify: false, until the invitation is accepted, revoked or expired.", run)
	}
	var out strings.Builder
	columns := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for i := range links {
		l := &links[i]
		_, _ = fmt.Fprintf(columns, "%s\t%s\t%s\n", escape.Address(l.Email), escape.Brief(label(l.Organization)), escape.Text(l.URL.Reveal())) // a Builder takes all
	}
	_ = columns.Flush()
	return out.String() + "Anybody with a link can accept the invitation. Send it to its address only."
}
