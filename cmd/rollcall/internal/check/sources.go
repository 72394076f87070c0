package check

import (
	"context"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/source"
	"rollcall/source/ldap"
	"rollcall/sync/plan"
)

// sourceRecorder keeps the answer of a source for the findings.
type sourceRecorder struct {
	source.Source
	want     source.Request
	snapshot *source.Snapshot
	rows     int // a run drops the rows themselves after use
	err      error
}

// Read reads the source and keeps its answer.
func (o *sourceRecorder) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	snapshot, err := o.Source.Read(ctx, want)
	o.want, o.snapshot, o.err = want, snapshot, err
	if snapshot != nil {
		o.rows = len(snapshot.Rows)
	}
	return snapshot, err
}

// source reports on one source.
func (c *Checkup) source(o *sourceRecorder) {
	s := o.snapshot
	switch {
	case s == nil && o.err != nil:
		c.bad("source %s: not read: %v", o.Name(), o.err)
		return
	case s == nil:
		c.bad("source %s: not read", o.Name())
		return
	}
	c.ok("source %s: %s", o.Name(), facts.SourceSize(&plan.SourceSummary{People: len(s.People), Groups: len(s.Groups), Rows: o.rows, Decisions: len(s.Decisions)}))
	for i, selector := range o.want.Groups {
		if selector.Source == "" || selector.Source == o.Name() {
			c.selector(o, i)
		}
	}
	if _, shown := o.Source.(checker); !shown { // that has examples of each group
		for i := range s.People[:min(3, len(s.People))] {
			p := &s.People[i]
			c.ok("source %s: example: %s, id %q, %s", o.Name(), p.Label(), p.ID, p.Origin)
		}
	}
	for _, file := range s.Files {
		c.othersMayWrite(file)
	}
	for _, reason := range s.NoRemovals {
		c.warn("source %s: nothing would be removed: %s", o.Name(), reason)
	}
}

// selector says which groups of a source a rule matches. Of a single group of a
// directory, its own line says more.
func (c *Checkup) selector(o *sourceRecorder, index int) {
	var names []string
	members := 0
	for _, g := range o.snapshot.Groups {
		if slices.ContainsFunc(g.Matches, func(m source.Match) bool { return m.Selector == index }) {
			names = append(names, g.Name)
			members += len(g.Members)
		}
	}
	_, described := o.Source.(checker)
	if len(names) == 0 || len(names) == 1 && described {
		return
	}
	const most = 5
	shown := strings.Join(names[:min(most, len(names))], ", ")
	if len(names) > most {
		shown += ", …"
	}
	c.ok("source %s: %s: %s with %s (%s)", o.Name(), o.want.Groups[index], facts.Count(len(names), "group"), facts.Count(members, "member"), shown)
}

// unmatched warns of rules that match no group of any source. The plan says so too, but
// not if it fails, or if the organization of such a rule does not exist. What it says is
// left out.
func unmatched(c *Checkup, recorders []*sourceRecorder, said []plan.Hold) {
	if slices.ContainsFunc(recorders, func(o *sourceRecorder) bool { return o.snapshot == nil }) {
		return // the group may be there
	}
	for i, selector := range recorders[0].want.Groups {
		matches := func(o *sourceRecorder) bool {
			return (selector.Source == "" || selector.Source == o.Name()) && !slices.Contains(o.snapshot.Missing, i)
		}
		isSaid := func(h plan.Hold) bool { return h.Missing == selector.String() }
		if !slices.ContainsFunc(recorders, matches) && !slices.ContainsFunc(said, isSaid) {
			c.warn("%sno group matches %s%s", groupPlaces(c.config, selector.String()), selector, meantIn(recorders, i))
		}
	}
}

// meantIn asks for the group that a selector most likely means.
func meantIn(recorders []*sourceRecorder, selector int) string {
	for _, o := range recorders {
		if near := o.snapshot.Meant[selector]; near != "" {
			return source.Meant(near)
		}
	}
	return ""
}

// fetcher is a source that can say how its file came from a server.
type fetcher interface{ Fetched() string }

// checker is a source that can show what a run would read.
type checker interface {
	Check(ctx context.Context, want source.Request) (*ldap.CheckReport, error)
}

// details reports what only this kind of source knows, such as which server answered.
func (c *Checkup) details(ctx context.Context, o *sourceRecorder) {
	if f, ok := o.Source.(fetcher); ok && o.snapshot != nil && f.Fetched() != "" {
		c.ok("source %s: %s", o.Name(), f.Fetched())
	}
	more, ok := o.Source.(checker)
	if !ok || o.snapshot == nil {
		return
	}
	found, err := more.Check(ctx, o.want)
	if err != nil {
		c.bad("source %s: %v", o.Name(), err)
		return
	}
	c.ok("source %s: %s", o.Name(), found)
	if found.StableID == "" {
		c.warn("source %s: some people have no permanent id: after a change of address, rollcall sees a different person (S02)", o.Name())
	}
	for _, n := range found.Notes {
		c.warn("source %s: %s%s", o.Name(), inside(n.Origin, o.Name()), n.Text)
	}
	c.mapping(o, found)
	c.canaries(o, found)
}

// inside is a place in a source; that of the whole source is said already.
func inside(origin source.Origin, name string) string {
	if at := origin.String(); at != "" && at != name {
		return at + ": "
	}
	return ""
}
