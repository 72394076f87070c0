package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/listen"
	"rollcall/cmd/rollcall/internal/seed"
)

// sandboxFlags are those of the verb sandbox.
type sandboxFlags struct {
	listen, key, limits, faults string
	seed                        seed.Config
	fixedWindow                 bool
	latency                     time.Duration
}

// newSandbox serves an in-memory Clerk. A signal is the usual way to end it,
// so that is no interruption.
func newSandbox(a *app) *cobra.Command {
	var f sandboxFlags
	c := &cobra.Command{
		Use:  "sandbox",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return serveSandbox(c.Context(), a, f) },
	}
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:4900", "address to listen on; keep it on loopback")
	c.Flags().StringVar(&f.seed.File, "seed", "", "JSON file with users, organizations and memberships; without it, the company of the demo")
	c.Flags().StringVar(&f.key, "secret-key", "", "secret key for requests; default: a random one")
	c.Flags().DurationVar(&f.latency, "latency", 0, "delay before each answer, such as 25ms")
	c.Flags().StringVar(&f.limits, "limits", "development", "rate limits: production, development or none")
	c.Flags().BoolVar(&f.fixedWindow, "fixed-window", false, "count the limits in fixed windows instead of sliding ones")
	c.Flags().StringVar(&f.seed.Generate, "generate", "", "instead of --seed: number of organizations and of members in each, such as 5000x20")
	c.Flags().StringVar(&f.seed.Marker, "marker", "", "give generated memberships the marker of this OWNER/SOURCE")
	c.Flags().StringVar(&f.faults, "faults", "", "JSON file with an array of faults; the Go package clerkapi/sandbox documents them")
	c.MarkFlagsMutuallyExclusive("seed", "generate")
	return c
}

func serveSandbox(ctx context.Context, a *app, f sandboxFlags) error {
	options, err := f.options()
	if err != nil {
		return usage(err)
	}
	server, err := sandbox.New(options)
	if err != nil {
		return usage(err)
	}
	listener, err := listen.On(ctx, "--listen", f.listen)
	if taken, ok := errors.AsType[*listen.Error](err); ok && !taken.Taken() {
		return usage(err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, `The sandbox listens on http://%[1]s until Ctrl-C, or kill %[4]d.

Put its address into the configuration:

clerk:
  api_url: http://%[1]s
  secret_key_env: CLERK_SECRET_KEY

and its key into the environment:

export CLERK_SECRET_KEY=%[2]s

or, with the key in the environment, have a configuration written:

rollcall init --api-url http://%[1]s

These commands do what people do in it. More are in rollcall help rehearsal:

export SANDBOX=http://%[1]s/_sandbox
%[3]s
`, listener.Addr(), server.SecretKey(), strings.Join(seed.LifeCommands(options.Seed), "\n"), os.Getpid())
	if err != nil {
		return err
	}
	return server.Serve(ctx, listener)
}

// options makes what the flags say into a server's options.
func (f sandboxFlags) options() (sandbox.Options, error) {
	o := sandbox.Options{SecretKey: cmp.Or(f.key, "sk_test_"+rand.Text()), Latency: f.latency}
	var problems [3]error
	o.Limits, problems[0] = sandbox.ParseLimits(f.limits)
	o.Limits.FixedWindow = f.fixedWindow
	o.Faults, problems[1] = readFaults(f.faults)
	o.Seed, problems[2] = f.seed.Read()
	return o, errors.Join(problems[:]...)
}

// readFaults reads what is to go wrong; no name means nothing.
func readFaults(name string) ([]sandbox.Fault, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	var faults []sandbox.Fault
	if err := json.Unmarshal(data, &faults); err != nil {
		return nil, fmt.Errorf("read faults %s: %w", name, err)
	}
	return faults, nil
}
