package sync

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rollcall/clerkapi"
)

// Somebody whose address Clerk does not know as verified is known by our marker
// alone, and a removal takes the marker along. Where rules want them elsewhere,
// the removal may go through and the add may not: it fails, waits for a guard
// or for a start date, or the run is cut off between the two. The state
// remembers therefore who that user was, before anything is sent, until another
// membership carries the marker (S01).

// moverFact is the user of somebody whose last marker may be gone, and the last
// day on which a run wanted them somewhere.
type moverFact struct {
	User   string    `json:"user"`
	Wanted time.Time `json:"wanted"`
}

// moverLife is how long it is remembered after that day.
const moverLife = 30 * 24 * time.Hour

func moverKey(id identity) string { return id.source + "\x1f" + id.id }

// mover is who a key means, under the present name of their source.
func (c Config) mover(key string) identity {
	source, id, _ := strings.Cut(key, "\x1f")
	return identity{c.presentName(source), id}
}

// moving are the movers' users by identity, under the present names of sources.
func (m *memory) moving(config Config, now time.Time) map[identity]string {
	out := map[identity]string{}
	if m == nil {
		return out
	}
	for key, f := range m.movers {
		if now.Sub(f.Wanted) < moverLife {
			out[config.mover(key)] = f.User
		}
	}
	return out
}

// markMovers lets what the state remembers of movers stand for the markers that
// are gone, unless the user is gone too, or Clerk has a marker that says more.
func (r *Reconciler) markMovers(ctx context.Context, v *resolver) error {
	moving := v.memory.moving(r.config, r.now())
	var ids []string
	for id, user := range moving {
		if len(v.state.marked.users(id, nil))+len(v.state.marked.identities(user, nil)) > 0 {
			delete(moving, id)
			continue
		}
		ids = append(ids, user)
	}
	users, err := findUsers(ctx, r.clerk, clerkapi.UserQuery{IDs: unique(ids)}, len(ids))
	if err != nil {
		return fmt.Errorf("read the users of people who move between organizations: %w", err)
	}
	v.remember(users)
	v.state.movers = map[identity]bool{}
	for id, user := range moving {
		if v.users[user] != nil {
			v.state.movers[id] = true
			v.state.marked.add(&member{UserID: user, marker: &Marker{r.config.Owner, id.source, id.id}})
		}
	}
	return nil
}

// rememberMovers writes down the users of people who are wanted and lose a
// marker, and of those whom nothing else shows yet; it forgets the others.
func (n *notebook) rememberMovers(s seen, config Config, now time.Time) {
	leaving := map[string]bool{}
	for _, d := range s.drafts {
		for i := range d.changes {
			if c := &d.changes[i]; c.Action == Remove {
				leaving[c.UserID] = true
			}
		}
	}
	kept := map[identity]bool{}
	for _, p := range s.people {
		if id := p.identity(); p.join == joinMarker && (leaving[p.userID] || s.have.movers[id]) {
			kept[id] = true
			n.put(factMover, moverKey(id), moverFact{p.userID, now.UTC().Truncate(24 * time.Hour)})
		}
	}
	for key := range n.memory.movers {
		if who := config.mover(key); !kept[who] && !s.have.movers[who] {
			n.drop(factMover, key)
		}
	}
}
