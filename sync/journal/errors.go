package journal

import (
	"errors"
	"fmt"
)

// What a journal says when there is nothing of that name.
var (
	// ErrNone says that the directory holds no journal: [Options].ReadOnly
	// makes none.
	ErrNone = errors.New("there is no journal yet: the first apply makes it")
	// ErrNoRun says that no run has that number.
	ErrNoRun = errors.New("no such run; rollcall history lists them")
	// ErrNoHeld says that no held set has that hash.
	ErrNoHeld = errors.New("no such held set; rollcall plan shows the hashes of today's")
	// ErrNoApproval says that no approval has that hash, or none that lives.
	ErrNoApproval = errors.New("no such approval; approve the hash that rollcall plan shows")
	// ErrReadOnly says that the journal was opened for reading only.
	ErrReadOnly = errors.New("the journal is open for reading only")
)

// DamagedError says that the file cannot be trusted (S31). Nothing is repaired
// by guessing: what is missing in a history would pass for what never was.
type DamagedError struct {
	File string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("open the journal %s: damaged: %v; put a backup in its place, or move %s, -wal and -shm away together and start with an empty history (removals then wait for approval)",
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
	return fmt.Sprintf("open the journal %s: it has schema version %d, and this rollcall knows versions up to %d; use the rollcall that wrote it, or a newer one", e.File, e.Have, e.Known)
}

// OtherInstanceError says that the journal belongs to another Clerk instance (S31).
type OtherInstanceError struct {
	File string
	// Bound is the instance that the journal belongs to, Asked the one that the
	// key opens (GET /instance).
	Bound, Asked string
}

func (e *OtherInstanceError) Error() string {
	return fmt.Sprintf("use the journal %s: it belongs to Clerk instance %s, and the key opens %s; use that instance's key, or another state directory", e.File, e.Bound, e.Asked)
}

// RoomError says that the disk is too full to begin a run (S32).
type RoomError struct {
	Dir string
	// Free and Need are bytes.
	Free, Need uint64
}

func (e *RoomError) Error() string {
	return fmt.Sprintf("begin a run: %s has %d MiB free, and the journal needs %d MiB; free some space, nothing was sent", e.Dir, e.Free>>20, e.Need>>20)
}
