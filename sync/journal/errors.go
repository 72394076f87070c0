package journal

import (
	"errors"
	"fmt"
	"strings"

	"rollcall/clerkapi"
)

// What a journal says when there is nothing of that name.
var (
	// ErrNone says that the directory holds no journal: [Options].ReadOnly
	// makes none.
	ErrNone = errors.New("there is no history yet; the first apply creates it")
	// ErrNoRun says that no run has that number.
	ErrNoRun = errors.New("no such run; rollcall history lists the runs")
	// ErrNoHeld says that no held set has that hash.
	ErrNoHeld = errors.New("nothing with this hash is waiting; rollcall plan shows the hashes")
	// ErrNoApproval says that no approval has that hash, or none that lives.
	ErrNoApproval = errors.New("no such approval; use the hash that rollcall plan shows")
	// ErrReadOnly says that the journal was opened for reading only.
	ErrReadOnly = errors.New("the history is open for reading only")
)

// DamagedError says that the file cannot be trusted (S31). Nothing is repaired
// by guessing: what is missing in a history would pass for what never was.
type DamagedError struct {
	File string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("open the history %s: the file is damaged: %v; restore a backup, or move %s, -wal and -shm away together to start with an empty history (removals then wait for approval)",
		e.File, e.Err, e.File)
}

// Unwrap gives what was found.
func (e *DamagedError) Unwrap() error { return e.Err }

// NewerError says that a newer rollcall wrote the file (S31).
type NewerError struct {
	File string
	// Have is the schema version of the file, Known the newest that this program knows.
	Have, Known int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("open the history %s: it has schema version %d, but this rollcall supports versions up to %d; use the rollcall that wrote it, or a newer one", e.File, e.Have, e.Known)
}

// OtherInstanceError says that the journal belongs to another Clerk instance
// (S31, S41).
type OtherInstanceError struct {
	File, Dir string
	// Bound is the instance that the journal belongs to, Asked the one that the
	// key opens (GET /instance).
	Bound, Asked clerkapi.Instance
}

// Error ends with what to add to the command or to the configuration.
func (e *OtherInstanceError) Error() string {
	return fmt.Sprintf("open the history %s: it belongs to the %s, but the key belongs to the %s; use the key of the first, or another state directory for the second: add --state %[4]s to the command, or the line state: %[4]s to the configuration",
		e.File, e.Bound, e.Asked, e.Other())
}

// Other is a state directory for the instance that the key opens, beside the one
// that is taken.
func (e *OtherInstanceError) Other() string {
	return e.Dir + "-" + strings.Map(func(r rune) rune {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '-'
	}, e.Asked.ID)
}

// RoomError says that the disk is too full to begin a run (S32).
type RoomError struct {
	Dir string
	// Free and Need are bytes.
	Free, Need uint64
}

func (e *RoomError) Error() string {
	return fmt.Sprintf("the disk is too full to begin a run: %s has %d MiB free, and a run needs %d MiB for its history; nothing was sent; free %d MiB on that disk, or move the state directory to another, then run again",
		e.Dir, e.Free>>20, e.Need>>20, (e.Need-e.Free+1<<20-1)>>20)
}
