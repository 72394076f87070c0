package sync

import (
	"fmt"
	"slices"
	"strings"
)

// welcome decides who may be let in or up again: only whom today's read shows,
// enabled (S25), and whose time there is neither over nor ahead (S28). A read
// that cannot be trusted lets nobody in: an older replica would show those who
// have left.
type welcome struct {
	*Reconciler
	read   *reading
	people *resolver
	memory *memory
	// named are those whom markers name, byEmail everybody by address.
	named   map[identity]*person
	byEmail map[string]*person
}

func (r *Reconciler) newWelcome(read *reading, people *resolver, m *memory) *welcome {
	return &welcome{r, read, people, m, map[identity]*person{}, nil}
}

// judge skips the changes of people who are gone, and holds those of people
// whose source cannot tell.
func (w *welcome) judge(drafts []*draft) {
	for _, d := range drafts {
		for i := range d.changes {
			if c := &d.changes[i]; c.gives() && c.ID != "" {
				w.named[identity{w.config.presentName(c.Source), c.ID}] = nil
			}
		}
	}
	w.read.directory.identities(w.named)
	w.byEmail = w.enabled()
	assigned := assign(w.rules, w.read.directory, w.config, w.memory)
	for _, d := range drafts {
		untimely := assigned.untimely(d.state)
		kept := d.changes[:0]
		for _, c := range d.changes {
			why := ""
			if c.gives() {
				why = w.stranger(&c, d, untimely)
			}
			if why == "" {
				kept = append(kept, c)
				continue
			}
			d.findings.note("S25", c.Email, fmt.Sprintf("%s: %s; not let in again", c.Email, why))
		}
		d.changes = kept
	}
}

// stranger says why somebody is not let in or up again; empty when they are,
// or when that has to wait.
func (w *welcome) stranger(c *Change, d *draft, untimely map[*person]string) string {
	p := w.named[identity{w.config.presentName(c.Source), c.ID}]
	if c.ID == "" {
		p = w.byAddress(c)
	}
	if b, wait := w.doubt(c, p); wait {
		if !slices.Contains(d.blocks, b) {
			d.blocks = append(d.blocks, b)
		}
		return ""
	}
	switch {
	case p == nil:
		return "is not in the directory today"
	case p.Disabled != "":
		return fmt.Sprintf("%s: %s", p.Origin, p.Disabled)
	case untimely[p] != "":
		return fmt.Sprintf("%s: %s", p.Origin, untimely[p])
	case p.Term.Ahead(w.now()):
		return fmt.Sprintf("%s: %s", p.Origin, notYet(p.Term))
	}
	for _, user := range w.people.state.marked.users(p.identity(), nil) {
		if user != c.UserID {
			return fmt.Sprintf("%s has another user today, %s (S02)", p.Origin, user)
		}
	}
	return ""
}

// doubt says why the source of somebody cannot tell whether they are there.
func (w *welcome) doubt(c *Change, p *person) (block, bool) {
	name := w.config.presentName(c.Source)
	if w.read.failed[name] || p == nil && c.Source == "" && len(w.read.failed) > 0 {
		return block{rule: "S14", scope: gains, text: "a source that could not be read may know who is gone"}, true
	}
	for _, s := range w.read.directory.snapshots {
		if p == nil || p.from != s {
			continue
		}
		stale := false
		if w.memory != nil {
			stale, _ = w.memory.stale(s)
		}
		switch {
		case stale:
			return block{rule: "S12", scope: gains, text: "source " + s.Source + ": an older directory may still show who has left"}, true
		case len(s.MissingCanaries) > 0:
			return block{rule: "S13", scope: gains, text: "source " + s.Source + " does not show " + strings.Join(s.MissingCanaries, ", ")}, true
		}
	}
	return block{}, false
}

// enabled are the people of today by address.
func (w *welcome) enabled() map[string]*person {
	out := map[string]*person{}
	for _, people := range w.read.directory.people {
		for _, p := range people {
			for _, e := range p.emails() {
				if out[e] == nil || p.Disabled == "" {
					out[e] = p
				}
			}
		}
	}
	return out
}

// byAddress finds who a user is that carried no marker of ours, by the
// addresses that Clerk has verified (S03).
func (w *welcome) byAddress(c *Change) *person {
	u := w.people.users[c.UserID]
	if u == nil {
		return nil
	}
	for _, e := range verified(u) {
		if p := w.byEmail[e]; p != nil {
			return p
		}
	}
	return nil
}
