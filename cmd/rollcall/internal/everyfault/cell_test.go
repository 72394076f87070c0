package everyfault

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/config"
)

// record is the story of a world without a fault.
type record struct {
	requests [][]request         // of each step
	asked    [][]string          // of an LDAP server, of each step
	writes   [][]string          // to the state directory, of each step
	access   []map[string]string // after each step
	reviews  []string            // of each step; empty where there was none
	end      []string
	// waits is what the runs after the last step leave for later.
	waits string
	log   string
}

// quietRuns is how many runs after the last step find nothing to do.
const quietRuns = 2

// tell makes the story without a fault. It must be called in a bubble.
func tell(t *testing.T, w *world, cfg *config.Config) *record {
	t.Helper()
	s := begin(t, w, cfg)
	defer s.end()
	out := &record{}
	for i := range w.steps {
		s.prepare(&w.steps[i])
		s.ready()
		r := s.run(&w.steps[i])
		if why := r.unfinished(); why != "" && !w.steps[i].waits {
			t.Errorf("step %d: %s", i+1, why)
		}
		out.requests, out.writes = append(out.requests, s.wire.trace), append(out.writes, s.state.names)
		if s.ldap != nil {
			out.asked = append(out.asked, s.ldap.questions())
		}
		out.access, out.reviews = append(out.access, s.access()), append(out.reviews, s.review(&r))
	}
	for n := range quietRuns {
		s.wait()
		s.ready()
		r := s.run(&step{})
		if n == 0 {
			out.waits = r.unfinished()
		}
		if r.writes > 0 || r.err != nil || r.unfinished() != out.waits {
			t.Errorf("after the last step: %d writes, %s", r.writes, r.unfinished())
		}
	}
	out.end, out.log = s.endState(), s.wire.log.String()
	return out
}

// fault is one fault of a story: of a request, or of a write to the state directory.
type fault struct {
	step   int // from 0
	at     request
	strike *strike // nil for a write to the state directory
	// write is the number of that write in the run of the step, from 1.
	write int
	state stateFault
	// source is what is wrong with a source; nil for another fault.
	source sourceTrouble
}

// sourceTrouble is what is wrong with a source in one run.
type sourceTrouble interface {
	fmt.Stringer
	// concern is what may wait.
	concern(w *world) concern
	// strike is called just before the run.
	strike(s *story)
}

// in is the name of a fault in a world.
func (f *fault) in(r *record) string {
	if f.source != nil {
		return fmt.Sprintf("%d/%s", f.step+1, f.source)
	}
	if f.strike == nil {
		return fmt.Sprintf("%d/write %d %s/%s", f.step+1, f.write, r.writes[f.step][f.write-1], f.state)
	}
	return fmt.Sprintf("%d/%s/%s", f.step+1, f.at, f.strike.name)
}

// heals is how many runs pass before the memory of the fault has ended.
func (f *fault) heals(w *world) int {
	if f.strike == nil {
		return 0
	}
	return int(f.strike.heals / w.interval())
}

// concern is what the fault may keep from being done in the same run.
func (f *fault) concern(w *world) concern {
	if f.source != nil {
		return f.source.concern(w)
	}
	if f.strike == nil {
		return concern{everything: true} // nothing is sent any more (S32)
	}
	out := concernOf(f.at, f.strike)
	out.everything = out.everything || out.undo && w.steps[f.step].undo > 0
	for request, subjects := range w.depends {
		if strings.Contains(f.at.key, request) {
			out.dependents = append(out.dependents, subjects...)
		}
	}
	return out
}

// cell is a story with faults: one, or a pair.
type cell struct {
	world  *world
	config *config.Config
	record *record
	faults []fault
}

func (c *cell) String() string {
	names := []string{c.world.name}
	for i := range c.faults {
		names = append(names, c.faults[i].in(c.record))
	}
	return strings.Join(names, "/")
}

// with is the cell with other faults.
func (c *cell) with(faults ...fault) *cell {
	out := *c
	out.faults = faults
	return &out
}

// verdict is what a cell found.
type verdict struct {
	problems []string
	log      string
	// missed says that the fault never struck.
	missed bool
}

