package assign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// The memory of earlier runs leads to blocks, which only the data or the
// configuration lifts (S11, S12, S15, S22), and to guards, which an admin may
// approve (S17, S20, S21, S31). The blocks are made here.

// pastHolds adds what earlier runs have to say to assignments.
type pastHolds struct{ *Assignments }

// holdByMemory adds the blocks that need the memory of sources.
func (a pastHolds) holdByMemory() {
	if a.Memory == nil {
		return
	}
	for _, s := range a.Read.Directory.Snapshots {
		if stale, was := a.Memory.Stale(s); stale {
			text := fmt.Sprintf("source %s: server %s has older data than %s had in the last run; wait until replication has caught up", s.Source, s.Server, was)
			if was == s.Server {
				text = fmt.Sprintf("source %s: server %s has older data than in the last run: it was restored from a backup, or several servers have this address; wait until it has caught up", s.Source, s.Server)
			}
			a.blockSource(s.Source, plan.Block{Reason: plan.OlderReplica, Scope: plan.Losses, Text: text})
		}
		if gone := a.Memory.MissingFiles(s, a.config); len(gone) > 0 {
			a.blockSource(s.Source, plan.Block{Reason: plan.IncompleteSource, Scope: plan.Losses, Text: fmt.Sprintf(
				"source %s: %s is missing, but an earlier run read it; put it back, or, if it was renamed or removed on purpose, set sync.retire: {%q: remove}",
				s.Source, strings.Join(gone, ", "), gone[0])})
		}
	}
	a.addFedBefore()
}

// addFedBefore adds the organizations that earlier runs fed and nothing feeds
// any more: a group was renamed or deleted, a rule or the last row removed. They
// wait until the configuration says what is meant (S15).
func (a pastHolds) addFedBefore() {
	if a.config.Removals == policy.RemovalsNone {
		return // nobody loses anything
	}
	named := map[string]bool{}
	for _, name := range a.Organizations() {
		named[name] = true
	}
	literal := a.rules.LiteralOrganizations()
	for id := range a.Memory.Organizations { // to wait for a source that fed it leads nowhere
		named[id] = slices.Contains(literal, id) || len(a.by[id]) > 0
	}
	for id, o := range a.Memory.Organizations {
		if named[id] || named[o.Slug] && a.Memory.Pins[o.Slug] == id {
			continue
		}
		if a.config.RetireOf(o.Slug, id) == policy.RetireKeep {
			continue
		}
		a.FedBefore[id] = true
		if len(a.Blocks[id]) == 0 {
			a.blockFedBefore(id, o)
		}
	}
}

// addRetired adds the organizations that the configuration says to retire, where
// no history knows that earlier runs fed them: their members with our marker are
// to go (S15).
func (a pastHolds) addRetired() {
	retired := a.retiredNames()
	switch {
	case a.config.Removals == policy.RemovalsNone && len(retired) > 0:
		a.Notes = append(a.Notes, plan.Note{Rule: "S26", Text: fmt.Sprintf("retire: remove has no effect on %s, because of removals: none", strings.Join(retired, ", "))})
	case a.config.Removals != policy.RemovalsManaged || a.Memory != nil && a.Memory.Begun && !a.Memory.Foreign:
	default:
		for _, name := range retired {
			a.FedBefore[name] = true
		}
	}
}

// retiredNames are the organizations that the configuration says to retire with
// their members. A name with a slash or a dot is a file.
func (a pastHolds) retiredNames() []string {
	named := a.Organizations()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(a.config.Retire)) {
		if a.config.Retire[name] == policy.RetireRemove && !policy.IsFile(name) && !slices.Contains(named, name) {
			names = append(names, name)
		}
	}
	return names
}

// AddMarked adds an organization of which only our markers say that rollcall has
// been there. It waits as one that earlier runs fed (S15).
func AddMarked(a *Assignments, id, name string, sources []string) {
	a.FedBefore[id] = true
	a.pastBlocks[id] = append(a.pastBlocks[id], plan.Block{Reason: plan.MissingGroup, Text: fmt.Sprintf(
		"members carry rollcall's marker (source %s), but no rule, group or row names this organization; put that back, or set sync.retire: {%s: keep} to keep the members, {%s: remove} to remove those that rollcall added",
		strings.Join(sources, ", "), name, name)})
}

// blockFedBefore blocks such an organization, unless the configuration says
// remove.
func (a pastHolds) blockFedBefore(id string, o memory.OrganizationFact) {
	switch {
	case slices.ContainsFunc(o.Sources, func(name string) bool { return a.Read.Failed[name] }):
		a.pastBlocks[id] = append(a.pastBlocks[id], plan.Block{Reason: plan.FailedSource, Text: fmt.Sprintf("a source that feeds this organization could not be read (%s)", strings.Join(o.Sources, ", "))})
	case a.config.RetireOf(o.Slug, id) == "":
		name := cmp.Or(o.Slug, id)
		a.pastBlocks[id] = append(a.pastBlocks[id], plan.Block{Reason: plan.MissingGroup, Text: fmt.Sprintf(
			"earlier runs added members here (source %s), but no rule, group or row names this organization any more; put that back, or set sync.retire: {%s: keep} to keep the members, {%s: remove} to remove those that rollcall added",
			strings.Join(o.Sources, ", "), name, name)})
	}
}

// OfThePast reports whether only earlier runs fed an organization. Its names are
// those that the data and the configuration have for it: where rows or rules
// follow a changed slug, one of them is not of the past (S22).
func (a *Assignments) OfThePast(names []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !a.FedBefore[name] })
}

// BlocksOf are the blocks of one organization, by its names, without those of
// all.
func (a *Assignments) BlocksOf(names []string) (blocks []plan.Block) {
	past := a.OfThePast(names)
	for _, name := range names {
		if past {
			blocks = append(blocks, a.pastBlocks[name]...)
		}
		for _, b := range append(slices.Clone(a.Blocks[name]), a.ReviewBlocks[name]...) {
			if !slices.Contains(blocks, b) { // it may stand under the slug and the id
				blocks = append(blocks, b)
			}
		}
	}
	return blocks
}
