package sync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/guard"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// The machine plays directory, Clerk, people who change things by hand, guards,
// approvals and crashes in any order. A reference that knows nothing of
// rollcall's code but the words judges every single request that was sent, and
// the end.

const (
	machinePeople = 7
	machineMost   = 1 // removals of an organization in a day
)

var machineOrganizations = []string{"acme", "beta"}

// truth is what the directory really says: role by organization and person.
type truth struct {
	wants    map[string]map[int]string
	disabled map[int]bool
	hidden   map[int]bool // listed, and cannot be read today
}

// wanted is the role that somebody should have; "" is none.
func (w *truth) wanted(organization string, person int) string {
	if w.disabled[person] {
		return ""
	}
	return w.wants[organization][person]
}

// machine is the story so far.
type machine struct {
	rt           *rapid.T
	c            *chronicle
	truth        truth
	failing, cut map[string]bool // sources that fail, or say that their end is missing, by organization
	admins       map[string]int  // at its start, by organization
	alive        atomic.Bool
	calls        atomic.Int64
	dieAt        int64
	killed       bool // the run before was
	narrow       bool // the run is for one person, who needs no list that was made within the hour
	judged       *judgedWork
	// removals that nobody approved, by organization and time.
	removals []removedAt
	// effects are what our requests brought about, by action and membership;
	// unsure those of which nobody can tell any more.
	effects map[string]int
	unsure  map[string]bool
}

type removedAt struct {
	organization string
	at           time.Time
}

func newMachine(t *testing.T, rt *rapid.T, judged *judgedWork) *machine {
	f := fake.NewClerk(machineOrganizations...)
	f.User("user_boss", "boss@corp.example")
	var people []string
	for i := range machinePeople {
		f.User(fmt.Sprint("user_", i), fmt.Sprintf("p%d@corp.example", i))
		people = append(people, fmt.Sprintf("%d p%d@corp.example", i, i))
	}
	s := tell(t, f)
	m := &machine{rt: rt, judged: judged, failing: map[string]bool{}, cut: map[string]bool{}, effects: map[string]int{}, unsure: map[string]bool{}, truth: truth{wants: map[string]map[int]string{}, disabled: map[int]bool{}, hidden: map[int]bool{}}}
	for _, o := range machineOrganizations {
		f.Member(o, "user_boss", "org:admin", "")
		m.truth.wants[o] = map[int]string{}
		feed := fake.HR(people...) // a source for each organization
		feed.Snapshot.Source = o
		s.sources = append(s.sources, feed)
		for _, role := range []string{"admin", "member"} {
			r := s.rule(o, "org:"+role, o+"-"+role)
			r.Source, r.AllowEmpty = o, []string{o + "-" + role}
		}
	}
	s.config.SameIDs = map[string]string{}
	for _, o := range machineOrganizations {
		s.config.SameIDs[o] = machineOrganizations[0]
	}
	s.config.Guards.Removals = policy.Limit{People: machineMost}
	m.c = begin(t, s)
	m.keepLists()
	f.During, f.After = m.before, m.judge
	m.c.wrapJournal = func(j Journal) Journal { return mortal{j, m} }
	return m
}

// snapshots is what a read of the directory shows today.
func (m *machine) snapshots() {
	for i, o := range machineOrganizations {
		if src, ok := m.c.sources[i].(*fake.Source); ok {
			m.snapshot(src, o)
		}
	}
}

