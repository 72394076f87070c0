package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
)

// What earlier runs have seen speaks in two ways: blocks, which nothing but
// the data or the configuration lifts (S11, S12, S15, S22), and guards, which
// an admin may approve (S17, S20, S21, S31).

// recollect adds the blocks that the memory of sources calls for.
func (r *Reconciler) recollect(read *reading, a *assignments, m *memory) {
	if m == nil {
		return
	}
	for _, s := range read.directory.snapshots {
		if stale, was := m.stale(s); stale {
			a.blockFed(r.rules, s.Source, block{rule: "S12", scope: losses, text: fmt.Sprintf(
				"source %s: server %s shows an older directory than %s did in the last run; wait until it has caught up", s.Source, s.Server, was)})
		}
		if gone := m.vanished(s, r.config); len(gone) > 0 {
			a.blockFed(r.rules, s.Source, block{rule: "S11", scope: losses, text: fmt.Sprintf(
				"source %s: %s, read by an earlier run, is not there any more; put it back, or say that it has another name now, or is gone for good: sync.retire: {%q: remove}",
				s.Source, strings.Join(gone, ", "), gone[0])})
		}
	}
	r.addPast(read, a, m)
}

// stale reports whether another server than last time shows an older
// directory, and which one that was (S12).
func (m *memory) stale(s *source.Snapshot) (stale bool, was string) {
	last, ok := m.servers[s.Source]
	if !ok || last.Server == s.Server {
		return false, ""
	}
	older, known := s.Newest.Older(source.Newest(last.Newest))
	return older && known, last.Server
}

// vanished lists the files of earlier runs that the source has no more (S11).
func (m *memory) vanished(s *source.Snapshot, config Config) []string {
	return slices.DeleteFunc(slices.Clone(m.files[s.Source]), func(name string) bool {
		return slices.Contains(s.Files, name) || config.Retire[name] == RetireRemove
	})
}

// addPast brings in the organizations that earlier runs fed and nothing leads
// to any more: a group renamed or deleted, a rule removed, the last row gone.
// They wait until the configuration says what is meant (S15).
func (r *Reconciler) addPast(read *reading, a *assignments, m *memory) {
	if r.config.Removals == RemovalsNone {
		return // nothing is taken from anybody
	}
	named := map[string]bool{}
	for _, name := range organizationNames(r.rules, a) {
		named[name] = true
	}
	for id, o := range m.organizations {
		if named[id] || named[o.Slug] && m.pins[o.Slug] == id {
			continue
		}
		if r.config.retired(o.Slug, id) == RetireKeep {
			continue
		}
		a.past[id] = true
		a.feedsOfPast(read, id, o, r.config)
	}
}

func (a *assignments) feedsOfPast(read *reading, id string, o organizationFact, config Config) {
	switch {
	case slices.ContainsFunc(o.Sources, func(name string) bool { return read.failed[name] }):
		a.block(id, block{rule: "S14", text: fmt.Sprintf("a source that fed it could not be read (%s)", strings.Join(o.Sources, ", "))})
	case config.retired(o.Slug, id) == "":
		name := cmp.Or(o.Slug, id)
		a.block(id, block{rule: "S15", text: fmt.Sprintf(
			"earlier runs fed it (from %s), and no rule, group or row leads to it any more; put that back, or say what is meant: sync.retire: {%s: keep} leaves its members, {%s: remove} removes ours",
			strings.Join(o.Sources, ", "), name, name)})
	}
}

// retired is what the configuration says of an organization that is fed no more.
func (c Config) retired(slug, id string) Retire {
	if say := c.Retire[id]; say != "" {
		return say
	}
	if slug == "" {
		return ""
	}
	return c.Retire[slug]
}

// presentName is what a source of a marker is called today.
func (c Config) presentName(source string) string {
	if now, ok := c.Renamed[source]; ok {
		return now
	}
	return source
}

