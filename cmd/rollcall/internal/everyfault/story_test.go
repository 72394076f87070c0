package everyfault

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/source/file"
	"rollcall/sync"
	"rollcall/sync/explain"
	"rollcall/sync/journal"
	"rollcall/sync/journal/journaltest"
	"rollcall/sync/plan"
)

// story is one life of a world.
type story struct {
	t      *testing.T
	world  *world
	config *config.Config
	dir    string
	clerk  *sandbox.Server
	wire   *wire
	state  *state
	began  time.Time
	made   int     // runs so far
	runs   []int64 // the number of the run of each step
	// past is what Clerk held before the run of each step.
	past []*sandbox.Seed
	// masked are parts of lines that may differ, because somebody else made a change.
	masked []string
	// members are the addresses that have been members of an organization.
	members map[string]bool
	// restore ends the faults of files, settles is called when a run waits for a file, and
	// spoiled counts the faults.
	restore []func()
	settles func(file string)
	spoiled int
	// ldap is nil in a world without an LDAP server.
	ldap *directory
	// taken are subjects whose membership somebody else removed: they may have none until
	// the next run.
	taken []string
}

// result is what became of a run.
type result struct {
	report *sync.Report
	err    error
	writes int // requests that were sent and can change something
}

// begin must be called in a bubble, and end before the bubble ends.
func begin(t *testing.T, w *world, cfg *config.Config) *story {
	t.Helper()
	dir, err := os.MkdirTemp(inMemory(), "rollcall-everyfault") //nolint:usetesting // t.TempDir is on disk
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, world: w, config: cfg, dir: dir, began: time.Now(), members: map[string]bool{}, settles: func(string) {}}
	if s.clerk, err = sandbox.New(sandbox.Options{SecretKey: key, Seed: w.first()}); err != nil {
		t.Fatal(err)
	}
	db := journaltest.OpenNew(t, dir, journal.Options{})
	s.wire = &wire{server: s.clerk, story: s, seen: map[string]int{}, chance: rand.New(rand.NewPCG(seedOf(), 0))}
	s.state = &state{DB: db, wire: s.wire}
	if len(w.ldap) > 0 {
		s.startDirectory()
	}
	return s
}

func (s *story) end() {
	_ = s.state.Close() // each write was on disk when it returned
	_ = os.RemoveAll(s.dir)
}

// prepare does what happens before a step, and waits for the time of its run. Each run
// begins at the same time in every story.
func (s *story) prepare(x *step) {
	s.t.Helper()
	for name, rows := range map[string]string{"people.csv": x.people, "others.csv": x.others} {
		switch {
		case rows == "":
			continue
		case name == "people.csv" && s.ldap != nil:
			s.ldap.fill(rows, s.world.ldap...)
			continue
		}
		s.write(filepath.Join(s.dir, name), []byte(s.world.csv(rows)))
	}
	s.past = append(s.past, s.clerk.Snapshot())
	s.wait()
	if x.clerk != nil {
		if err := x.clerk(s.clerk); err != nil {
			s.t.Fatal(err)
		}
	}
	if x.admin != nil {
		if err := x.admin(s); err != nil {
			s.t.Fatal(err)
		}
	}
}

// wait passes the time until the next run.
func (s *story) wait() {
	s.made++
	if s.ldap != nil {
		return
	}
	left := time.Until(s.began.Add(time.Duration(s.made) * s.world.interval()))
	if left < 0 {
		s.t.Errorf("the run before took %s too long", -left)
	}
	time.Sleep(left)
}

// masks reports whether a subject may differ.
func (s *story) masks(subject string) bool {
	return slices.Contains(s.taken, subject) || slices.ContainsFunc(s.masked, func(m string) bool { return strings.Contains(subject, m) })
}

// request is what the run of a step is asked for.
func (s *story) request(x *step) (verb string, run sync.Run, err error) {
	switch {
	case x.review:
		return "review", sync.Run{Review: &explain.Scope{}}, nil
	case x.undo > 0:
		chain, err := sync.Chain(s.t.Context(), s.state, s.runs[x.undo-1])
		return "undo", sync.Run{Apply: true, Undo: chain}, err
	}
	return "apply", sync.Run{Apply: true}, nil
}

