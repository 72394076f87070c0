package main

import (
	"context"
	"fmt"
	"time"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// testNotifications shows what became of a test message to each channel.
func (e *env) testNotifications(ctx context.Context, s *session) error {
	c := &checkup{env: e, session: s}
	failed, tested := 0, notify.New(s.config.Notify, s.state).Test(ctx)
	if len(tested) == 0 {
		c.warn("the configuration has no section notify: nobody is told when a run fails")
	}
	for _, t := range tested {
		if t.Err != nil {
			c.bad("notify.%s: %v", t.Channel, t.Err)
			failed++
			continue
		}
		c.ok("notify.%s: a test message was taken", t.Channel)
	}
	if failed > 0 {
		return fmt.Errorf("%s of the section notify did not take a test message; the lines that begin with PROBLEM say why", report.Count(failed, "channel"))
	}
	return nil
}

// told makes one run that changes Clerk, and tells of it whom the
// configuration names. Telling changes nothing about how the run ended.
func (e *env) told(ctx context.Context, s *session, dir string, run sync.Run, entry journal.Run) error {
	n := notify.New(s.config.Notify, dir, notify.WithLogger(e.log))
	e.restoreFigures(ctx, s, dir)
	started := time.Now()
	n.Begin(ctx)
	e.result.err = e.writtenDown(ctx, s, dir, run, entry)
	row := exit(e.result)
	r := notify.Run{
		ID: e.run, Verb: entry.Verb, Started: started, Finished: time.Now(), Outcome: row.word, ExitCode: row.code,
		Part: e.flags.organization != "" || e.flags.only != "" || entry.Undoes != 0,
		Err:  e.result.err, Report: e.result.report, Options: e.shown(),
	}
	e.keepFigures(s, &r)
	for _, tell := range e.watch {
		tell(&r)
	}
	n.End(ctx, r)
	return e.result.err
}