func (m *machine) snapshot(src *fake.Source, o string) {
	src.Err, src.Snapshot.NoRemovals = nil, nil
	if m.failing[o] {
		src.Err = errors.New("no route to host")
	}
	if m.cut[o] {
		src.Snapshot.NoRemovals = []string{"the end marker is missing"}
	}
	for i := range machinePeople {
		p := &src.Snapshot.People[i]
		p.Disabled, p.Origin = "", source.Origin{Source: o, DN: fmt.Sprint("uid=", i)}
		if m.truth.disabled[i] {
			p.Disabled = "locked"
		}
	}
	src.Snapshot.Groups = nil
	for _, role := range []string{"admin", "member"} {
		g := source.Group{ID: o + "-" + role, Name: o + "-" + role}
		for _, i := range slices.Sorted(maps.Keys(m.truth.wants[o])) {
			switch {
			case m.truth.wants[o][i] != "org:"+role:
			case m.truth.hidden[i]:
				g.Unusable = append(g.Unusable, source.Unusable{Ref: fmt.Sprint("uid=", i), Why: "an access rule hides it"})
			default:
				g.Members = append(g.Members, source.Member{Person: i})
			}
		}
		src.Snapshot.Groups = append(src.Snapshot.Groups, g)
	}
}

// before ends the run's life at the call that was drawn.
func (m *machine) before(string) {
	if n := m.calls.Add(1); m.dieAt > 0 && n >= m.dieAt {
		m.alive.Store(false)
	}
}

// judge looks at Clerk after each request that had its effect.
func (m *machine) judge(call string) {
	words := strings.Fields(call)
	verb, id, user := words[0], words[1], words[2]
	organization := strings.TrimPrefix(id, "org_")
	person := int(user[len(user)-1] - '0')
	wanted, now := m.truth.wanted(organization, person), m.c.clerk.Find(id, user)
	what := map[string]string{"create": "add", "delete": "remove", "role": "set_role"}[verb] + " " + id + " " + user
	m.effects[what]++
	switch {
	case user == "user_boss":
		m.rt.Errorf("%s: a member who is not ours", call)
	case verb == "delete":
		m.removals = append(m.removals, removedAt{organization, m.c.now})
		switch {
		case wanted != "":
			m.rt.Errorf("%s: the directory wants them as %s", call, wanted)
		case m.truth.hidden[person] && m.truth.wants[organization][person] != "":
			m.rt.Errorf("%s: nobody could read who that is", call)
		case m.failing[organization] || m.cut[organization] || m.c.clerk.Unlisted[id] != nil:
			m.rt.Errorf("%s: no whole read says so", call)
		}
	case now == nil || now.Role != wanted:
		m.rt.Errorf("%s: the directory wants %q, Clerk has %+v", call, wanted, now)
	case m.failing[organization] || m.c.clerk.Refused[id] || !m.narrow && m.c.clerk.Unlisted[id] != nil:
		m.rt.Errorf("%s: what feeds it was not read", call)
	}
	if admins := m.countAdmins(id); admins < min(1, m.admins[id]) {
		m.rt.Errorf("%s: %d admins left", call, admins)
	}
}

func (m *machine) countAdmins(id string) int {
	n := 0
	for _, x := range m.c.clerk.Members[id] {
		if x.Role == "org:admin" {
			n++
		}
	}
	return n
}

// prepare begins a run.
func (m *machine) prepare() {
	m.snapshots()
	m.alive.Store(true)
	m.calls.Store(0)
	clear(m.c.clerk.Refused)
	m.narrow = false
	m.admins = map[string]int{}
	for _, o := range machineOrganizations {
		m.admins["org_"+o] = m.countAdmins("org_" + o)
	}
}

// died notes at the end of a run whether it was killed.
func (m *machine) died() {
	if m.killed = !m.alive.Load(); m.killed {
		m.keepLists()
	}
}