// run makes the run of a step as a process of its own. The caller may set a fault
// between ready and run.
func (s *story) ready() {
	s.wire.begin()
	s.state.begin()
	s.clerk.ForgetRequests()
	if s.ldap != nil {
		s.ldap.beginRun()
	}
}

func (s *story) run(x *step) (out result) {
	s.t.Helper()
	verb, run, err := s.request(x)
	if err != nil {
		return result{err: err}
	}
	client, err := clerkapi.New(s.config.Clerk, clerkapi.WithTransport(s.wire), clerkapi.WithRandom(s.wire.random))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	if run.Apply {
		out = s.apply(client, verb, run)
	} else {
		out.report, out.err = s.once(client, run, 0)
	}
	for _, r := range s.clerk.Writes() {
		if r.Status/100 == 2 {
			out.writes++
		}
	}
	return out
}

// apply makes a run that the history has.
func (s *story) apply(client *clerkapi.Client, verb string, run sync.Run) (out result) {
	begun := journal.Run{Verb: verb, ConfigHash: s.config.Sync.RulesHash}
	if len(run.Undo) > 0 {
		begun.Undoes = run.Undo[0]
	}
	id, err := s.state.Begin(s.t.Context(), begun)
	s.runs = append(s.runs, id)
	if err != nil {
		return result{err: err}
	}
	out.report, out.err = s.once(client, run, id)
	o := runner.Outcome{Verb: verb, Report: out.report, Err: out.err}
	finished := journal.Run{Outcome: o.Word(), ExitCode: o.Code()}
	if out.report != nil {
		finished.Recovers = out.report.Recovered
	}
	out.err = errors.Join(out.err, s.state.Finish(s.t.Context(), id, finished))
	return out
}

func (s *story) once(client *clerkapi.Client, run sync.Run, id int64) (*sync.Report, error) {
	r, err := sync.New(s.config.Sync, s.config.Rules, s.sources(), client, sync.WithJournal(s.state, id))
	if err != nil {
		s.t.Fatal(err)
	}
	if len(run.Undo) > 0 {
		return r.Undo(s.t.Context(), run)
	}
	return r.RunOnce(s.t.Context(), run)
}

// sources are those of the configuration, with the files of this story.
func (s *story) sources() (all []source.Source) {
	s.t.Helper()
	for _, c := range s.config.Sources {
		if c.CSV != nil {
			own := *c.CSV
			own.Path = filepath.Join(s.dir, filepath.Base(own.Path))
			c.CSV = &own
		} else {
			own := *c.LDAP
			own.URLs = []string{s.ldap.URL}
			if f := s.ldap.fault; f != nil && f.reply.Hang {
				own.ConnectTimeout, own.BindTimeout, own.RequestTimeout = patience, patience, patience
			}
			c.LDAP = &own
		}
		opened, err := sources.Open(c, file.Options{Settle: func(file string, _ time.Duration) { s.settles(file) }})
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, opened)
	}
	return all
}

// review is the access review of a run, without the time of it.
func (s *story) review(r *result) string {
	if r.err != nil || r.report == nil || r.report.Review == nil {
		return ""
	}
	b, err := json.Marshal(r.report.Review)
	if err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(moment.ReplaceAllString(string(b), `"then"`), s.dir, "")
}

// unfinished says what a run without a fault has left, or nothing.
func (r *result) unfinished() string {
	switch {
	case r.err != nil:
		return r.err.Error()
	case r.report == nil:
		return "there is no report"
	case r.report.Fault != "":
		return r.report.Fault
	case len(r.report.Plan.Failures) > 0:
		return fmt.Sprintf("failures %+v", r.report.Plan.Failures)
	case len(r.report.Plan.Holds) > 0:
		return fmt.Sprintf("holds %+v", r.report.Plan.Holds)
	}
	for _, c := range r.report.Plan.Changes() {
		if c.State != plan.Ready {
			return fmt.Sprintf("%s %s %s %s is %s: %s", c.Action, c.Organization, c.UserID, c.Email, c.State, c.SkippedFor())
		}
	}
	return ""
}
