package directory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/source"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Reader reads the sources.
type Reader struct {
	Config  policy.Config
	Rules   *policy.Ruleset
	Sources []source.Source
	Watcher plan.Watcher // may be nil
	Now     func() time.Time
	// Also are people to read whether or not a group of a rule lists them: those whom
	// an exception names, by source.
	Also map[string][]string
}

// Reading is what the sources returned, and which sources could not be read.
type Reading struct {
	Directory *Directory
	Failures  []plan.Failure
	Failed    map[string]bool // by source name
}

// Read reads every source. If a source cannot be read or its input is damaged,
// the organizations that it feeds wait, and the others go on (S14). So it is with
// a source that lacks an attribute which the rules ask of it. It is an error if no
// source is left.
func (r *Reader) Read(ctx context.Context) (*Reading, error) {
	snapshots, faults := r.readSources(ctx, r.RequestFor)
	read, whole := r.separateFailures(snapshots, faults)
	if ctx.Err() != nil || len(whole) == 0 {
		return nil, r.joinFaults(ctx, faults)
	}
	problems, lacking := r.Rules.UnknownNames(whole, read.Failed)
	unread := r.faultsBySource(faults)
	for i, s := range r.Sources {
		if more := lacking[s.Name()]; len(more) > 0 {
			faults[i] = errors.Join(more...)
		}
	}
	if read, whole = r.separateFailures(snapshots, faults); len(whole) == 0 {
		return nil, errors.Join(append(problems, unread...)...)
	}
	for _, s := range whole {
		sortSnapshot(s)
	}
	r.addDirectory(read, whole)
	return read, nil
}

// ReadAlso reads every source with some people more than the rules ask for, by
// id, DN or address; who lists them by source. It goes on without a source that
// cannot be read.
func (r *Reader) ReadAlso(ctx context.Context, who func(source string) []string) (*Reading, error) {
	snapshots, faults := r.readSources(ctx, func(name string) source.Request {
		request := r.RequestFor(name)
		request.Also = policy.Unique(append(request.Also, who(name)...))
		return request
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	read, whole := r.separateFailures(snapshots, faults)
	r.addDirectory(read, whole)
	return read, nil
}

// Again returns a reader for reading the sources once more in the same run: only
// those that could be read, by the time of the first reading. It is no stage of
// its own.
func (r *Reader) Again(first *Reading) *Reader {
	again := *r
	again.Sources = slices.DeleteFunc(slices.Clone(r.Sources), func(s source.Source) bool { return first.Failed[s.Name()] })
	again.Watcher = nil
	again.Now = func() time.Time { return first.Directory.Now }
	return &again
}

// RequestFor is what a run asks of a source: what the rules need, what the source
// lends to rules of other sources, and the people whom exceptions name.
func (r *Reader) RequestFor(name string) source.Request {
	request := r.Rules.RequestFor(name)
	request.Attributes = policy.Unique(append(request.Attributes, r.Config.Lends[name]...))
	request.Also = slices.Clone(r.Also[name])
	return request
}

// readSources reads the sources in parallel. Each source has a snapshot or a fault.
func (r *Reader) readSources(ctx context.Context, request func(name string) source.Request) ([]*source.Snapshot, []error) {
	snapshots := make([]*source.Snapshot, len(r.Sources))
	faults := make([]error, len(r.Sources))
	read := r.countSources()
	var group errgroup.Group
	for i, s := range r.Sources {
		group.Go(func() error {
			snapshots[i], faults[i] = s.Read(ctx, request(s.Name()))
			read(s.Name(), snapshots[i], faults[i] != nil)
			return nil
		})
	}
	_ = group.Wait() // each fault is handled on its own
	r.readAcross(ctx, request, snapshots, faults)
	return snapshots, faults
}

// countSources begins the stage, and returns what is called when the read of a
// source has ended.
func (r *Reader) countSources() func(name string, s *source.Snapshot, failed bool) {
	if r.Watcher == nil {
		return func(string, *source.Snapshot, bool) {}
	}
	p := plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: len(r.Sources)}
	r.Watcher.Watch(p)
	var mu sync.Mutex
	return func(name string, s *source.Snapshot, failed bool) {
		mu.Lock()
		defer mu.Unlock()
		p.Done++
		p.Source, p.People, p.Failed = name, 0, failed
		if s != nil {
			p.People = len(s.People)
		}
		r.Watcher.Watch(p)
	}
}

// separateFailures makes a reading of the faults, and lists the snapshots that
// were read whole.
func (r *Reader) separateFailures(snapshots []*source.Snapshot, faults []error) (*Reading, []*source.Snapshot) {
	read := &Reading{Failed: map[string]bool{}}
	var whole []*source.Snapshot
	for i, err := range faults {
		if err == nil {
			whole = append(whole, snapshots[i])
			continue
		}
		name := r.Sources[i].Name()
		read.Failed[name] = true
		read.Failures = append(read.Failures, plan.Failure{Source: name, Text: inOneLine(err)})
	}
	return read, whole
}

// inOneLine is the text of an error. Damaged input lists its places on lines of
// their own; a failure is one line in every report.
func inOneLine(err error) string {
	first, rest, more := strings.Cut(err.Error(), "\n")
	if !more {
		return first
	}
	places := strings.Split(rest, "\n")
	for i := range places {
		places[i] = strings.TrimSpace(places[i])
	}
	return first + " " + strings.Join(places, "; ")
}

// addDirectory joins the people of the snapshots.
func (r *Reader) addDirectory(read *Reading, whole []*source.Snapshot) {
	read.Directory = New(whole, r.Now(), r.Config.SameIDs)
	read.Directory.Failed = read.Failed
}

// joinFaults is the error of a read that cannot be used. It is never nil.
func (r *Reader) joinFaults(ctx context.Context, faults []error) error {
	problems := r.faultsBySource(faults)
	if len(problems) == 0 {
		return fmt.Errorf("read the sources: %w", cmp.Or(ctx.Err(), errNoSources))
	}
	return errors.Join(problems...)
}

// faultsBySource names the source of each fault.
func (r *Reader) faultsBySource(faults []error) (problems []error) {
	for i, err := range faults {
		if err != nil {
			problems = append(problems, fmt.Errorf("read source %s: %w", r.Sources[i].Name(), err))
		}
	}
	return problems
}

// errNoSources is the error of a configuration without sources.
var errNoSources = errors.New("the configuration has no sources")

// sortSnapshot sorts what a directory may return in any order. Neither the
// example in a note nor the order of holds may depend on the server.
func sortSnapshot(s *source.Snapshot) {
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
