package worker

import (
	"context"
	"errors"
	"fmt"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/serve"
)

// readToken reads the token of a configuration, which counts at once. Without one nobody
// may ask for a run, and neither may anybody with the old one if its file is gone or
// empty: that is how somebody revokes it.
func (w *worker) readToken(c *config.Config) error {
	if c.Serve.RunTokenFile == "" {
		return w.token.Set("")
	}
	token, err := config.ReadSecret(c.Serve.RunTokenFile)
	if err == nil && token == "" {
		err = errors.New("the file is empty")
	}
	if err == nil {
		err = w.token.Set(token)
	} else {
		err = errors.Join(err, w.token.Set(""))
	}
	if err != nil {
		return fmt.Errorf("%s: serve.run_token_file: %w", w.configFile, err)
	}
	return nil
}

// request asks the service for a run.
func (w *worker) request(ctx context.Context, person string) (*serve.Job, error) {
	return w.service.Request(ctx, person)
}
