package journal

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
)

// Outline is a change in short: enough to tell the plans of two runs apart, and to
// choose which of thousands of changes to read.
type Outline struct {
	ID  int64
	Key string // see [Change.Key]
	// Admin and Result are those of the change.
	Admin, Result string
}

// Key is the same for the same change in two runs: what is done, where, to whom, and the
// values before and after. The person goes by the id of the source where there is one:
// the Clerk user may have been made meanwhile.
func (c *Change) Key() string {
	person := cmp.Or(c.UserID, c.Email)
	if c.PersonID != "" {
		person = c.Source + "\x1e" + c.PersonID
	}
	return strings.Join([]string{c.Organization, c.Action, person, c.From, c.To, string(c.Public), string(c.Private)}, "\x1f")
}

// keyColumns is [Change.Key] in SQL.
const keyColumns = `organization || char(31) || action || char(31) ||
	CASE WHEN person_id <> '' THEN source || char(30) || person_id WHEN user_id <> '' THEN user_id ELSE email END || char(31) ||
	role_from || char(31) || role_to || char(31) || coalesce(public, '') || char(31) || coalesce(private, '')`

// Outlines lists the changes of a run in short, in order.
func (t *changeTable) Outlines(ctx context.Context, run int64) ([]Outline, error) {
	return lines(ctx, t.store, t.scanOutline, "SELECT id, "+keyColumns+", admin, result FROM changes WHERE run = ? ORDER BY seq", run)
}

func (t *changeTable) scanOutline(rows *sql.Rows) (Outline, error) {
	var o Outline
	if err := rows.Scan(&o.ID, &o.Key, &o.Admin, &o.Result); err != nil {
		return Outline{}, t.store.damaged("read a change: %w", err)
	}
	return o, nil
}

// ByID lists the changes with these numbers, oldest first.
func (t *changeTable) ByID(ctx context.Context, ids []int64) ([]Change, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return lines(ctx, t.store, t.scanChange, changeQuery+"WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", string(list))
}
