package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"rollcall/clerkapi/sandbox"
)

// sandboxFlags are those of the verb sandbox.
type sandboxFlags struct {
	listen, seed, key, limits string
	generate, marker, faults  string
	fixedWindow               bool
	latency                   time.Duration
}

// newSandbox serves an in-memory Clerk. A signal is the usual way to end it,
// so that is no interruption.
func newSandbox(e *env) *cobra.Command {
	var f sandboxFlags
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve an in-memory Clerk, to try a configuration against",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return e.serveSandbox(c.Context(), f) },
	}
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:4900", "address to listen on; keep it on loopback")
	c.Flags().StringVar(&f.seed, "seed", "", "JSON file with what the instance holds; without it, the company of the demo")
	c.Flags().StringVar(&f.key, "secret-key", sandbox.DefaultSecretKey, "secret key that requests must bear")
	c.Flags().DurationVar(&f.latency, "latency", 0, "time that passes before each answer, such as 25ms")
	c.Flags().StringVar(&f.limits, "limits", "development", "rate limits: production, development or none")
	c.Flags().BoolVar(&f.fixedWindow, "fixed-window", false, "count the limits in fixed windows instead of sliding ones")
	c.Flags().StringVar(&f.generate, "generate", "", "instead of a seed: so many organizations with so many members each, such as 5000x20")
	c.Flags().StringVar(&f.marker, "marker", "", "give generated memberships the marker of this OWNER/SOURCE, with the external id")
	c.Flags().StringVar(&f.faults, "faults", "", "JSON file with an array of faults, as the package clerkapi/sandbox documents them")
	c.MarkFlagsMutuallyExclusive("seed", "generate")
	return c
}

func (e *env) serveSandbox(ctx context.Context, f sandboxFlags) error {
	options, err := f.options()
	if err != nil {
		return usageError{err}
	}
	server, err := sandbox.New(options)
	if err != nil {
		return usageError{err}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("listen for the sandbox: %w", err)
	}
	_, err = fmt.Fprintf(e.stdout, `sandbox listens on http://%[1]s

To try a configuration against it, let its clerk section say:

clerk:
  api_url: http://%[1]s
  secret_key_env: CLERK_SECRET_KEY

and run: CLERK_SECRET_KEY=%[2]s rollcall plan --config FILE
`, listener.Addr(), f.key)
	if err != nil {
		return err
	}
	return server.Serve(ctx, listener)
}