// run makes one run; approve lets pass whatever the plan holds.
func (m *machine) run(approve bool) {
	m.prepare()
	run := Run{Apply: true}
	if approve {
		r, err := m.c.once(context.Background(), Run{})
		if err != nil {
			return
		}
		if err := m.c.db.HoldAll(context.Background(), guard.HeldSets(r.Plan)); err != nil {
			m.rt.Fatal(err) // what was shown is kept: less may wait once a killed run is completed
		}
		m.c.now = m.c.now.Add(-time.Hour) // an hour later a removal of yesterday may count no longer, and another set waits
		for _, h := range r.Plan.Holds {
			if h.Approval != "" {
				run.Approve = append(run.Approve, h.Approval)
			}
		}
	}
	sofar, before, owed := len(m.removals), maps.Clone(m.effects), m.owed(approve)
	r, err := m.c.once(context.Background(), run)
	if approve && err == nil {
		m.removals = m.removals[:sofar] // an admin looked at them
		for _, o := range r.Outcomes {
			what := "remove " + o.Change.Organization + " " + o.Change.UserID
			if o.Change.Action == plan.Remove && !o.Change.Approved && m.effects[what] > before[what] {
				m.removals = append(m.removals, removedAt{strings.TrimPrefix(o.Change.Organization, "org_"), m.c.now})
			}
		}
	}
	m.limits()
	if m.alive.Load() {
		m.finished(owed, r)
	}
	m.died()
}

// limits counts what nobody approved.
func (m *machine) limits() {
	for _, o := range machineOrganizations {
		n := 0
		for _, x := range m.removals {
			if x.organization == o && m.c.now.Sub(x.at) < memory.Window {
				n++
			}
		}
		if n > machineMost {
			m.rt.Errorf("%s lost %d people in a day, and nobody approved it", o, n)
		}
	}
}

// actions are what may happen between and in runs.
func (m *machine) actions() map[string]func(*rapid.T) {
	organization := rapid.SampledFrom(machineOrganizations)
	person := rapid.IntRange(0, machinePeople-1)
	return map[string]func(*rapid.T){
		"the directory changes": m.changeDirectory,
		"an account is disabled or enabled": func(rt *rapid.T) {
			p := person.Draw(rt, "person")
			m.truth.disabled[p] = !m.truth.disabled[p]
		},
		"somebody is hidden": func(rt *rapid.T) { m.truth.hidden[person.Draw(rt, "person")] = true },
		"by hand": func(rt *rapid.T) {
			id, user := "org_"+organization.Draw(rt, "organization"), fmt.Sprint("user_", person.Draw(rt, "person"))
			m.unsure[id+" "+user] = true // nobody can tell what a killed run had done before
			switch x := m.c.clerk.Find(id, user); {
			case x == nil:
				m.c.clerk.Member(strings.TrimPrefix(id, "org_"), user, "org:member", "")
			case rapid.Bool().Draw(rt, "leaves"):
				m.c.clerk.Members[id] = slices.DeleteFunc(m.c.clerk.Members[id], func(x clerkapi.Membership) bool { return x.UserID == user })
			default:
				x.Role = map[string]string{"org:admin": "org:member", "org:member": "org:admin"}[x.Role]
			}
		},
		"faults":         m.drawFaults,
		"the faults end": func(*rapid.T) { m.endFaults() },
		"time passes": func(rt *rapid.T) {
			m.c.now = m.c.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(rt, "hours")) * time.Hour)
		},
		"a run":           func(*rapid.T) { m.run(false) },
		"another run":     func(*rapid.T) { m.run(false) },
		"a run for one":   func(rt *rapid.T) { m.runForOne(person.Draw(rt, "person"), rapid.Bool().Draw(rt, "by user")) },
		"an approved run": func(*rapid.T) { m.dieAt = 0; m.run(true) },
		"runs with much to do, beside a fault": func(rt *rapid.T) {
			m.drawFaults(rt)
			m.shuffleDirectory(rt)
			m.run(false)
			m.dieAt = 0
			m.run(true)
		},
	}
}

func (m *machine) changeDirectory(rt *rapid.T) {
	o := rapid.SampledFrom(machineOrganizations).Draw(rt, "organization")
	role := rapid.SampledFrom([]string{"", "org:member", "org:admin"}).Draw(rt, "role")
	for _, p := range rapid.SliceOfNDistinct(rapid.IntRange(0, machinePeople-1), 1, 4, rapid.ID).Draw(rt, "people") {
		if delete(m.truth.wants[o], p); role != "" {
			m.truth.wants[o][p] = role
		}
	}
}

