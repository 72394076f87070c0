package sync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// A run finishes what no fault concerns (S39, S40). The machine judges this after
// each run that was not killed. The reference knows the directory, the faults that
// were drawn and the limit, and nothing of a plan.

// cell is one person in one organization.
type cell struct {
	organization string
	person       int
}

func (x cell) id() string   { return "org_" + x.organization }
func (x cell) user() string { return fmt.Sprint("user_", x.person) }

// work is what has to be done for a cell: the verb of the request, and whether it
// takes access away.
type work struct {
	verb string
	loss bool
}

func (w work) side() string { return map[bool]string{true: "a loss", false: "a gain"}[w.loss] }

// workFor is the work that makes the one role of the other; "" is no membership.
func workFor(has, wanted string) work {
	switch {
	case has == "":
		return work{verb: "create"}
	case wanted == "":
		return work{verb: "delete", loss: true}
	}
	return work{verb: "role", loss: wanted == "org:member"}
}

// lacking is the work that is left in all organizations.
func (m *machine) lacking() map[cell]work {
	out := map[cell]work{}
	for _, o := range machineOrganizations {
		for i := range machinePeople {
			x, has := cell{o, i}, ""
			if found := m.c.clerk.Find(x.id(), x.user()); found != nil {
				has = found.Role
			}
			if wanted := m.truth.wanted(o, i); has != wanted {
				out[x] = workFor(has, wanted)
			}
		}
	}
	return out
}

// owed is the work that the next run has to finish: no fault concerns it, and the
// limit does not hold it.
func (m *machine) owed(approved bool) map[cell]work {
	lacking := m.lacking()
	out := map[cell]work{}
	for x, w := range lacking {
		if !m.byHand(x, approved) && !m.concerned(x, w) && (approved || w.verb != "delete" || !m.overLimit(x.organization, lacking)) {
			out[x] = w
		}
	}
	return out
}

// byHand reports whether a cell may wait because somebody changed it by hand: for
// an approval (S30), or for ever where the member is not ours (S26).
func (m *machine) byHand(x cell, approved bool) bool {
	found := m.c.clerk.Find(x.id(), x.user())
	foreign := found != nil && !strings.Contains(string(found.Private), plan.MarkerKey)
	return foreign || m.unsure[x.id()+" "+x.user()] && !approved
}

// concerned reports whether the work may wait for the end of a fault.
func (m *machine) concerned(x cell, w work) bool {
	switch {
	case m.failing[x.organization], m.c.clerk.Unlisted[x.id()] != nil:
		return true
	case m.c.clerk.Faults[w.verb+" "+x.id()+" "+x.user()] != nil:
		return true
	case m.truth.hidden[x.person] && m.truth.wants[x.organization][x.person] != "":
		return true
	}
	return w.loss && (m.cut[x.organization] || m.failing[m.markedBy(x)])
}

// markedBy is the source that the marker of a member names. Nobody loses access
// while it cannot be read: it may know them by another address (S14).
func (m *machine) markedBy(x cell) string {
	if found := m.c.clerk.Find(x.id(), x.user()); found != nil {
		if marker := plan.ParseMarker(found.Private); marker != nil {
			return marker.Source
		}
	}
	return ""
}

// overLimit reports whether the removals of an organization may wait for an
// approval: with those of the day they are more than the limit.
func (m *machine) overLimit(organization string, lacking map[cell]work) bool {
	n := 0
	for x, w := range lacking {
		if x.organization == organization && w.verb == "delete" {
			n++
		}
	}
	for _, x := range m.removals {
		if x.organization == organization && m.c.now.Add(time.Hour).Sub(x.at) <= memory.Window {
			n++
		}
	}
	return n > machineMost
}

// finished wants all work done that a run owed, and counts what was done beside
// each fault.
func (m *machine) finished(owed map[cell]work, r *Report) {
	lacking, faults := m.lacking(), m.faults()
	for x, w := range owed {
		if _, left := lacking[x]; left {
			m.rt.Errorf("%s %s %s: no fault of %q concerns it, and it is not done: %s", w.verb, x.id(), x.user(), faults, said(r))
			continue
		}
		for _, fault := range faults {
			m.judged.cells[fault+" beside "+w.side()]++
		}
	}
}

// said is what the report says of holds.
func said(r *Report) string {
	if r == nil {
		return "there is no report"
	}
	return fmt.Sprintf("holds %+v", r.Plan.Holds)
}

// faults lists what goes wrong in a run, wherever that is.
func (m *machine) faults() (out []string) {
	is := map[string]bool{"a call that fails": len(m.c.clerk.Faults) > 0, "a list that fails": len(m.c.clerk.Unlisted) > 0, "a run that was killed": m.killed}
	for _, o := range machineOrganizations {
		is["a source that fails"] = is["a source that fails"] || m.failing[o]
		is["a source that is cut"] = is["a source that is cut"] || m.cut[o]
		for i := range m.truth.wants[o] {
			is["somebody hidden"] = is["somebody hidden"] || m.truth.hidden[i]
		}
	}
	for _, fault := range machineFaults {
		if is[fault] {
			out = append(out, fault)
		}
	}
	return out
}

var machineFaults = []string{"a source that fails", "a source that is cut", "somebody hidden", "a list that fails", "a call that fails", "a run that was killed"}

// judgedWork counts the cells that were finished beside a fault, in all cases of
// the property.
type judgedWork struct {
	cases int
	// narrow are the runs for one person that kept lists have served.
	narrow int
	cells  map[string]int
}

// suffices fails where hardly anything was judged: the assertion would be empty. The few
// cases of the short form may miss whole kinds, so nothing is counted there.
func (j *judgedWork) suffices(t *testing.T) {
	t.Helper()
	if !suite.All() {
		return
	}
	if t.Logf("runs with kept lists: %d", j.narrow); j.narrow < j.cases/4 {
		t.Errorf("%d cases made %d runs with kept lists", j.cases, j.narrow)
	}
	for _, loss := range []bool{false, true} {
		side, all := work{loss: loss}.side(), 0
		for _, fault := range machineFaults {
			n := j.cells[fault+" beside "+side]
			t.Logf("%s beside %s: %d", fault, side, n)
			if least := j.cases / 50; n < least {
				t.Errorf("%d cases judged %d cells of %s beside %s, want %d", j.cases, n, fault, side, least)
			}
			all += n
		}
		if least := j.cases / 2; all < least {
			t.Errorf("%d cases judged %d cells of a fault beside %s, want %d", j.cases, all, side, least)
		}
	}
}
