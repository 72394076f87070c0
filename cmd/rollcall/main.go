package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // time zones of sources, also where the system has none (S28)

	"go.uber.org/zap"
)

func main() {
	spareMemory()
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// spareMemory collects garbage twice as often as Go would: a run mostly waits
// for servers, and in a container memory is what has a limit. A GOGC of the
// admin stays.
func spareMemory() {
	const percent = 50
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// run is the whole program. The first SIGINT or SIGTERM ends the context, so
// that calls in flight finish and the report says what was done. A second signal
// kills the process.
func run(parent context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, lookup: os.LookupEnv, log: zap.NewNop()}
	root := withMan(newRoot(a))
	root.SetArgs(args)
	outcome := outcomeOf(root.ExecuteContext(ctx))
	outcome.Signalled = ctx.Err() != nil
	a.printError(&outcome)
	return outcome.Code()
}
