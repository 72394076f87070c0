package everyfault

import (
	"net/http"
	"slices"
	"strings"
)

// effect is what a run does to one subject.
type effect string

const (
	gain   effect = "gain"
	loss   effect = "loss"
	change effect = "change"
)

// effectOf is what a change of the role does.
func effectOf(before, after string) effect {
	switch {
	case before == "", after == "org:admin":
		return gain
	case after == "", before == "org:admin":
		return loss
	}
	return change
}

// concern is what a fault of a request may keep from being done in the same run.
type concern struct {
	everything bool
	// organization is a slug; empty is all of them.
	organization string
	effects      []effect
	// invitations are covered whatever happens to them.
	invitations bool
	// undo says that an undo needs the request.
	undo bool
	// dependents are subjects that wait for the struck request.
	dependents []string
}

// covers reports whether the effect on a subject may wait.
func (c concern) covers(subject string, of effect) bool {
	organization, _, _ := strings.Cut(subject, " ")
	if c.everything || slices.Contains(c.dependents, subject) {
		return true
	}
	if c.organization != "" && organization != c.organization {
		return false
	}
	return slices.Contains(c.effects, of) || c.invitations && strings.HasSuffix(subject, " invited")
}

// forecasts are the lists that only foretell what Clerk will do.
var forecasts = []string{"directories", "enterprise_connections", "organization_domains"}

// concernOf says what a fault concerns: a read, what it is read for; a write, what is
// of the same kind in the same organization. Gains never concern losses (S39), and no
// organization concerns another one (S40).
func concernOf(r request, s *strike) concern {
	p := parts(r.path)
	organization := ""
	if part(p, 0) == "organizations" {
		organization = slug(part(p, 1))
	}
	all := []effect{gain, loss, change}
	switch {
	case s.kills:
		return concern{everything: true}
	case r.method == http.MethodGet:
		for _, f := range forecasts {
			if part(p, 0) == f {
				return concern{}
			}
		}
		switch {
		case part(p, 2) == "billing":
			return concern{}
		case s.stops(): // whatever was asked for, nothing else would work
		case part(p, 0) == "role_sets":
			return concern{undo: true}
		case part(p, 0) == "organization_invitations":
			return concern{effects: []effect{gain}, invitations: true, undo: true}
		}
		return concern{everything: organization == "", organization: organization, effects: all}
	}
	c := concern{organization: organization, effects: effectsOf(r, p)}
	// Clerk's limits are those of the whole instance.
	if s.stops() || part(p, 0) == "users" || strings.HasPrefix(s.name, "429") {
		c.organization = ""
	}
	return c
}

// effectsOf are those of a write.
func effectsOf(r request, p []string) []effect {
	switch {
	case part(p, 0) == "users" && len(p) == 1:
		return []effect{gain}
	case part(p, 0) != "organizations", part(p, 4) == "metadata":
		return nil
	case r.method == http.MethodDelete, part(p, 4) == "revoke":
		return []effect{loss}
	case r.method == http.MethodPatch && !strings.Contains(r.key, "org:admin"):
		return []effect{loss, change}
	}
	return []effect{gain}
}
