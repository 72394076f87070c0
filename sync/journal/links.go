package journal

import (
	"context"
	"database/sql"
	"time"

	"rollcall/clerkapi"
)

// Whoever has the link of an invitation can accept it. Links are therefore in a table
// of their own: nothing that reads changes, and prints or copies them, reads a link.

// Link is where a pending invitation is accepted, and the change that sent it.
type Link struct {
	Change       int64
	Run          int64
	Organization string // org_ id
	Email        string
	InvitationID string
	URL          clerkapi.Secret
	Expires      time.Time // zero if that is not known
}

// linkTable holds the links of invitations.
type linkTable struct{ store *store }

// Links lists the links that a run received, in its order; run 0 is any. It leaves
// out those that have expired. Of revoked invitations [DB.Record] deletes the link.
func (t *linkTable) Links(ctx context.Context, run int64) ([]Link, error) {
	return lines(ctx, t.store, t.scanLink, linkQuery+"WHERE ?1 IN (0, c.run) AND (expires = 0 OR expires > ?2) ORDER BY c.id",
		run, stamp(t.store.now()))
}

const linkQuery = "SELECT change, c.run, c.organization, c.email, c.invitation_id, url, expires FROM links JOIN changes c ON c.id = change "

func (t *linkTable) scanLink(rows *sql.Rows) (Link, error) {
	var l Link
	var url string
	var expires int64
	if err := rows.Scan(&l.Change, &l.Run, &l.Organization, &l.Email, &l.InvitationID, &url, &expires); err != nil {
		return Link{}, t.store.damaged("read the link of an invitation: %w", err)
	}
	l.URL, l.Expires = clerkapi.NewSecret(url), moment(expires)
	return l, nil
}

// DropLinks deletes the links of invitations that are over, and those that have
// expired. Without any it writes nothing.
func (t *linkTable) DropLinks(ctx context.Context, over func(*Link) bool) error {
	kept, err := lines(ctx, t.store, t.scanLink, linkQuery)
	if err != nil {
		return err
	}
	var drop []Link
	now := t.store.now()
	for i := range kept {
		if l := &kept[i]; over(l) || !l.Expires.IsZero() && !l.Expires.After(now) {
			drop = append(drop, *l)
		}
	}
	if len(drop) == 0 {
		return nil
	}
	return t.store.write(ctx, "delete the links of invitations that are over", func(tx *sql.Tx) error {
		return each(ctx, tx, "DELETE FROM links WHERE change = ?", drop, func(l *Link) []any { return []any{l.Change} })
	})
}

// keepLink keeps the link of an outcome, or deletes the link of the invitation that
// the change has revoked.
func keepLink(ctx context.Context, tx *sql.Tx, o *Outcome) error {
	switch {
	case !o.Link.IsZero():
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO links (change, url, expires) VALUES (?, ?, ?)", o.ID, o.Link.Reveal(), stamp(o.LinkExpires))
		return err
	case o.EndsInvitation:
		_, err := tx.ExecContext(ctx, `DELETE FROM links WHERE change IN (SELECT change FROM links JOIN changes c ON c.id = change
			JOIN changes ended ON ended.id = ? WHERE c.invitation_id != '' AND c.invitation_id = ended.invitation_id)`, o.ID)
		return err
	}
	return nil
}
