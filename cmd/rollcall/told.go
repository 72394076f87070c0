package main

import (
	"context"
	"time"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// told makes one run that changes Clerk, and tells of it whom the
// configuration names. Telling changes nothing about how the run ended.
func (e *env) told(ctx context.Context, s *session, dir string, run sync.Run, entry journal.Run) error {
	n := notify.New(s.config.Notify, dir, notify.WithLogger(e.log))
	started := time.Now()
	n.Begin(ctx)
	e.result.err = e.writtenDown(ctx, s, dir, run, entry)
	row := exit(e.result)
	n.End(ctx, notify.Run{
		ID: e.run, Verb: entry.Verb, Started: started, Finished: time.Now(), Outcome: row.word, ExitCode: row.code,
		Err: e.result.err, Report: e.result.report, Options: e.shown(),
	})
	return e.result.err
}
