package everyfault

import (
	"slices"
	"strings"
	"testing"
)

// A stale list hides a member whom the directory now wants as an admin, and the run that
// is about to add them is killed. The membership with the marker is older than the add, so
// nobody took an admin role by hand, and the next run gives the role (S30, S33).
func TestS33AnAddOfAMemberWhoWasNotListed(t *testing.T) {
	t.Parallel()
	w := &world{name: "promotion", users: "ada ben", steps: []step{
		{people: "1 ada acme law\n2 ben acme law"},
		{people: "1 ada acme-admins law\n2 ben acme law"},
	}}
	c := recorded(t, w)
	step := len(w.steps) - 1
	faults := strikes()
	list := slices.IndexFunc(c.record.requests[step], func(r request) bool { return strings.HasPrefix(r.key, "GET /organization_memberships?") })
	stale := slices.IndexFunc(faults, func(s strike) bool { return s.name == "a stale page" })
	intend := slices.Index(c.record.writes[step], "intend")
	for _, killed := range []stateFault{killedBefore, killedAfter} {
		x := c.with(fault{step: step, at: c.record.requests[step][list], strike: &faults[stale]}, fault{step: step, write: intend + 1, state: killed})
		if v := x.inBubble(t); len(v.problems) > 0 {
			t.Errorf("%s: %s\n%s", x, strings.Join(v.problems, "\n"), v.log)
		}
	}
}