// add adds a problem.
func (v *verdict) add(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// try tells the story of the cell. It must be called in a bubble.
func (c *cell) try(t *testing.T) (v verdict) {
	t.Helper()
	s := begin(t, c.world, c.config)
	defer s.end()
	for i := range c.world.steps {
		s.prepare(&c.world.steps[i])
		s.ready()
		c.strike(s, i)
		before := s.access()
		r := s.run(&c.world.steps[i])
		s.healFiles()
		c.judge(s, &v, i, before)
		if r.err == nil && c.visible(i) && s.review(&r) != c.record.reviews[i] {
			v.add("step %d: the review is another one, and not refused", i+1)
		}
	}
	if struck := s.wire.struck + s.state.struck + s.spoiled + s.ldap.strikes(); struck == 0 {
		v.missed = true
		v.add("the fault never struck")
	}
	c.heal(s, &v)
	v.log = s.wire.log.String()
	open, err := s.state.Unfinished(t.Context())
	if err != nil || len(open) > 0 {
		v.add("in the end %d changes are open, %v", len(open), err)
	}
	return v
}

// strike sets the faults of a step.
func (c *cell) strike(s *story, step int) {
	for i := range c.faults {
		if f := &c.faults[i]; f.step != step {
			continue
		} else if f.source != nil {
			f.source.strike(s)
		} else if f.strike != nil {
			s.wire.faults = append(s.wire.faults, f)
		} else {
			s.state.faults = append(s.state.faults, f)
		}
	}
}

// visible reports whether a fault strikes a step that a run can see. What comes later
// has other times and numbers of runs in its history.
func (c *cell) visible(step int) bool {
	return slices.ContainsFunc(c.faults, func(f fault) bool {
		return f.step == step && (f.strike == nil || !f.strike.hides && !f.strike.foreign)
	}) && !slices.ContainsFunc(c.faults, func(f fault) bool { return f.step < step || f.strike != nil && f.strike.hides })
}

// concerns reports whether a fault may keep a subject of a step as it was.
func (c *cell) concerns(step int, subject string, of effect) bool {
	return slices.ContainsFunc(c.faults, func(f fault) bool {
		// What an earlier fault concerned may need a second run (S39).
		return f.step <= step && step <= f.step+1 && f.concern(c.world).covers(subject, of)
	})
}

// judge looks at everybody's access after the run of a step. It is that of before the
// run, or the one that the run should give; and what the fault does not concern is
// finished.
func (c *cell) judge(s *story, v *verdict, i int, before map[string]string) {
	after, want := s.access(), c.record.access[i]
	s.noteMembers(after)
	for _, subject := range subjects(before, after, want) {
		switch got := after[subject]; {
		case got == want[subject], s.masks(subject):
		case got != before[subject]:
			v.add("step %d: %s has %q, neither %q of before nor %q", i+1, subject, got, before[subject], want[subject])
		case c.afterFault(i) && !c.world.steps[i].review && !c.concerns(i, subject, effectOf(before[subject], want[subject])):
			v.add("step %d: %s has %q and not %q, and the fault does not concern it", i+1, subject, got, want[subject])
		}
	}
}

// afterFault reports whether a fault strikes a step, or the one before.
func (c *cell) afterFault(step int) bool {
	return slices.ContainsFunc(c.faults, func(f fault) bool { return f.step <= step && step <= f.step+1 })
}

// subjects are the keys of several maps, in order.
func subjects(all ...map[string]string) (out []string) {
	for _, m := range all {
		for subject := range m {
			out = append(out, subject)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// saysNoKeys reports whether a fault says that the instance has no API keys.
func (c *cell) saysNoKeys() bool {
	return slices.ContainsFunc(c.faults, func(f fault) bool { return f.strike != nil && f.strike.code.Code == "api_keys_not_enabled" })
}

// healRuns is how many runs a fault may cost: two may still have work.
const healRuns = 3

// heal ends the faults. Two runs may still have work. One that sends nothing, and finds
// everything in its place, is the last one.
func (c *cell) heal(s *story, v *verdict) {
	last, repeats := len(c.world.steps)-1, false
	for i := range c.faults {
		s.made += c.faults[i].heals(c.world)
		repeats = repeats || c.faults[i].step == last && c.world.steps[last].undo > 0
	}
	if c.saysNoKeys() {
		s.mask("account ") // an instance without API keys has none to revoke
	}
	for _, access := range c.record.access {
		for address := range membersIn(access) {
			if !s.members[address] {
				s.mask("account " + address + " ") // nothing is closed that rollcall never opened
			}
		}
	}
	if c.record.waits != "" {
		s.mask("fact group ") // the size of a group counts when nothing waits (S18)
	}
	for n := 1; ; n++ {
		x := &step{}
		if repeats && n == 1 {
			x = &c.world.steps[last] // the undo is repeated
		}
		s.wait()
		s.ready()
		r := s.run(x)
		left, why := difference(c.record.end, s.endState(), s.masked), r.unfinished()
		if r.writes == 0 && why == c.record.waits && len(left) == 0 {
			return
		}
		if n < healRuns {
			continue
		}
		if r.writes > 0 {
			v.add("the third run sends %d writes", r.writes)
		}
		if why != c.record.waits {
			v.add("the third run: %s", why)
		}
		for _, line := range left {
			v.add("in the end %s", line)
		}
		return
	}
}
