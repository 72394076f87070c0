package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync/journal"
)

// holder says who holds the lock, for whoever meets it.
type holder struct {
	PID     int       `json:"pid"`
	Verb    string    `json:"verb"`
	Started time.Time `json:"started"`
}

// lockedError says that another run is at work.
type lockedError struct {
	file string
	by   *holder // nil when the file does not say
}

func (e *lockedError) Error() string {
	who := "another run"
	if e.by != nil {
		who = fmt.Sprintf("rollcall %s, process %d, since %s", e.by.Verb, e.by.PID, e.by.Started.Format(time.RFC3339))
	}
	return fmt.Sprintf("take the lock %s: %s holds it; wait for it to end, the lock ends with it", e.file, who)
}

// lock lets one run at a time change Clerk. The kernel drops the lock when the
// process ends, however it ends, so a left-over file locks nobody out. An empty
// directory means that there is no state, and no lock.
func (e *env) lock(dir, verb string) (release func(), err error) {
	if dir == "" {
		e.log.Warn("no state directory: nothing keeps a second run from working at the same time")
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("make the state directory: %w; name another with --state, or use --state none", err)
	}
	e.warnOfOthers(dir)
	file := filepath.Join(dir, "lock")
	if err := notRegular(file); err != nil {
		return nil, fmt.Errorf("take the lock: %w; remove it, and see who may write to the state directory", err)
	}
	l := flock.New(file, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("take the lock %s: %w", file, err)
	}
	if !ok {
		return nil, &lockedError{file, readHolder(file)}
	}
	if err := writeHolder(file, holder{os.Getpid(), verb, time.Now().UTC().Truncate(time.Second)}); err != nil {
		e.log.Warn("cannot note who holds the lock", zap.Error(err))
	}
	if err := journal.AsOwner(dir, "lock"); err != nil { // S34
		e.log.Warn("the lock stays root's, so the service may not be able to take it", zap.Error(err))
	}
	return func() {
		if err := l.Unlock(); err != nil {
			e.log.Warn("cannot release the lock", zap.Error(err))
		}
	}, nil
}

// warnOfOthers says when not only the owner can write to the state directory:
// the journal holds what was approved. It is no error, because a volume of a
// container is often made so, where there is nobody else.
func (e *env) warnOfOthers(dir string) {
	const others fs.FileMode = 0o022
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&others != 0 {
		e.log.Warn("others than its owner can write to the state directory, and so approve what a guard holds: chmod 700 it, or name a directory below it",
			zap.String("directory", dir), zap.String("mode", info.Mode().Perm().String()))
	}
}

// notRegular refuses what is there and is no plain file: a named pipe would
// stop the run for good, and through a link the file of somebody else would be
// written.
func notRegular(file string) error {
	info, err := os.Lstat(file)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no plain file", file)
	}
	return nil // opening it tells whatever else is wrong
}

func writeHolder(file string, h holder) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o600)
}

func readHolder(file string) *holder {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // nothing was written
	const most = 1 << 10
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil
	}
	var h holder
	if json.Unmarshal(data, &h) != nil || h.PID == 0 {
		return nil
	}
	h.Verb = report.Escape(h.Verb) // S35: whoever writes to the directory writes to the terminal
	return &h
}
