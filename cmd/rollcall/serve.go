package main

import (
	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/version"
	"rollcall/cmd/rollcall/internal/worker"
)

// newServe is the verb that applies again and again.
func newServe(a *app) *cobra.Command {
	return &cobra.Command{
		Use:         "serve",
		Args:        cobra.NoArgs,
		Annotations: map[string]string{outputIsLog: ""},
		RunE: func(c *cobra.Command, _ []string) error {
			signals, stop := serve.ListenForSignals()
			defer stop()
			return worker.Serve(c.Context(), setupOf(a), a.deps(), serve.WithSignals(signals), serve.WithSystem(serve.NewSystem()))
		},
	}
}

// setupOf is what the service takes from the process.
func setupOf(a *app) worker.Setup {
	return worker.Setup{ConfigFile: a.flags.config, Lookup: a.lookup, Log: a.log, Version: version.Read().Version, Open: a.openWith}
}
