package sync

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rollcall/sync/journal"
)

// notebook collects facts for one commit.
type notebook struct {
	memory      *memory
	set, forget []journal.Fact
}

func (n *notebook) put(kind, key string, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		panic("a fact cannot be encoded: " + err.Error()) // facts are strings, numbers and times
	}
	n.set = append(n.set, journal.Fact{Kind: kind, Key: key, Value: raw})
}

func (n *notebook) drop(kind, key string) {
	if _, ok := n.memory.facts[kind+"\x00"+key]; ok {
		n.forget = append(n.forget, journal.Fact{Kind: kind, Key: key})
	}
}

func (r *Reconciler) commit(ctx context.Context, n *notebook) error {
	if len(n.set)+len(n.forget) == 0 {
		return nil
	}
	if err := r.journal.Remember(ctx, r.run, n.set, n.forget); err != nil {
		return fmt.Errorf("write down what this run has seen: %w", err)
	}
	return nil
}

// seen is what a run read, as far as later runs want to know of it.
type seen struct {
	read     *reading
	assigned *assignments
	have     *state
	drafts   []*draft
	memory   *memory
	approved *approvals
	past     *past
	people   []*person
}

// rememberBefore writes down, before anything is sent, what must not be
// forgotten by a kill: who can be read, what is fed by whom, how the state began,
// and whom a marker knows that goes (S01, S10, S14, S15, S22, S31).
func (r *Reconciler) rememberBefore(ctx context.Context, s seen) error {
	if r.journal == nil {
		return nil
	}
	n := &notebook{memory: s.memory}
	if !s.memory.begun {
		n.put(factState, "", stateFact{Foreign: s.have.marked.any()})
	}
	for i, snapshot := range s.read.directory.snapshots {
		if refs := s.memory.referencesWith(snapshot, s.read.directory.people[i]); len(refs) > 0 {
			n.put(factReferences, snapshot.Source, refs)
		}
	}
	for _, d := range s.drafts {
		o := d.state
		if o.unruled {
			continue // a review reads it once, and feeds it nothing
		}
		known := s.memory.organizations[o.ID]
		known.Slug, known.Sources = o.Slug, union(known.Sources, d.sources())
		n.put(factOrganization, o.ID, known)
		for _, name := range o.names {
			if name != o.ID && s.memory.pins[name] == "" {
				n.put(factPin, name, o.ID)
			}
		}
	}
	n.rememberNew(s.people)
	n.rememberMovers(s, r.config, r.now())
	return r.commit(ctx, n)
}

// rememberAfter writes down what holds from now on: of a source whatever was
// read, of an organization only when all of it was applied (S18).
func (r *Reconciler) rememberAfter(ctx context.Context, s seen, report *Report, run Run) error {
	n := &notebook{memory: s.memory}
	for _, snapshot := range s.read.directory.snapshots {
		if stale, _ := s.memory.stale(snapshot); !stale && snapshot.Server != "" {
			n.put(factServer, snapshot.Source, serverFact{snapshot.Server, string(snapshot.Newest)})
		}
		if len(snapshot.Files) > 0 && len(s.memory.vanished(snapshot, r.config)) == 0 {
			n.put(factFiles, snapshot.Source, snapshot.Files)
		}
	}
	settled := report.settled(run)
	for _, d := range s.drafts {
		if settled[d.state.ID] && !d.state.unruled {
			r.rememberOrganization(n, s, d)
		}
	}
	r.rememberGroups(n, s, settled)
	n.rememberAdmins(s, report)
	if run.Organization == "" && run.Only == "" {
		r.rememberMissing(n, s, report.Plan)
	}
	n.rememberManaged(report)
	r.rememberInvitations(n, s, report, settled)
	if err := r.commit(ctx, n); err != nil {
		return err
	}
	return r.useApprovals(ctx, s.approved, report)
}

// rememberManaged keeps which memberships Clerk's own directory sync has (S19).
func (n *notebook) rememberManaged(report *Report) {
	for i := range report.Outcomes {
		if o := &report.Outcomes[i]; o.managed {
			n.put(factManaged, membershipKey(&o.Change), true)
		}
	}
}

func (r *Reconciler) rememberOrganization(n *notebook, s seen, d *draft) {
	o := d.state
	if s.assigned.past[o.ID] && r.config.retired(o.Slug, o.ID) == RetireRemove {
		n.drop(factOrganization, o.ID)
		return
	}
	sources := d.sources()
	for _, name := range s.memory.organizations[o.ID].Sources {
		if s.read.failed[name] { // it feeds the organization still, for all we know
			sources = union(sources, []string{name})
		}
	}
	n.put(factOrganization, o.ID, organizationFact{Slug: o.Slug, Sources: sources, Rules: r.config.RulesHash, Trusted: true})
	for _, key := range d.patterns {
		n.put(factPattern, key, true)
	}
}

// rememberGroups moves the baselines of groups all of whose organizations were
// applied whole (S18). A shrinkage that was approved begins anew.
func (r *Reconciler) rememberGroups(n *notebook, s seen, settled map[string]bool) {
	now := r.now()
	for _, f := range s.assigned.feeds.list() {
		var ids []string
		whole := true
		for _, name := range f.organizations {
			o := s.have.byName[name]
			if o == nil {
				continue
			}
			ids, whole = append(ids, o.ID), whole && settled[o.ID]
		}
		if !whole || len(ids) == 0 {
			continue
		}
		old := s.memory.groups[f.key]
		if r.config.Guards.SourceShrink.shrunk(old.base(now), f.count) {
			old.Counts = nil
		}
		slices.Sort(ids)
		n.put(factGroup, f.key, groupFact{Name: f.name, Organizations: slices.Compact(ids), Counts: old.with(now, f.count)})
	}
	for key, g := range s.memory.groups {
		gone := !s.assigned.feeds.has(key) && !s.read.failed[feedSource(key)]
		for _, id := range g.Organizations {
			gone = gone && settled[id]
		}
		if gone {
			n.drop(factGroup, key)
		}
	}
}

// settled are the organizations all of whose changes were applied: nothing is
// held, and nothing failed or was left out.
func (r *Report) settled(run Run) map[string]bool {
	good := map[string]int{}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Result == Done || o.Result == Found || o.Result == Dropped && o.Error != exclusiveText {
			good[o.Change.Organization]++
		}
	}
	out := map[string]bool{}
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		out[o.ID] = run.Only == "" && o.unheld() && good[o.ID] == o.ready()
	}
	return out
}

// unheld reports whether the plan does all that it wants in the organization;
// what a saved plan leaves out, it wants too.
func (o *OrganizationPlan) unheld() bool {
	return !slices.ContainsFunc(o.Changes, func(c Change) bool {
		return c.State == Held || c.State == Skipped && (strings.HasSuffix(c.Why, "(S24)") || c.Why == paused)
	})
}

func (o *OrganizationPlan) ready() int {
	n := 0
	for i := range o.Changes {
		if o.Changes[i].State == Ready {
			n++
		}
	}
	return n
}

// union is sorted, each once.
func union(a, b []string) []string {
	return unique(append(slices.Clone(a), b...))
}
