package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/export"
	"rollcall/cmd/rollcall/internal/version"
)

// newExport is where an instance that has members already begins.
func newExport(a *app) *cobra.Command {
	apiURL, metadata := "", false
	c := &cobra.Command{
		Use:  "export DIRECTORY",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			clerk, err := clerkSection(a, c.Flags().Changed("config"), apiURL)
			if err != nil {
				return usage(err)
			}
			err = export.Instance(c.Context(), a.stdout, clerk, args[0], metadata, clerkapi.WithLogger(a.log), clerkapi.WithUserAgent("rollcall/"+version.Read().Version))
			if _, refused := errors.AsType[*export.RefusedError](err); refused || errors.Is(err, fs.ErrExist) {
				return usage(err)
			}
			return err
		},
	}
	c.Flags().StringVar(&apiURL, "api-url", "", "Clerk address if there is no configuration, for example of the sandbox")
	c.Flags().BoolVar(&metadata, "metadata", false, "also export metadata that are plain text")
	return c
}

// clerkSection is that of the configuration, where there is one.
func clerkSection(a *app, asked bool, apiURL string) (clerkapi.Config, error) {
	if _, err := os.Stat(a.flags.config); err == nil || asked {
		cfg, err := a.load()
		if err != nil {
			return clerkapi.Config{}, err
		}
		if cfg.Clerk.SecretKeyFile != "" { // the new configuration stands elsewhere
			if cfg.Clerk.SecretKeyFile, err = filepath.Abs(cfg.Clerk.SecretKeyFile); err != nil {
				return clerkapi.Config{}, err
			}
		}
		cfg.Clerk.APIURL = cmp.Or(apiURL, cfg.Clerk.APIURL)
		return cfg.Clerk, nil
	}
	key, _ := a.lookup(export.KeyVariable)
	if key == "" {
		return clerkapi.Config{}, errors.New("find the Clerk key: set the environment variable " + export.KeyVariable + ", or use a configuration with --config")
	}
	return clerkapi.Config{SecretKeyEnv: export.KeyVariable, SecretKey: clerkapi.NewSecret(key), APIURL: apiURL}, nil
}
