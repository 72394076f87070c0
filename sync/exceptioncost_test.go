package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/exception"
)

// costs are the requests of a run that differ from those of another one, by kind.
// Each kind is sent as often as the computed minimum says.
func (w *world) costs(r *sync.Report, before map[string]int) (sent map[string]int, more string) {
	w.t.Helper()
	sent = map[string]int{}
	var out []string
	for _, x := range r.Requests {
		if x.Sent != x.Least {
			w.t.Errorf("%s: sent %d, least %d", x.Kind, x.Sent, x.Least)
		}
		sent[x.Kind] = x.Sent
	}
	for _, kind := range slices.Sorted(maps.Keys(sent)) {
		if n := sent[kind] - before[kind]; n != 0 {
			out = append(out, fmt.Sprintf("%+d %s", n, kind))
		}
	}
	return sent, strings.Join(out, ", ")
}

// What grants and denies cost: a run that has nothing to do reads the accounts that
// grants name, a hundred at a time. A deny costs the
// removal and the look before it (S04), and later one look at all who are denied.
func TestExceptionsCostTheFewestRequests(t *testing.T) {
	t.Parallel()
	const accounts, adds = " GET /users", " POST /organizations/{organization_id}/memberships"
	for name, x := range map[string]struct {
		grants      int // of accounts that no source knows
		deny        bool
		first, idle string // the requests more than those of a run with nothing to do
	}{
		"nothing":            {},
		"one grant":          {grants: 1, first: "+1" + accounts + ", +1" + adds, idle: "+1" + accounts},
		"a hundred grants":   {grants: 100, first: "+1" + accounts + ", +100" + adds, idle: "+1" + accounts},
		"one more":           {grants: 101, first: "+2" + accounts + ", +101" + adds, idle: "+2" + accounts},
		"a deny of a member": {deny: true, first: "+1 DELETE /organizations/{organization_id}/memberships/{user_id}, +1" + accounts, idle: "+1" + accounts},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var guests []sandbox.User
			for i := range x.grants {
				guests = append(guests, sandbox.User{ID: fmt.Sprintf("user_g%03d", i), Email: fmt.Sprintf("g%03d@ext.example", i)})
			}
			w := reserving(t, "2,ben@corp.example,acme,org:member,,,,\n", append(guests, sandbox.User{ID: "user_ben", Email: "ben@corp.example"})...)
			db := openJournal(t)
			w.applyApproved(db)
			base, _ := w.costs(w.remembering(db, sync.Run{Apply: true}), nil)
			keep := func(e exception.Exception) {
				t.Helper()
				e.By, e.Reason, e.Ends = "ops", "incident 4711", time.Now().Add(time.Hour)
				if err := db.AddException(t.Context(), &e); err != nil {
					t.Fatal(err)
				}
			}
			for i := range guests {
				keep(exception.Exception{Kind: exception.Grant, Organization: "org_acme", Role: "org:member", Address: guests[i].Email, UserID: guests[i].ID})
			}
			if x.deny {
				keep(exception.Exception{Kind: exception.Deny, Organization: "org_acme", Address: "ben@corp.example", UserID: "user_ben", Person: exception.Person{Source: "hr", ID: "2"}})
			}
			for _, want := range []string{x.first, x.idle} {
				r := w.applyApproved(db)
				if _, more := w.costs(r, base); more != want {
					t.Errorf("costs %q more, want %q", more, want)
				}
			}
		})
	}
}
