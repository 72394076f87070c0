package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/access"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/sync"
	"rollcall/sync/explain"
)

// newAccess is the access review. It plans as plan does, and reads besides
// what only a reviewer asks for.
func newAccess(a *app) *cobra.Command {
	organization := ""
	c := &cobra.Command{
		Use:  "access",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return reviewAccess(c.Context(), a, s, organization)
		},
	}
	a.addOutput(c, "text", "json", "csv", "html")
	a.addProgress(c)
	c.Flags().StringVar(&organization, "organization", "", "only this organization (slug or id)")
	return c
}

func reviewAccess(ctx context.Context, a *app, s *runner.Session, organization string) error {
	scope := &explain.Scope{Organizations: []string{organization}, Only: organization}
	if organization == "" {
		all, err := s.Clerk.Organizations(ctx)
		if err != nil {
			return s.Locate(fmt.Errorf("list organizations: %w", err))
		}
		scope.Organizations = nil
		for i := range all {
			scope.Organizations = append(scope.Organizations, all[i].ID)
		}
	}
	r, err := s.Read(ctx, sync.Run{Review: scope})
	if errors.Is(err, explain.ErrNoOrganization) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	switch a.flags.output {
	case "json":
		return escape.JSON(a.stdout, r.Review)
	case "csv":
		return access.CSV(a.stdout, r.Review)
	case "html":
		return access.HTML(a.stdout, r.Review, a.reportOptions())
	}
	return access.Text(a.stdout, r.Review, a.reportOptions())
}
