package sync

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"rollcall/sync/recent"
)

// The machine also makes runs for one person, in the process that has made the runs before,
// with the lists that they have kept. A run that is killed ends the process.

// keepLists gives the runs of a new process lists to keep.
func (m *machine) keepLists() { m.c.options = []Option{WithRecent(&recent.Listing{})} }

// runForOne makes a run for one person, by address or by account, a minute after the last
// run. Nobody else gets or loses anything, and the person gets and loses what no fault
// concerns.
func (m *machine) runForOne(person int, byUser bool) {
	m.prepare()
	m.narrow = true
	user, who := fmt.Sprint("user_", person), fmt.Sprintf("p%d@corp.example", person)
	if byUser {
		who = user
	}
	m.c.now = m.c.now.Add(time.Minute - time.Hour)
	before, owed := maps.Clone(m.effects), m.owed(false)
	maps.DeleteFunc(owed, func(x cell, _ work) bool { return x.person != person })
	r, err := m.c.once(context.Background(), Run{Apply: true, Only: who, MayBeUnknown: true})
	for what, n := range m.effects {
		if n > before[what] && !strings.HasSuffix(what, " "+user) {
			m.rt.Errorf("%s in a run for %s", what, user)
		}
	}
	m.limits()
	if m.alive.Load() && err == nil {
		m.finished(owed, r)
		if r.Members != nil && r.Members.Kept > 0 {
			m.judged.narrow++
		}
	}
	m.died()
}
