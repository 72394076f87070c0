package file

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"rollcall/source"
)

// takeNewest picks the file whose name comes last, as dated exports are named. One
// that is still written is waited for like any other (S11): an older file in its place
// would be an older directory (S12).
func takeNewest(paths []string) string {
	return slices.MaxFunc(paths, source.CompareNames)
}

// newest is the file that a glob with newest means.
func (r *attempt) newest(paths []string) (string, error) {
	taken := takeNewest(paths)
	r.Newest, r.Matched = true, len(paths)
	info, err := statFile(newLocalFiles(r.store.config.Path, r.store.opts), taken)
	if err != nil {
		return "", err
	}
	for _, path := range paths {
		other, err := newLocalFiles(r.store.config.Path, r.store.opts).stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // an old export was cleared away meanwhile
		}
		if err != nil {
			return "", fmt.Errorf("check the CSV file: %w", err)
		}
		if path != taken && other.ModTime().After(info.ModTime()) {
			r.addDoubt(fmt.Sprintf("%s comes last by its name, but %s was written after it (%s), so it may not be the newest export (S12); name exports so that the last one is the newest, such as export-2026-11-30.csv",
				taken, filepath.Base(path), other.ModTime().UTC().Format(time.DateTime+"Z")))
			break
		}
	}
	return taken, nil
}

// stillNewest reports an export that appeared while the one before it was read.
func (r *attempt) stillNewest(taken string) error {
	paths, err := expandPath(r.store.config.Path)
	if err != nil {
		return fmt.Errorf("list %s: %w", r.store.config.Path, err)
	}
	if len(paths) == 0 || takeNewest(paths) != taken {
		return fmt.Errorf("read %s: %w: there is a newer export now; run again", taken, source.ErrChanged)
	}
	return nil
}

// mostAhead is by how much the clock of whoever writes files may be ahead of ours.
const mostAhead = 5 * time.Minute

// doubtAge notes that the time of a file says nothing about its age: it lies in the
// future. No max_age would ever end it, and no other file would look newer (S12).
func (r *attempt) doubtAge(f localFile) {
	c, at := r.store.config, f.info.ModTime()
	if (c.Newest || c.MaxAge > 0) && time.Until(at) > mostAhead {
		r.doubtFuture(f.path, at)
	}
}

func (r *attempt) doubtFuture(name string, at time.Time) {
	r.addDoubt(fmt.Sprintf("the time of %s is in the future (%s), so nobody can tell how old it is (S12); check the clock of the machine that writes it",
		name, at.UTC().Format(time.DateTime+"Z")))
}
