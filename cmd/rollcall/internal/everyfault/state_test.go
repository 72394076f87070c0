package everyfault

import (
	"context"
	"errors"
	"os"
	stdsync "sync"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// state is the journal of a story. It counts the writes of a run, and faults strike
// some of them.
type state struct {
	*journal.DB
	wire   *wire
	mu     stdsync.Mutex
	names  []string // the writes of this run
	faults []*fault // of this run
	struck int
}

// stateFault is what happens to a write.
type stateFault string

const (
	writeFails   stateFault = "error"
	killedBefore stateFault = "killed before"
	killedAfter  stateFault = "killed after"
)

var stateFaults = []stateFault{writeFails, killedBefore, killedAfter}

var errDisk = errors.New("disk I/O error")

func (s *state) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names, s.faults = nil, nil
}

// next counts a write, and returns what happens to it.
func (s *state) next(name string) stateFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
	for _, f := range s.faults {
		if len(s.names) == f.write {
			s.struck++
			return f.state
		}
	}
	return ""
}

func (s *state) write(name string, do func() error) error {
	if s.wire.killed() {
		return errKilled
	}
	switch s.next(name) {
	case writeFails:
		return errDisk
	case killedBefore:
		s.wire.kill()
		return errKilled
	case killedAfter:
		_ = do() // nobody hears of it
		s.wire.kill()
		return errKilled
	}
	return do()
}

func (s *state) Begin(ctx context.Context, r journal.Run) (id int64, err error) {
	err = s.write("begin", func() error { id, err = s.DB.Begin(ctx, r); return err })
	return id, err
}

func (s *state) Finish(ctx context.Context, id int64, r journal.Run) error {
	return s.write("finish", func() error { return s.DB.Finish(ctx, id, r) })
}

func (s *state) Bind(ctx context.Context, instance clerkapi.Instance) error {
	return s.write("bind", func() error { return s.DB.Bind(ctx, instance) })
}

func (s *state) Intend(ctx context.Context, run int64, changes []journal.Change) (ids []int64, err error) {
	err = s.write("intend", func() error { ids, err = s.DB.Intend(ctx, run, changes); return err })
	return ids, err
}

func (s *state) Record(ctx context.Context, outcomes []journal.Outcome) error {
	return s.write("record", func() error { return s.DB.Record(ctx, outcomes) })
}

func (s *state) Remember(ctx context.Context, run int64, set, forget []journal.Fact) error {
	return s.write("remember", func() error { return s.DB.Remember(ctx, run, set, forget) })
}

func (s *state) UseApproval(ctx context.Context, hash string, keys []string) error {
	return s.write("use approval", func() error { return s.DB.UseApproval(ctx, hash, keys) })
}

func (s *state) EndException(ctx context.Context, id int64, by string) error {
	return s.write("end exception", func() error { return s.DB.EndException(ctx, id, by) })
}

func (s *state) Pause(ctx context.Context, p journal.Pause) error {
	return s.write("pause", func() error { return s.DB.Pause(ctx, p) })
}

func (s *state) DropLinks(ctx context.Context, over func(*journal.Link) bool) error {
	return s.write("drop links", func() error { return s.DB.DropLinks(ctx, over) })
}

// inMemory is a directory whose files no disk has, where there is one: no cell asks
// what a disk keeps.
func inMemory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}
