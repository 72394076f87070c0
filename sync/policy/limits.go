package policy

import (
	"fmt"
	"iter"
	"time"
)

// Guards are the limits of S17. A guard holds what is more than its limit.
type Guards struct {
	Removals      Limit `yaml:"removals"`
	AdminLosses   Limit `yaml:"admin_losses"`
	AdminGrants   Limit `yaml:"admin_grants"`
	Adds          Limit `yaml:"adds"`
	RoleChanges   Limit `yaml:"role_changes"`
	MetadataNulls Limit `yaml:"metadata_nulls"`
	// SourceShrink is by how much a group may fall below its baseline. It has no
	// limits but percent and people.
	SourceShrink Limit `yaml:"source_shrink"`
	// The steps of the leaver ladder are limited for the whole run, of all people whom
	// rollcall manages. They have no limits but people and half.
	EndSessions   Limit `yaml:"end_sessions"`
	RevokeAPIKeys Limit `yaml:"revoke_api_keys"`
	LockOrBan     Limit `yaml:"lock_or_ban"`
}

// Limit is the limit of a guard for one organization and for the run. In an
// organization both percent and people must be exceeded, or half of the members
// if there are at least Half changes.
type Limit struct {
	Percent int `yaml:"percent"`
	People  int `yaml:"people"`
	// Half is the number of people from which half of them is a breach; 0 is off.
	Half int `yaml:"half"`
	Run  int `yaml:"run"`
}

// DefaultGuards are the limits in the table of S17.
func DefaultGuards() Guards {
	return Guards{
		Removals:      Limit{Percent: 10, People: 5, Half: 2, Run: 500},
		AdminLosses:   Limit{People: 5, Half: 2, Run: 50},
		AdminGrants:   Limit{People: 5, Run: 50},
		Adds:          Limit{Percent: 30, People: 100, Run: 5000},
		RoleChanges:   Limit{Percent: 20, People: 20, Run: 1000},
		MetadataNulls: Limit{Percent: 10, People: 10, Run: 1000},
		SourceShrink:  Limit{Percent: 30, People: 5},
		EndSessions:   Limit{People: 10, Half: 2},
		RevokeAPIKeys: Limit{People: 10, Half: 2},
		LockOrBan:     Limit{People: 10, Half: 2},
	}
}

// all iterates over the limits with their names, in the order of the table.
func (g *Guards) all() iter.Seq2[string, Limit] {
	return func(yield func(string, Limit) bool) {
		for _, x := range []struct {
			name  string
			limit Limit
		}{{"removals", g.Removals}, {"admin_losses", g.AdminLosses}, {"admin_grants", g.AdminGrants}, {"adds", g.Adds},
			{"role_changes", g.RoleChanges}, {"metadata_nulls", g.MetadataNulls},
			{"end_sessions", g.EndSessions}, {"revoke_api_keys", g.RevokeAPIKeys}, {"lock_or_ban", g.LockOrBan}} {
			if !yield(x.name, x.limit) {
				return
			}
		}
	}
}

// Shrunk reports whether a group has shrunk by more than the limit (S17).
func (l Limit) Shrunk(base, now int) bool {
	n := base - now
	return n > l.People && 100*n > l.Percent*base
}

// Shrunk reports whether a group has shrunk too much. One of exceptions is judged as
// removals are: who leaves it gains access (S17).
func (g *Guards) Shrunk(exception bool, base, now int) bool {
	if exception {
		return g.Removals.Breached(base-now, base)
	}
	return g.SourceShrink.Shrunk(base, now)
}

// Breached reports whether n of base people are more than the limit allows in an
// organization.
func (l Limit) Breached(n, base int) bool { return l.exceeded(n, base) || l.halved(n, base) }

// exceeded reports whether n is more than the people and the percent.
func (l Limit) exceeded(n, base int) bool {
	return n > l.People && (l.Percent == 0 || 100*n > l.Percent*base)
}

// halved reports whether n are half of the base or more.
func (l Limit) halved(n, base int) bool {
	return l.Half > 0 && n >= l.Half && 2*n >= base
}

// Text is the limit that n of base people breach, as a sentence for the admin.
func (l Limit) Text(n, base int) string {
	switch {
	case !l.exceeded(n, base):
		return fmt.Sprintf("half or more wait, from %d people on", l.Half)
	case l.Percent == 0:
		return fmt.Sprintf("more than %d wait", l.People)
	}
	return fmt.Sprintf("limit: more than %d %% and more than %d people", l.Percent, l.People)
}

// From is the number of people from which on an organization that had nobody
// breaches the limit.
func (l Limit) From() int {
	if l.Half > 0 {
		return min(l.Half, l.People+1)
	}
	return l.People + 1
}

// Floor is the least time that n requests take. With N allowed per window they
// cannot end before window × ⌊(n − 1) / N⌋.
func (r Rate) Floor(n int) time.Duration {
	if n == 0 || r.Requests <= 0 {
		return 0
	}
	return r.Window * time.Duration((n-1)/r.Requests)
}
