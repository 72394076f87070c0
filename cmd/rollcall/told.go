package main

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

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
	if entry.Verb != "serve" { // the service says it with what began the run
		e.logEnd(&r)
	}
	e.keepFigures(s, &r)
	for _, tell := range e.watch {
		tell(&r)
	}
	n.End(ctx, r)
	return e.result.err
}

// logEnd says in one line how a run ended, at the level at which somebody
// should look at it.
func (e *env) logEnd(r *notify.Run) {
	fields := []zap.Field{zap.String("verb", r.Verb), zap.Int64("run", r.ID), zap.String("outcome", r.Outcome), zap.Int("exit_code", r.ExitCode),
		zap.Duration("took", r.Finished.Sub(r.Started))}
	if p := r.Report; p != nil {
		fields = append(fields, zap.Int("done", p.Tally(sync.Done)), zap.Int("failed", p.Tally(sync.Failed)), zap.Int("not_sent", p.NotTried),
			zap.Int("held", p.Plan.Count(sync.Held)), zap.Int("holds", len(p.Plan.Holds)), zap.Int("skipped", p.Plan.Count(sync.Skipped)))
	}
	level := zapcore.InfoLevel
	switch {
	case r.Err != nil || r.ExitCode == 1:
		level = zapcore.ErrorLevel
		fields = append(fields, zap.Error(r.Err)) // none where only a source failed
	case r.ExitCode != 0:
		level = zapcore.WarnLevel
	}
	e.log.Log(level, "run ended", fields...)
	e.summed = true
}
