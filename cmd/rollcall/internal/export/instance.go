package export

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report"
)

// RefusedError is a clerk section that cannot be used.
type RefusedError struct{ Err error }

// Error is the text of the error below.
func (e *RefusedError) Error() string { return e.Err.Error() }

func (e *RefusedError) Unwrap() error { return e.Err }

// Instance exports the instance of a clerk section into a directory, and says so. If a
// file is there already, the error is [io/fs.ErrExist].
func Instance(ctx context.Context, out io.Writer, cfg clerkapi.Config, dir string, metadata bool, options ...clerkapi.Option) error {
	clerk, err := clerkapi.New(cfg, options...)
	if err != nil {
		return &RefusedError{err}
	}
	defer clerk.Close()
	at := config.PlacesOf(cfg)
	instance, err := clerk.Instance(ctx)
	if err != nil {
		return config.Advise(fmt.Errorf("read the instance: %w", err), at)
	}
	at.Instance = instance
	x, err := Read(ctx, clerk, metadata)
	if err != nil {
		return config.Advise(err, at)
	}
	if x.Rows() == 0 {
		// A file of nobody is a damaged one to every reader (S11).
		return report.NothingExported(instance, x.LeftOut)
	}
	if err := x.Write(dir, cfg); err != nil {
		return err
	}
	return report.Exported(out, instance, x.Rows(), x.Organizations, x.LeftOut, filepath.Join(dir, ConfigFile))
}