// pinned holds an organization whose slug meant another one before (S22).
func (m *memory) pinned(o *organizationState) []block {
	if m == nil {
		return nil
	}
	var blocks []block
	for _, name := range o.names {
		if was := m.pins[name]; name != o.ID && was != "" && was != o.ID {
			blocks = append(blocks, block{rule: "S22", text: fmt.Sprintf(
				"the slug %q was that of %s in earlier runs and is that of %s now; if that is meant, name it by its id, %s", name, was, o.ID, o.ID)})
		}
	}
	return blocks
}

// recalledGuards holds what may pass when the admin has looked at it.
func (r *Reconciler) recalledGuards(o *OrganizationPlan, d *draft, s seen) []Hold {
	if s.memory == nil {
		return nil
	}
	var holds []Hold
	add := func(name, rule string, kind func(*Change) bool, h Hold) {
		if h.Changes = o.waiting(kind); h.Changes == 0 {
			return
		}
		o.hold(kind, fmt.Sprintf("guard %s (%s)", name, rule))
		h.Guard, h.Rule, h.Organization = name, rule, o.ID
		holds = append(holds, h)
	}
	known := s.memory.organizations[o.ID]
	if texts, figure := r.shrinkages(d.state, s); len(texts) > 0 {
		limit := r.config.Guards.SourceShrink
		add("source_shrink", "S17", (*Change).takes, Hold{Limit: limit.People, Figure: figure, Text: fmt.Sprintf(
			"%s; this guard holds more than %d %% where that is over %d people", strings.Join(texts, ", "), limit.Percent, limit.People)})
	}
	if known.Rules != "" && known.Rules != r.config.RulesHash {
		add("changed_rules", "S20", (*Change).takes, Hold{Text: "the sections rules or sources have changed since the last run that did all here; look at what that takes away"})
	}
	if s.memory.startsForeign(s.have) && !known.Trusted {
		add("new_state", "S31", (*Change).takes, Hold{Text: "the state directory is new, and members carry our markers already: nobody knows what earlier runs have seen"})
	}
	if first := d.firstPatterns(s.memory); len(first) > 0 {
		add("first_admins", "S21", func(c *Change) bool { return c.Admin == AdminGained && first[c.whom()] },
			Hold{Text: "a pattern leads to this organization with an admin role for the first time"})
	}
	if twice := s.past.revertedTwice(o, d.state); len(twice.users) > 0 {
		add("reverted", "S30", func(c *Change) bool { return twice.users[c.whom()] }, Hold{Figure: len(twice.users), Text: twice.text})
	}
	if again := o.takenByHand(s.memory.admins[o.ID]); len(again) > 0 {
		add("revoked_admin", "S30", func(c *Change) bool { return c.Admin == AdminGained && again[c.UserID] }, Hold{Figure: len(again),
			Text: "were admins as the directory wants, and somebody else took the role away; it is given back only when approved"})
	}
	return holds
}

// startsForeign reports whether our markers were there before this state (S31).
func (m *memory) startsForeign(st *state) bool {
	if m.begun {
		return m.foreign
	}
	return st.marked.any()
}

// notePatterns notes which groups of patterns give an admin role here.
func (d *draft) notePatterns(st *state) {
	for i := range d.wants {
		w := &d.wants[i]
		if w.grounds == nil || w.pattern == "" || !st.roles.admin[w.role] {
			continue
		}
		key := d.patternKey(w)
		if !slices.Contains(d.patterns, key) {
			d.patterns = append(d.patterns, key)
		}
	}
}

func (d *draft) patternKey(w *want) string { return w.pattern + "\x1f" + d.state.ID }

// firstPatterns are the users whom a pattern makes admin that never did so here (S21).
func (d *draft) firstPatterns(m *memory) map[string]bool {
	out := map[string]bool{}
	for i := range d.wants {
		w := &d.wants[i]
		if w.grounds != nil && w.pattern != "" && !m.patterns[d.patternKey(w)] {
			out[cmp.Or(w.person.userID, w.person.Email)] = true
		}
	}
	return out
}

// sources are those that feed the organization today, by an identity or an alias.
func (d *draft) sources() []string {
	found := map[string]bool{}
	for i := range d.wants {
		p := d.wants[i].person
		found[p.from.Source] = true
		for _, alias := range p.aliases() {
			found[alias.source] = true
		}
	}
	var out []string
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
