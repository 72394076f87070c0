package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones of sources, also where the system has none (S28)

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func main() {
	spareMemory()
	boundMemory()
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// spareMemory collects garbage twice as often as Go would: a run mostly waits
// for others, and in a container memory is what has a limit. Whoever sets GOGC
// knows better.
func spareMemory() {
	const percent = 50
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// run is the whole program. The first SIGINT or SIGTERM ends the context, so
// that calls in flight finish and the report says what was done; the second
// one kills, as if nobody listened.
func run(parent context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	e := &env{stdin: stdin, stdout: stdout, stderr: stderr, lookup: os.LookupEnv, log: zap.NewNop()}
	root := withMan(newRoot(e))
	root.SetArgs(args)
	e.result.err = root.ExecuteContext(ctx)
	e.result.usage = !e.started
	e.result.signalled = ctx.Err() != nil
	e.complain()
	return exitCode(e.result)
}

// complain says why there is no result, once: as a sentence, or as a log line
// where logs are for machines.
func (e *env) complain() {
	err := e.result.err
	switch {
	case err == nil:
	case e.flags.logFormat == "json" && e.started:
		if !e.summed {
			e.log.Error("run ended", zap.Error(err), zap.Int("exit_code", exitCode(e.result)))
		}
	default:
		text := "rollcall: " + err.Error()
		if toJournal(e.stderr, e.lookup) {
			mark := priority(zapcore.ErrorLevel)
			text = mark + strings.ReplaceAll(text, "\n", "\n"+mark)
		}
		_, _ = fmt.Fprintln(e.stderr, text) // stderr is the last resort
	}
}
