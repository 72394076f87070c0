package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"rollcall/source"
)

// reading is what the sources gave, and which of them gave nothing.
type reading struct {
	directory *directory
	failures  []Failure
	failed    map[string]bool // by source name
}

// readSources reads every source whole. A damaged input ends the run before
// anything is sent to Clerk; a source that cannot be read holds what it feeds
// (S14), unless there is nothing else to go by.
func (r *Reconciler) readSources(ctx context.Context) (*reading, error) {
	snapshots := make([]*source.Snapshot, len(r.sources))
	faults := make([]error, len(r.sources))
	var group errgroup.Group
	for i, s := range r.sources {
		group.Go(func() error {
			r.progress("read source "+s.Name(), 0, 0)
			snapshots[i], faults[i] = s.Read(ctx, r.requestFor(s.Name()))
			return nil
		})
	}
	_ = group.Wait() // the faults are looked at one by one
	return r.sift(ctx, snapshots, faults)
}

// requestFor is what a run asks of a source: what the rules need of it, and
// what it lends to rules of other sources.
func (r *Reconciler) requestFor(name string) source.Request {
	request := r.rules.requestFor(name)
	request.Attributes = unique(append(request.Attributes, r.config.Lends[name]...))
	return request
}

func (r *Reconciler) sift(ctx context.Context, snapshots []*source.Snapshot, faults []error) (*reading, error) {
	read := &reading{failed: map[string]bool{}}
	var whole []*source.Snapshot
	var problems []error
	damaged := false
	for i, err := range faults {
		name := r.sources[i].Name()
		if err == nil {
			arrange(snapshots[i])
			whole = append(whole, snapshots[i])
			continue
		}
		problems = append(problems, fmt.Errorf("read source %s: %w", name, err))
		if _, ok := errors.AsType[*source.DamageError](err); ok {
			damaged = true
		}
		read.failed[name] = true
		read.failures = append(read.failures, Failure{Source: name, Text: err.Error()})
	}
	if damaged || ctx.Err() != nil || len(whole) == 0 {
		return nil, errors.Join(problems...)
	}
	if problems := r.rules.unknownNames(whole, read.failed); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	read.directory = newDirectory(whole, r.now(), r.config.SameIDs)
	read.directory.failed = read.failed
	return read, nil
}

// arrange gives what a directory may answer in any order an order of its own:
// neither which of several things a note names first nor the order of holds
// may depend on the server's mood.
func arrange(s *source.Snapshot) {
	slices.SortStableFunc(s.Groups, func(a, b source.Group) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	for i := range s.Groups {
		slices.SortFunc(s.Groups[i].Unusable, func(a, b source.Unusable) int {
			return cmp.Or(strings.Compare(a.Ref, b.Ref), strings.Compare(a.Why, b.Why))
		})
	}
	slices.SortStableFunc(s.Notes, func(a, b source.Note) int {
		return cmp.Or(strings.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(a.Origin.Column, b.Origin.Column), strings.Compare(a.Origin.DN, b.Origin.DN), strings.Compare(a.Text, b.Text))
	})
}

// hold holds the organizations that the rules of a failed source name; all of
// them when a pattern or the rows of the source could have named any (S14). A
// source that does not show its canaries is trusted no more than that (S13).
func (read *reading) hold(a *assignments, set *ruleset) {
	for _, f := range read.failures {
		text := fmt.Sprintf("source %s could not be read", f.Source)
		a.blockFed(set, f.Source, block{rule: "S14", text: text})
	}
	for _, s := range read.directory.snapshots {
		if len(s.MissingCanaries) > 0 {
			text := fmt.Sprintf("source %s does not show %s, which canaries says is always there: find out what the read leaves out, or correct the canaries",
				s.Source, strings.Join(s.MissingCanaries, ", "))
			a.blockFed(set, s.Source, block{rule: "S13", text: text})
		}
	}
}

// blockFed holds all that a source feeds, or could feed if it could be trusted.
func (a *assignments) blockFed(set *ruleset, source string, b block) {
	organizations, ok := set.fedBy(source)
	if !ok {
		ids, known := a.memory.fed(source)
		if !known {
			a.all = append(a.all, b)
			return
		}
		organizations = append(append(ids, organizations...), a.fedNow(source)...)
	}
	for _, name := range organizations {
		a.block(name, b)
	}
}

// fedNow lists the organizations that a source feeds in this run.
func (a *assignments) fedNow(source string) []string {
	var names []string
	for name, list := range a.by {
		if slices.ContainsFunc(list, func(x assignment) bool {
			return x.person.from.Source == source ||
				slices.ContainsFunc(x.person.aliases(), func(id identity) bool { return id.source == source })
		}) {
			names = append(names, name)
		}
	}
	return names
}

// fedBy lists the organizations that the source's rules name. It is not ok
// when the source could feed others too: by a pattern, or by rows of its own,
// which a source may have unless a rule names it.
func (set *ruleset) fedBy(name string) (organizations []string, ok bool) {
	pattern := false
	for i := range set.rules {
		rule := &set.rules[i]
		switch {
		case rule.Source != "" && rule.Source != name:
			continue
		case len(rule.organization.names()) > 0:
			pattern = true
			continue
		}
		ok = ok || rule.Source == name
		organizations = append(organizations, rule.Organization)
	}
	return organizations, ok && !pattern
}

// organizationNames lists the names that rules and sources give, sorted.
func organizationNames(set *ruleset, a *assignments) []string {
	names := set.literalOrganizations()
	names = slices.AppendSeq(names, maps.Keys(a.by))
	names = slices.AppendSeq(names, maps.Keys(a.blocks))
	names = slices.AppendSeq(names, maps.Keys(a.past))
	slices.Sort(names)
	return slices.Compact(names)
}
