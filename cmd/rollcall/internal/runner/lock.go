package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/source/platform"
)

// holder is the content of the lock file: the run that holds the lock, for the
// error of the next one.
type holder struct {
	PID     int       `json:"pid"`
	Verb    string    `json:"verb"`
	Started time.Time `json:"started"`
}

// LockedError says that another run holds the lock.
type LockedError struct {
	file string
	by   *holder // nil when the file does not say
}

// Error names the run that holds the lock, where the file tells.
func (e *LockedError) Error() string {
	who := "another run"
	if e.by != nil {
		who = fmt.Sprintf("rollcall %s, process %d, since %s", e.by.Verb, e.by.PID, e.by.Started.Format(time.RFC3339))
	}
	return fmt.Sprintf("take the lock %s: %s has it; wait until that run has ended", e.file, who)
}

// Lock takes the lock of the session's state directory.
func (s *Session) Lock(verb string) (release func(), err error) {
	if s.stateErr != nil {
		return nil, s.stateErr
	}
	return takeLock(s.log, s.state, verb)
}

// takeLock lets one run at a time change Clerk. The kernel drops the lock when
// the process ends, however it ends, so a left-over file locks nobody out. An
// empty directory means that there is no state, and no lock.
func takeLock(log *zap.Logger, dir, verb string) (release func(), err error) {
	if dir == "" {
		log.Warn("no state directory, so a second run could start at the same time")
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("create the state directory: %w; use another one with --state, or --state none", err)
	}
	warnOfOthers(log, dir)
	file := filepath.Join(dir, "lock")
	f, err := openPlain(file, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("take the lock: %w; %s", err, lockRemedy(err))
	}
	if err := tryLock(f); err != nil {
		if errors.Is(err, errLocked) {
			err = &LockedError{file, readHolder(f)}
		} else {
			err = fmt.Errorf("take the lock %s: %w", file, err)
		}
		return nil, errors.Join(err, f.Close())
	}
	if err := writeHolder(f, holder{os.Getpid(), verb, time.Now().UTC().Truncate(time.Second)}); err != nil {
		log.Warn("cannot record which run has the lock", zap.Error(err))
	}
	return func() {
		if err := releaseLock(f); err != nil {
			log.Warn("cannot release the lock", zap.Error(err))
		}
	}, nil
}

// thisUser is a name for whoever runs the process.
func thisUser() string {
	if !platform.HasModes {
		return "this user"
	}
	return fmt.Sprintf("user %d", os.Geteuid())
}

// lockRemedy says what to do if the lock cannot be opened.
func lockRemedy(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("%s may not write there: run rollcall as the owner of the state directory, or name another one with --state", thisUser())
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOSPC):
		return "make room there, or name another state directory with --state"
	}
	return "remove it, and check who may write to the state directory"
}

// warnOfOthers warns when not only the owner can write to the state directory:
// the journal holds the approvals. It is no error, because a volume of a
// container often has such a mode, and no other users.
func warnOfOthers(log *zap.Logger, dir string) {
	const others fs.FileMode = 0o022
	if info, err := os.Stat(dir); err == nil && platform.HasModes && info.Mode().Perm()&others != 0 {
		log.Warn("users other than the owner can write to the state directory, and could approve waiting changes: run chmod 700 on it, or use a directory below it",
			zap.String("directory", dir), zap.String("mode", info.Mode().Perm().String()))
	}
}

// writeHolder writes through the descriptor that has the lock: the name may mean
// another file by now.
func writeHolder(f *os.File, h holder) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(append(data, '\n'), 0)
	return err
}

func readHolder(f *os.File) *holder {
	const most = 1 << 10
	data, err := io.ReadAll(io.NewSectionReader(f, 0, most))
	if err != nil {
		return nil
	}
	var h holder
	if json.Unmarshal(data, &h) != nil || h.PID == 0 {
		return nil
	}
	h.Verb = escape.Text(h.Verb) // S35: the error shows it on a terminal
	return &h
}
