package cases

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Report is what came of all cases of a file.
type Report struct {
	Cases []Result `json:"cases"`
	// Held and Failed count the cases that hold and those that do not. Unread counts
	// those that nobody can judge, because a source could not be read.
	Held   int `json:"held"`
	Failed int `json:"failed"`
	Unread int `json:"unread,omitempty"`
	// Failures are the sources that could not be read.
	Failures []plan.Failure `json:"failures,omitempty"`
}

// Err is the error of cases that do not hold, or cannot be judged; nil if all hold.
func (r *Report) Err() error {
	var problems []error
	if r.Failed > 0 {
		problems = append(problems, fmt.Errorf("%d of %s", r.Failed, plural(len(r.Cases), "case does not hold", "cases do not hold")))
	}
	for _, f := range r.Failures {
		problems = append(problems, fmt.Errorf("read source %s: %s", f.Source, f.Text))
	}
	return errors.Join(problems...)
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// Test compares all cases with the rules. The sources are read once, and only if a case
// names somebody of theirs; open opens them.
func Test(ctx context.Context, cfg *config.Config, f *File, open func() ([]source.Source, error)) (*Report, error) {
	set, problems := policy.CompileRules(cfg.Rules)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	t := &tester{config: cfg, set: set, now: f.now}
	report := &Report{Cases: []Result{}}
	if f.Real() {
		from, err := open()
		if err != nil {
			return nil, err
		}
		if report.Failures, err = t.readReal(ctx, from, f); err != nil {
			return nil, err
		}
	}
	for i := range f.Cases {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if c := &f.Cases[i]; c.Who != "" && len(report.Failures) > 0 {
			report.Unread++
			continue
		}
		one, err := t.test(ctx, &f.Cases[i])
		if err != nil {
			return nil, err
		}
		one.Place = f.doc.Place(fmt.Sprintf("cases[%d]", i))
		if one.Holds {
			report.Held++
		} else {
			report.Failed++
		}
		report.Cases = append(report.Cases, one)
	}
	return report, nil
}

// tester tests cases against one configuration.
type tester struct {
	config *config.Config
	set    *policy.Ruleset
	now    time.Time
	// real is what the rules make of the sources; people are those there, by each of
	// their names.
	real   *rulings
	people map[string][]*directory.Person
}

func (t *tester) test(ctx context.Context, c *Case) (Result, error) {
	out := Result{Name: c.Name, Given: []Given{}}
	s := &standing{}
	switch {
	case c.Person != nil:
		out.Name = cmp.Or(out.Name, c.Person.Email, c.Person.ID)
		r, p, err := t.bring(ctx, c.Person)
		if err != nil {
			return out, err
		}
		s = r.of(p)
	default:
		out.Name = cmp.Or(out.Name, c.Who)
		found := t.people[nameKey(c.Who)]
		if len(found) > 1 {
			out.Problems = []string{fmt.Sprintf("%q means %d people (%s, %s): name the id of one of them", c.Who, len(found), found[0].Origin, found[1].Origin)}
			return out, nil
		}
		if len(found) == 1 {
			s, out.Origin = t.real.of(found[0]), found[0].Origin.String()
		}
	}
	out.Given, out.Refused = append(out.Given, s.given...), s.refused
	if s.person == nil {
		out.Refused = NotFound
	}
	out.Problems = judge(c, s)
	if out.Holds = len(out.Problems) == 0; !out.Holds {
		out.Rules = s.rules
	}
	return out, nil
}

// bring applies the rules to a source that has nobody but the person.
func (t *tester) bring(ctx context.Context, p *Person) (*rulings, *directory.Person, error) {
	var from []source.Source
	at := 0
	for i, s := range t.config.Sources {
		b := &brought{name: s.Name}
		if s.Name == p.Source {
			b.person, at = p, i
		}
		from = append(from, b)
	}
	read, err := t.reader(from).Read(ctx)
	if err != nil {
		return nil, nil, err
	}
	return rule(t.config.Sync, t.set, read), read.Directory.People[at][0], nil
}

func (t *tester) reader(from []source.Source) *directory.Reader {
	return &directory.Reader{Config: t.config.Sync, Rules: t.set, Sources: from, Now: func() time.Time { return t.now }}
}

// readReal reads the sources, with the people whom cases name, and applies the rules.
func (t *tester) readReal(ctx context.Context, from []source.Source, f *File) ([]plan.Failure, error) {
	var names []string
	for i := range f.Cases {
		if who := f.Cases[i].Who; who != "" {
			names = append(names, strings.TrimSpace(who))
		}
	}
	names = policy.Unique(names)
	reader := t.reader(from)
	reader.Also = map[string][]string{}
	for _, s := range from {
		reader.Also[s.Name()] = names
	}
	read, err := reader.Read(ctx)
	if err != nil {
		return nil, err
	}
	if failures := append(read.Failures, incomplete(read.Directory)...); len(failures) > 0 {
		return failures, nil
	}
	t.real, t.people = rule(t.config.Sync, t.set, read), map[string][]*directory.Person{}
	for _, people := range read.Directory.People {
		for _, p := range people {
			for _, name := range slices.Concat(p.Addresses(), []string{p.ID, p.ExternalID, p.Origin.DN}) {
				t.name(nameKey(name), p)
			}
		}
	}
	return nil, nil
}

// incomplete are the sources whose read may lack somebody: a run removes nobody on the
// strength of it, and no case is judged by it (S11, S12, S13).
func incomplete(d *directory.Directory) (failures []plan.Failure) {
	for _, s := range d.Snapshots {
		for _, who := range s.MissingCanaries {
			failures = append(failures, plan.Failure{Source: s.Source, Text: "the read does not show " + who + ", which is listed in canaries"})
		}
		for _, why := range s.NoRemovals {
			failures = append(failures, plan.Failure{Source: s.Source, Text: why})
		}
	}
	return failures
}

func (t *tester) name(key string, p *directory.Person) {
	if key != "" && !slices.Contains(t.people[key], p) {
		t.people[key] = append(t.people[key], p)
	}
}

// nameKey is a name as names compare: addresses are folded, DNs compare as DNs.
func nameKey(text string) string {
	text = strings.TrimSpace(text)
	if folded, err := source.FoldEmail(text); err == nil {
		return folded
	}
	if source.IsDN(text) {
		if key, err := source.DNKey(text); err == nil {
			return key
		}
	}
	return text
}
