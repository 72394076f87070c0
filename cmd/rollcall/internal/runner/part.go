package runner

import (
	"context"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/state"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// checkOrganization refuses a run for an organization that neither the rules nor
// earlier runs know, before anything is read. If a group or a row may lead to any
// organization, only the run can tell; so it is for an id, and before the first run,
// since there may be markers that nobody remembers (S15).
func checkOrganization(ctx context.Context, s *Session, run sync.Run) error {
	if run.Organization == "" || len(run.Undo) > 0 || strings.HasPrefix(run.Organization, "org_") || s.state == "" {
		return nil
	}
	names, limited := ruledOrganizations(s.Config)
	if !limited || slices.Contains(names, run.Organization) {
		return nil
	}
	db, err := journal.Open(ctx, s.state, journal.Options{ReadOnly: true})
	if err != nil {
		return nil // the run says what is wrong with the journal
	}
	defer func() { _ = db.Close() }() // nothing was written
	known, err := state.Read(ctx, db)
	if err != nil || len(known) == 0 {
		return nil // the run reads it too, and reports the error
	}
	for id, slug := range known {
		names = append(names, id, slug)
	}
	if slices.Contains(names, run.Organization) {
		return nil
	}
	return UsageError{Err: &sync.UnknownPartError{Part: plan.Part{Organization: run.Organization}, Near: source.Nearest(run.Organization, names)}}
}

// ruledOrganizations are those that the rules name. They are not limited if a group's
// name or a row may name others.
func ruledOrganizations(cfg *config.Config) (names []string, limited bool) {
	for _, c := range cfg.Sources {
		if c.CSV != nil && c.CSV.Columns.Organization != "" {
			return nil, false
		}
	}
	rules, _ := policy.CompileRules(cfg.Rules) // their problems were reported before
	for i := range rules.Rules {
		named, ok := rules.Rules[i].Named()
		if !ok {
			return nil, false
		}
		names = append(names, named...)
	}
	return names, true
}
