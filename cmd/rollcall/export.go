package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/export"
	"rollcall/cmd/rollcall/internal/report"
)

// newExport is where an instance that has members already begins.
func newExport(e *env) *cobra.Command {
	apiURL, metadata := "", false
	c := &cobra.Command{
		Use:   "export DIRECTORY",
		Short: "Write what Clerk holds today as a CSV and a configuration whose plan is empty",
		Long: "export reads all memberships and writes members.csv and rollcall.yaml into a new directory. The plan of that\n" +
			"configuration is empty, and it removes nobody: adoption starts from there. It sends nothing but reads. The key is\n" +
			"that of the configuration; without one, the variable " + export.KeyVariable + " has it.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			clerk, err := e.clerkSection(c.Flags().Changed("config"), apiURL)
			if err != nil {
				return usageError{err}
			}
			return e.export(c.Context(), clerk, args[0], metadata)
		},
	}
	c.Flags().StringVar(&apiURL, "api-url", "", "where Clerk is, when there is no configuration; for example the sandbox")
	c.Flags().BoolVar(&metadata, "metadata", false, "export metadata that are plain text, too; from then on the file has them")
	return c
}

// clerkSection is that of the configuration, where there is one.
func (e *env) clerkSection(asked bool, apiURL string) (clerkapi.Config, error) {
	if _, err := os.Stat(e.flags.config); err == nil || asked {
		cfg, err := config.Load(e.flags.config, e.lookup)
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
	key, _ := e.lookup(export.KeyVariable)
	if key == "" {
		return clerkapi.Config{}, errors.New("find the Clerk key: put it into the variable " + export.KeyVariable + ", or name a configuration with --config")
	}
	return clerkapi.Config{SecretKeyEnv: export.KeyVariable, SecretKey: clerkapi.NewSecret(key), APIURL: apiURL}, nil
}

func (e *env) export(ctx context.Context, cfg clerkapi.Config, dir string, metadata bool) error {
	clerk, err := clerkapi.New(cfg, clerkapi.WithLogger(e.log), clerkapi.WithUserAgent("rollcall/"+version()))
	if err != nil {
		return usageError{err}
	}
	defer clerk.Close()
	x, err := export.Read(ctx, clerk, metadata)
	if err != nil {
		return err
	}
	if err := x.Write(dir, cfg); errors.Is(err, fs.ErrExist) {
		return usageError{err}
	} else if err != nil {
		return err
	}
	return report.Exported(e.stdout, x.Rows(), x.Organizations, x.LeftOut, filepath.Join(dir, export.ConfigFile))
}
