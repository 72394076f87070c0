package worker

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/listen"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage"
)

// Serve makes runs until the context ends.
func Serve(ctx context.Context, set Setup, deps runner.Deps, options ...serve.Option) error {
	w, err := newWorker(ctx, set, deps)
	if err != nil {
		return err
	}
	defer w.close()
	options = append(options, serve.WithLogger(set.Log), serve.WithLastRun(w.lastRun(ctx)), serve.WithAnswers(w.answers(ctx)))
	w.service = serve.New(w, settingsOf(w.session), options...)
	closePage, err := w.openPage(ctx)
	if err != nil {
		return err
	}
	defer closePage()
	set.Log.Info("the service has started", zap.String("version", set.Version), zap.String("state", w.state))
	defer set.Log.Info("the service has ended")
	return w.service.Serve(ctx)
}

// openPage serves the status page until it is closed, so that it shows how the
// service ends.
func (w *worker) openPage(ctx context.Context) (func(), error) {
	address := w.session.Config.Serve.Listen
	if address == "" {
		return func() {}, nil
	}
	server, err := statuspage.Listen(ctx, address, w.page, w.log)
	if taken, ok := errors.AsType[*listen.Error](err); ok {
		if err = fmt.Errorf("%s: %w", w.configFile, err); !taken.Taken() {
			err = runner.UsageError{Err: err} // to start again does not help
		}
	}
	if err != nil {
		return nil, err
	}
	w.log.Info("the status page is at http://" + server.Address().String() + "/")
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ctx); err != nil {
			w.log.Error("the status page has stopped; runs continue", zap.Error(err))
		}
	}()
	return func() { end(); <-ended }, nil
}
