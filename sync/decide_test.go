package sync

import (
	"strings"
	"testing"

	"rollcall/sync/apply"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// inherited is a company where ben's address stands under another id.
func inherited(t *testing.T) *chronicle {
	s, _ := company(t)
	c := begin(t, s)
	c.apply()
	c.source().Snapshot.People[1].ID = "7"
	return c
}

// An admin says who somebody is whose id has changed, once, and runs follow.
func TestS02Rebind(t *testing.T) {
	t.Parallel()
	for _, newPerson := range []bool{false, true} {
		c := inherited(t)
		h := c.held(c.plan(), "identity_conflict")
		conflict := c.plan().ConflictOf("BEN@corp.example")
		if conflict == nil || h.Conflict == nil || conflict.User != "user_ben" || conflict.Was.ID != "2" || conflict.Now.ID != "7" {
			t.Fatalf("conflict %+v", conflict)
		}
		c.write(memory.Decide(conflict, newPerson))
		r := c.apply()
		c.clean(r.Plan)
		m := c.clerk.Find("org_acme", "user_ben")
		if !newPerson {
			if m == nil || !strings.Contains(string(m.Private), `"id":"7"`) || r.Tally(apply.Done) != 1 {
				t.Errorf("the same: %+v", m)
			}
		} else if m != nil {
			t.Errorf("somebody else: %+v", m)
		}
		// It holds from then on: nobody gets the old account by its address.
		if p := c.plan(); len(p.Holds) > 0 || p.Count(plan.Ready) != 0 {
			t.Errorf("new person %t: afterwards %v, %+v", newPerson, lines(p), p.Holds)
		}
	}
}

// What was said of one pair of ids says nothing of another.
func TestS02RebindIsOfOnePair(t *testing.T) {
	t.Parallel()
	c := inherited(t)
	c.write(memory.Decide(c.plan().ConflictOf("ben@corp.example"), false))
	c.source().Snapshot.People[1].ID = "8"
	c.held(c.plan(), "identity_conflict")
}

// With id_changed: new, whom the user was is remembered when the marker that
// told it is gone.
func TestS02NewPeopleStayNew(t *testing.T) {
	t.Parallel()
	c := inherited(t)
	c.config.IDChanged = policy.IDChangedNew
	c.clean(c.apply().Plan)
	if c.clerk.Find("org_acme", "user_ben") != nil {
		t.Fatal("the old id is a leaver")
	}
	if p := c.plan(); p.Count(plan.Ready) != 0 {
		t.Errorf("the old account goes to the new person: %v", lines(p))
	}
}
