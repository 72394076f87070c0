package memory

import (
	"context"
	"fmt"
	"time"

	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Removal is the newest removal of a membership, or of an invitation, by a run.
type Removal struct {
	Run   int64
	At    time.Time
	Email string
	// Invited says that it was an invitation, which the run revoked.
	Invited bool
}

// readRemovals reads which memberships and invitations earlier runs removed. The
// journal has them for as long as it keeps runs.
func (r *Store) readRemovals(ctx context.Context, m *Memory) error {
	latest, err := r.Journal.Latest(ctx, plan.Remove.String(), plan.RevokeInvitation.String())
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	m.removals = make(map[string]Removal, len(latest))
	for i := range latest { // oldest first: the newest one of an address remains
		c := &latest[i]
		f := Removal{Run: c.Run, At: c.Settled, Email: c.Email, Invited: c.Action == plan.RevokeInvitation.String()}
		for _, who := range []string{c.UserID, c.Email} {
			if who != "" {
				m.removals[InvitationKey(c.Organization, who)] = f
			}
		}
		if m.leavers == nil {
			m.leavers = map[string]bool{}
		}
		m.leavers[c.Organization] = true
	}
	return nil
}

// readCreations reads which users earlier runs created, and for whom.
func (r *Store) readCreations(ctx context.Context, m *Memory) error {
	if r.Config.MissingUsers != policy.MissingCreate {
		return nil
	}
	latest, err := r.Journal.Latest(ctx, plan.CreateUser.String())
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	m.CreatedFor = make(map[string]plan.DirectoryID, len(latest))
	for i := range latest {
		if c := &latest[i]; c.UserID != "" && c.PersonID != "" {
			m.CreatedFor[c.UserID] = r.Config.PresentID(plan.DirectoryID{Source: c.Source, ID: c.PersonID})
		}
	}
	return nil
}

// RemovalOf is how a run removed a user, or an address, from an organization. It
// is not ok if none did.
func (m *Memory) RemovalOf(organization, who string) (Removal, bool) {
	if m == nil || len(m.removals) == 0 || who == "" {
		return Removal{}, false
	}
	f, ok := m.removals[InvitationKey(organization, who)]
	return f, ok
}

// Leavers are the organizations from which runs removed somebody.
func (m *Memory) Leavers() map[string]bool {
	if m == nil {
		return nil
	}
	return m.leavers
}
