package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage"
)

// newServe is the verb that applies again and again.
func newServe(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Apply by a schedule, until told to stop",
		Long: "serve makes the runs that apply makes, by the schedule in the section serve of the configuration,\n" +
			"and shows on a status page how they went. SIGUSR1 makes a run at once, SIGHUP reads the configuration\n" +
			"again, SIGTERM and SIGINT finish the calls in flight and exit 0.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			signals, deaf := listenForSignals()
			defer deaf()
			return e.serve(c.Context(), serve.WithSignals(signals), serve.WithSystem(serve.NewSystem()))
		},
	}
}

// listenForSignals hears what an admin says. SIGTERM and SIGINT end the
// context; see run.
func listenForSignals() (serve.Signals, func()) {
	runNow, reload := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(runNow, syscall.SIGUSR1)
	signal.Notify(reload, syscall.SIGHUP)
	return serve.Signals{RunNow: runNow, Reload: reload}, func() { signal.Stop(runNow); signal.Stop(reload) }
}

// serve makes runs until the context ends.
func (e *env) serve(ctx context.Context, options ...serve.Option) error {
	w, err := e.newWorker(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	options = append(options, serve.WithLogger(e.log), serve.WithLast(w.lastRun(ctx)))
	w.runner = serve.New(w, w.settings(), options...)
	closePage, err := w.openPage(ctx)
	if err != nil {
		return err
	}
	defer closePage()
	e.log.Info("the service begins", zap.String("version", version()), zap.String("state", w.state))
	defer e.log.Info("the service has ended")
	return w.runner.Serve(ctx)
}

// openPage serves the status page until it is closed: readers see the service
// end.
func (w *worker) openPage(ctx context.Context) (func(), error) {
	address := w.session.config.Serve.Listen
	if address == "" {
		return func() {}, nil
	}
	server, err := statuspage.Listen(ctx, address, w.page, w.log)
	if err != nil {
		return nil, err
	}
	w.log.Info("the status page is at http://" + server.Address().String() + "/")
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ctx); err != nil {
			w.log.Error("the status page has ended; runs go on", zap.Error(err))
		}
	}()
	return func() { end(); <-ended }, nil
}