// shuffleDirectory gives everybody another role, or none.
func (m *machine) shuffleDirectory(rt *rapid.T) {
	role := rapid.SampledFrom([]string{"", "org:member", "org:admin"})
	for _, o := range machineOrganizations {
		m.truth.wants[o] = map[int]string{}
		for p, r := range rapid.SliceOfN(role, machinePeople, machinePeople).Draw(rt, o) {
			if r != "" {
				m.truth.wants[o][p] = r
			}
		}
	}
}

// drawFaults replaces the faults of Clerk, and those of one source each.
func (m *machine) drawFaults(rt *rapid.T) {
	organization := rapid.SampledFrom(machineOrganizations)
	m.clerkIsWell()
	m.failing[organization.Draw(rt, "fails")] = rapid.Bool().Draw(rt, "source fails")
	m.cut[organization.Draw(rt, "is cut")] = rapid.Bool().Draw(rt, "source is cut")
	if rapid.Bool().Draw(rt, "a list fails") {
		m.c.clerk.Unlisted["org_"+organization.Draw(rt, "of")] = errors.New("503")
	}
	verb := rapid.SampledFrom([]string{"create", "delete", "role"}).Draw(rt, "verb")
	call := fmt.Sprintf("%s org_%s user_%d", verb, organization.Draw(rt, "organization"), rapid.IntRange(0, machinePeople-1).Draw(rt, "person"))
	m.c.clerk.Faults[call] = &clerkapi.Error{Status: 500}
	m.c.clerk.Lost[call] = rapid.Bool().Draw(rt, "after its effect")
	m.dieAt = rapid.Int64Range(0, 4).Draw(rt, "dies at call")
}

func (m *machine) clerkIsWell() {
	m.c.clerk.Faults, m.c.clerk.Lost, m.c.clerk.Unlisted = map[string]error{}, map[string]bool{}, map[string]error{}
}

func (m *machine) endFaults() {
	m.clerkIsWell()
	m.failing, m.cut, m.dieAt = map[string]bool{}, map[string]bool{}, 0
	m.truth.hidden = map[int]bool{}
}

// converges ends the faults, and wants the directory's word in Clerk after a
// few runs that an admin approves.
func (m *machine) converges() {
	m.endFaults()
	for range 4 {
		m.run(true)
	}
	for _, o := range machineOrganizations {
		for i := range machinePeople {
			x := m.c.clerk.Find("org_"+o, fmt.Sprint("user_", i))
			wanted := m.truth.wanted(o, i)
			foreign := x != nil && !strings.Contains(string(x.Private), plan.MarkerKey)
			switch {
			case foreign: // somebody added them by hand: they are not ours
			case wanted == "" && x != nil:
				m.rt.Errorf("%s: user_%d has left, and is %s", o, i, x.Role)
			case wanted != "" && (x == nil || x.Role != wanted):
				m.rt.Errorf("%s: user_%d is to be %s: %+v", o, i, wanted, x)
			}
		}
	}
}

// remembers wants each effect in the history, once, and nothing else.
func (m *machine) remembers() {
	entries, err := m.c.db.Since(context.Background(), time.Time{})
	if err != nil {
		m.rt.Fatal(err)
	}
	done := map[string]int{}
	for _, e := range entries {
		if e.Open() {
			m.rt.Errorf("still open: %s %s %s", e.Action, e.Organization, e.UserID)
		}
		if e.Result == string(apply.Done) {
			done[e.Action+" "+e.Organization+" "+e.UserID]++
		}
	}
	for what, n := range m.effects {
		if _, whom, _ := strings.Cut(what, " "); !m.unsure[whom] && done[what] != n {
			m.rt.Errorf("%s: done %d times, the history says %d", what, n, done[what])
		}
	}
}

func TestS09StateMachine(t *testing.T) {
	t.Parallel()
	judged := &judgedWork{cells: map[string]int{}}
	rapid.Check(t, func(rt *rapid.T) {
		judged.cases++
		m := newMachine(t, rt, judged)
		rt.Repeat(m.actions())
		m.converges()
		m.remembers()
	})
	judged.suffices(t)
}
