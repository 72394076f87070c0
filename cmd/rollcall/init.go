package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/setup"
)

// initFlags are answers from the command line.
type initFlags struct {
	given   setup.Answers
	columns map[string]string
	rules   []string
	force   bool
	ask     bool
}

// newInit writes a first configuration.
func newInit(e *env) *cobra.Command {
	f := initFlags{}
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a first configuration, and try each connection on the way",
		Long: "init asks where the Clerk key is, where people come from, and what their groups mean; it tries each answer, and\n" +
			"writes the configuration to the file of --config. What the flags answer is not asked, and without a terminal nothing\n" +
			"is. No secret is asked for or written: they stay in a variable or in files. It changes nothing in Clerk.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return e.initialize(c.Context(), f) },
	}
	a := &f.given
	flags := c.Flags()
	flags.StringVar(&a.KeyEnv, "clerk-key-env", "", "variable that holds Clerk's secret key")
	flags.StringVar(&a.KeyFile, "clerk-key-file", "", "file that holds Clerk's secret key")
	flags.StringVar(&a.APIURL, "api-url", "", "where Clerk is; for example the sandbox")
	flags.StringVar(&a.CSV.Path, "csv", "", "CSV file with the people")
	flags.StringToStringVar(&f.columns, "column", nil, "columns of the CSV file: email=HEADING,id=HEADING,groups=HEADING, or organization and role")
	flags.StringVar(&a.LDAP.URL, "ldap", "", "LDAP server with the people, such as ldaps://dc1.corp.example")
	flags.StringVar(&a.LDAP.TLS, "ldap-tls", "", "starttls, ldaps or off")
	flags.StringVar(&a.LDAP.BindDN, "bind-dn", "", "DN to log in as")
	flags.StringVar(&a.LDAP.PasswordFile, "bind-password-file", "", "file that holds its password")
	flags.StringVar(&a.LDAP.BaseDN, "base-dn", "", "DN below which people and groups are")
	flags.StringArrayVar(&f.rules, "rule", nil, "GROUP=ORGANIZATION,ROLE (repeatable)")
	flags.StringSliceVar(&a.Domains, "email-domain", nil, "e-mail domains of your people")
	flags.StringVar(&a.Removals, "removals", "", "whom rollcall may remove: none, managed or all")
	flags.BoolVar(&f.force, "force", false, "replace a configuration that is there")
	flags.BoolVar(&f.ask, "ask", false, "ask also where the input is no terminal")
	c.MarkFlagsMutuallyExclusive("csv", "ldap")
	c.MarkFlagsMutuallyExclusive("clerk-key-env", "clerk-key-file")
	return c
}

func (e *env) initialize(ctx context.Context, f initFlags) error {
	if _, err := os.Lstat(e.flags.config); err == nil && !f.force {
		return usageError{fmt.Errorf("%s is there already; name another with --config, or replace it with --force", e.flags.config)}
	}
	given, err := f.answers()
	if err != nil {
		return usageError{err}
	}
	answers, err := setup.Ask(ctx, setup.NewDialogue(e.stdin, e.stdout, f.ask || isTerminal(e.stdin)), given, e.lookup)
	if err != nil {
		return err
	}
	check := func(file string) error {
		_, err := config.Load(file, e.lookup)
		return err
	}
	if err := setup.Write(e.flags.config, answers, f.force, check); errors.Is(err, fs.ErrExist) {
		return usageError{err}
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "Wrote %s.\nNext: %s\n", e.flags.config, strings.Join(append([]string{"rollcall", "plan"}, e.repeatFlags()...), " "))
	return err
}

// answers are those of the command line.
func (f *initFlags) answers() (setup.Answers, error) {
	a := f.given
	a.CSV.Columns = f.columns
	switch {
	case a.CSV.Path != "":
		a.Kind = "csv"
	case a.LDAP.URL != "":
		a.Kind = "ldap"
	}
	for _, text := range f.rules {
		r, err := setup.ParseRule(text)
		if err != nil {
			return a, fmt.Errorf("--rule: %w", err)
		}
		a.Rules = append(a.Rules, r)
	}
	return a, nil
}
