package journal

import (
	"context"
	"errors"
	"time"
)

var errStub = errors.ErrUnsupported

// DB is an open journal.
type DB struct{}

func Open(ctx context.Context, dir string, o Options) (*DB, error)               { return nil, errStub }
func (db *DB) Close() error                                                      { return errStub }
func (db *DB) Bind(ctx context.Context, instance string) error                   { return errStub }
func (db *DB) Room(ctx context.Context) error                                    { return errStub }
func (db *DB) Begin(ctx context.Context, r Run) (int64, error)                   { return 0, errStub }
func (db *DB) Finish(ctx context.Context, id int64, r Run) error                 { return errStub }
func (db *DB) Runs(ctx context.Context, limit int) ([]Run, error)                { return nil, errStub }
func (db *DB) Run(ctx context.Context, id int64) (Run, error)                    { return Run{}, errStub }
func (db *DB) Intend(ctx context.Context, run int64, c []Change) ([]int64, error) { return nil, errStub }
func (db *DB) Record(ctx context.Context, outcomes []Outcome) error              { return errStub }
func (db *DB) Unfinished(ctx context.Context) ([]Change, error)                  { return nil, errStub }
func (db *DB) Changes(ctx context.Context, run int64) ([]Change, error)          { return nil, errStub }
func (db *DB) Since(ctx context.Context, t time.Time) ([]Change, error)          { return nil, errStub }
func (db *DB) Facts(ctx context.Context, kinds ...string) ([]Fact, error)        { return nil, errStub }
func (db *DB) Remember(ctx context.Context, run int64, set, forget []Fact) error { return errStub }
func (db *DB) Approve(ctx context.Context, a Approval) error                     { return errStub }
func (db *DB) Approvals(ctx context.Context) ([]Approval, error)                 { return nil, errStub }
func (db *DB) UseApproval(ctx context.Context, hash string, keys []string) error { return errStub }
func (db *DB) Hold(ctx context.Context, run int64, sets []HeldSet) error         { return errStub }
func (db *DB) Held(ctx context.Context, hash string) (HeldSet, error)            { return HeldSet{}, errStub }
func (db *DB) Pause(ctx context.Context, p Pause) error                          { return errStub }
func (db *DB) Resume(ctx context.Context, organization string) error             { return errStub }
func (db *DB) Pauses(ctx context.Context) ([]Pause, error)                       { return nil, errStub }
func (db *DB) Prune(ctx context.Context, before time.Time) (int, error)          { return 0, errStub }
