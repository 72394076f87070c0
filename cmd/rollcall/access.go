package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
)

// newAccess is the access review. It plans as plan does, and reads besides
// what only a reviewer asks for.
func newAccess(e *env) *cobra.Command {
	organization := ""
	c := &cobra.Command{
		Use:   "access",
		Short: "List every member with why they are one, for an access review",
		Long: "access lists the members and pending invitations of all organizations, or of one: the rule and the group\n" +
			"that lead to each, since which run, who approved it, and when they were last seen. Whom nothing explains\n" +
			"comes first. It sends nothing but reads, and fails when something could not be read whole (S09).\n\n" +
			"In the CSV form the column decision is the reviewer's: keep or remove in every row. A source with the\n" +
			"columns organization, membership_id, user_id, role, email and decision takes the file back; the README\n" +
			"shows one. A decision is about that membership only, and about nobody who is let in again later.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return e.reading(c.Context(), func(s *session) error { return e.access(c.Context(), s, organization) })
		},
	}
	e.addOutput(c, "text", "json", "csv", "html")
	c.Flags().StringVar(&organization, "organization", "", "review one organization only (slug or id)")
	return c
}

func (e *env) access(ctx context.Context, s *session, organization string) error {
	scope := &sync.Scope{Organizations: []string{organization}, Only: organization}
	if organization == "" {
		all, err := s.clerk.Organizations(ctx)
		if err != nil {
			return e.located(fmt.Errorf("list organizations: %w", err), s.config)
		}
		scope.Organizations = nil
		for i := range all {
			scope.Organizations = append(scope.Organizations, all[i].ID)
		}
	}
	r, err := e.reconcile(ctx, s, sync.Run{Review: scope})
	if errors.Is(err, sync.ErrNoOrganization) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	switch e.flags.output {
	case "json":
		return report.Encode(e.stdout, r.Review)
	case "csv":
		return report.AccessCSV(e.stdout, r.Review)
	case "html":
		return report.AccessHTML(e.stdout, r.Review, e.shown())
	}
	return report.Access(e.stdout, r.Review, e.shown())
}
