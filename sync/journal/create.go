package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"rollcall/sync/journal/internal/disk"
)

// create makes the file whole under another name and then gives it its own, so
// that a crash leaves either no journal or an empty history, and an empty file
// is always a loss. Two processes may do so at once: the first name stands.
// SQLite syncs the directory with the first transaction.
func (p place) create(ctx context.Context, mode string) error {
	f, err := os.CreateTemp(p.dir, "journal-*.new") // mode 0600
	if err != nil {
		return fmt.Errorf("%w; use another directory with --state, or --state none", err)
	}
	made := f.Name()
	err = errors.Join(fill(ctx, made, mode), f.Close(), AsOwner(p.dir, filepath.Base(made)))
	if err == nil {
		err = disk.Rename(made, p.file)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return errors.Join(err, clean(made))
}

// fill writes the tables in one transaction, which nobody else sees, with a
// rollback journal: what is in a log stays there in silence when the disk is full
// as the file is closed.
func fill(ctx context.Context, file, mode string) error {
	connector, err := sqlite.NewConnector(dsn(file, url.Values{"mode": {"rw"}, "_synchronous": {"FULL"}, "_journal_mode": {"DELETE"}}))
	if err != nil {
		return err
	}
	pool := newPool(connector)
	err = step(ctx, pool, 0, len(migrations), strings.Join(migrations, ";\n"))
	if err == nil {
		_, err = pool.ExecContext(ctx, "PRAGMA journal_mode="+mode)
	}
	return errors.Join(err, pool.Close())
}

func clean(made string) error {
	var all []error
	for _, suffix := range suffixes {
		if err := os.Remove(made + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}
