package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/export"
	"rollcall/cmd/rollcall/internal/report"
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
			return exportInstance(c.Context(), a, clerk, args[0], metadata)
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

func exportInstance(ctx context.Context, a *app, cfg clerkapi.Config, dir string, metadata bool) error {
	clerk, err := clerkapi.New(cfg, clerkapi.WithLogger(a.log), clerkapi.WithUserAgent("rollcall/"+version.Read().Version))
	if err != nil {
		return usage(err)
	}
	defer clerk.Close()
	at := config.PlacesOf(cfg)
	instance, err := clerk.Instance(ctx)
	if err != nil {
		return config.Advise(fmt.Errorf("read the instance: %w", err), at)
	}
	at.Instance = instance
	x, err := export.Read(ctx, clerk, metadata)
	if err != nil {
		return config.Advise(err, at)
	}
	if x.Rows() == 0 {
		// A file of nobody is a damaged one to every reader (S11).
		return report.NothingExported(instance, x.LeftOut)
	}
	if err := x.Write(dir, cfg); errors.Is(err, fs.ErrExist) {
		return usage(err)
	} else if err != nil {
		return err
	}
	return report.Exported(a.stdout, instance, x.Rows(), x.Organizations, x.LeftOut, filepath.Join(dir, export.ConfigFile))
}
