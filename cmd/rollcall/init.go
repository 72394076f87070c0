package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/cases"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/setup"
	"rollcall/cmd/rollcall/internal/terminal"
)

// initFlags are answers from the command line.
type initFlags struct {
	given   setup.Answers
	columns map[string]string
	rules   []string
	where   []string
	force   bool
	ask     bool
}

// newInit writes a first configuration.
func newInit(a *app) *cobra.Command {
	f := initFlags{}
	c := &cobra.Command{
		Use:  "init",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return initialize(c.Context(), a, f) },
	}
	given := &f.given
	flags := c.Flags()
	flags.StringVar(&given.KeyEnv, "clerk-key-env", "", "environment variable with the Clerk secret key")
	flags.StringVar(&given.KeyFile, "clerk-key-file", "", "file with the Clerk secret key")
	flags.StringVar(&given.APIURL, "api-url", "", "Clerk address, for example of the sandbox")
	flags.StringVar(&given.CSV.Path, "csv", "", "CSV file with your people")
	flags.StringVar(&given.CSV.Encoding, "encoding", "", "encoding of the CSV file, such as windows-1252")
	flags.StringToStringVar(&f.columns, "column", nil, "columns of the CSV file: email=HEADING,id=HEADING,groups=HEADING, or organization and role; start and end")
	flags.IntVar(&given.CSV.HeaderLine, "header-line", 0, "line of the headings in the CSV file")
	flags.StringArrayVar(&f.where, "where", nil, "HEADING=VALUE of the rows of the CSV file that count (repeatable; - for all rows)")
	flags.StringArrayVar(&given.CSV.DateFormats, "date-format", nil, "how start and end are written, such as %d.%m.%Y (repeatable)")
	flags.StringVar(&given.CSV.Timezone, "timezone", "", "time zone of start and end, such as Europe/Vienna")
	flags.StringVar(&given.LDAP.URL, "ldap", "", "LDAP server with your people, such as ldaps://dc1.corp.example")
	flags.StringVar(&given.LDAP.TLS, "ldap-tls", "", "starttls, ldaps or off")
	flags.StringVar(&given.LDAP.CAFile, "ldap-ca-file", "", "file with the certificate of the CA that signed the server's (PEM)")
	flags.StringVar(&given.LDAP.BindDN, "bind-dn", "", "DN to log in as; Active Directory also takes user@domain")
	flags.StringVar(&given.LDAP.PasswordFile, "bind-password-file", "", "file with the password for that DN")
	flags.StringVar(&given.LDAP.BaseDN, "base-dn", "", "base DN of people and groups")
	flags.StringArrayVar(&f.rules, "rule", nil, "GROUP=ORGANIZATION,ROLE (repeatable)")
	flags.StringSliceVar(&given.Domains, "email-domain", nil, "email domains of your people")
	flags.StringVar(&given.Removals, "removals", "", "which members rollcall may remove: none, managed or all")
	flags.BoolVar(&f.force, "force", false, "replace an existing configuration")
	flags.BoolVar(&f.ask, "ask", false, "ask even if the input is not a terminal")
	c.MarkFlagsMutuallyExclusive("csv", "ldap")
	c.MarkFlagsMutuallyExclusive("clerk-key-env", "clerk-key-file")
	return c
}

func initialize(ctx context.Context, a *app, f initFlags) error {
	if _, err := os.Lstat(a.flags.config); err == nil && !f.force {
		return usage(fmt.Errorf("%s exists already; use another file with --config, or replace it with --force", a.flags.config))
	}
	given, err := f.answers()
	if err != nil {
		return usage(err)
	}
	dialogue := setup.NewDialogue(a.stdin, a.stdout, f.ask || isTerminal(a.stdin))
	if isTerminal(a.stdout) {
		dialogue.Width = a.width()
	}
	answers, err := setup.Ask(ctx, dialogue, given, a.lookup)
	if err != nil {
		return err
	}
	check := func(file string) error {
		_, err := config.Load(file, a.lookup)
		return err
	}
	if err := setup.Write(a.flags.config, answers, f.force, check); errors.Is(err, fs.ErrExist) {
		return usage(err)
	} else if err != nil {
		return err
	}
	first := cases.WriteToday(ctx, a.flags.config, a.lookup, openSources(a))
	_, err = fmt.Fprintf(a.stdout, "Wrote %s.\n%s\nNext: %s\n", a.flags.config, terminal.Wrap(escape.Line(first), dialogue.Width, 2), strings.Join(append([]string{"rollcall", "plan"}, a.repeatFlags()...), " "))
	return err
}

// answers are those of the command line.
func (f *initFlags) answers() (setup.Answers, error) {
	a := f.given
	a.CSV.Columns = f.columns
	if err := setup.CheckColumns(f.columns); err != nil {
		return a, fmt.Errorf("--column: %w", err)
	}
	var err error
	if a.CSV.Where, err = setup.ParseWhere(f.where); err != nil {
		return a, fmt.Errorf("--where: %w", err)
	}
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
