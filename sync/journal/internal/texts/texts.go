// Package texts changes texts in the tables of a journal, row by row, within a
// transaction.
package texts

import (
	"context"
	"database/sql"
)

// Each passes on the rows of a query, each a key and a text. They are read before
// the first is passed on, which may change them.
func Each(ctx context.Context, tx *sql.Tx, query string, do func(key, text string) error) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var list [][2]string
	for rows.Next() {
		var row [2]string
		if err := rows.Scan(&row[0], &row[1]); err != nil {
			return err
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, row := range list {
		if err := do(row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

// Affected runs a statement and counts its rows.
func Affected(ctx context.Context, tx *sql.Tx, statement string, args ...any) (int, error) {
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
