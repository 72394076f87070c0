package sync_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

const addMembership, addUser = "POST /organizations/{organization_id}/memberships", "POST /users"

// reserving is acme with ann, whose newcomers get accounts with reserved addresses.
func reserving(t *testing.T, rows string, users ...sandbox.User) *world {
	t.Helper()
	w := creating(t, rows, users...)
	w.config.Create.Address = policy.AddressReserved
	return w
}

// remembering has the next run write into a journal.
func (w *world) remembering(db *journal.DB, run sync.Run) *sync.Report {
	w.t.Helper()
	id, err := db.Begin(w.t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.options = []sync.Option{sync.WithJournal(db, id)}
	r := w.run(run)
	if err := db.Finish(w.t.Context(), id, journal.Run{Outcome: "done"}); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func openJournal(t *testing.T) *journal.DB {
	t.Helper()
	db := sync.OpenNewJournal(t, journal.Options{})
	t.Cleanup(func() { _ = db.Close() }) // each write was on disk when it returned
	return db
}

// quiet fails if a run sends a write.
func (w *world) quiet(r *sync.Report) {
	w.t.Helper()
	if r.Plan.Count(plan.Ready) != 0 || len(w.clerk.Writes()) != 0 {
		w.t.Errorf("planned %+v, sent %+v", r.Plan.Organizations, w.clerk.Writes())
	}
}

// The account has the address reserved, and the membership with the marker. From then on
// the marker joins, and no run sends anything more: neither before nor after the person
// has signed up.
func TestS03ReservedAddress(t *testing.T) {
	t.Parallel()
	w := reserving(t, "2,New@corp.example,acme,org:member,Nora,New,,Law\n")
	p := w.run(sync.Run{}).Plan
	if c := p.Organizations[0].Changes; len(c) != 1 || !c[0].ReservesAddress || c[0].Action != plan.CreateUser {
		t.Fatalf("changes %+v", c)
	}
	if r := w.run(sync.Run{Apply: true}); r.Tally(apply.Done) != 1 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	users := w.holders("new@corp.example")
	if len(users) != 1 || !users[0].EmailAddresses[0].Reserved || users[0].EmailAddresses[0].Verified() {
		t.Fatalf("users %+v", users)
	}
	if m := w.members("org_acme")[users[0].ID]; string(m.PrivateMetadata) != string(marker("rollcall", "hr", "2")) {
		t.Errorf("membership %+v", m)
	}
	w.clerk.ForgetRequests()
	w.quiet(w.run(sync.Run{Apply: true}))
	if err := w.clerk.VerifyEmail(users[0].ID, "new@corp.example"); err != nil {
		t.Fatal(err)
	}
	w.quiet(w.run(sync.Run{Apply: true}))
}

// Without an id in the source nothing but the address would say whose account it is.
func TestS03AReservedAddressNeedsAnID(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		row     string
		reserve policy.CreateAddress
		created int
	}{
		"an id":                          {"2,new@corp.example,acme,org:member,,,,\n", policy.AddressReserved, 1},
		"an external_id":                 {",new@corp.example,acme,org:member,,,e2,\n", policy.AddressReserved, 1},
		"neither":                        {",new@corp.example,acme,org:member,,,,\n", policy.AddressReserved, 0},
		"neither, and taken as verified": {",new@corp.example,acme,org:member,,,,\n", policy.AddressVerified, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := reserving(t, x.row)
			w.config.Create.Address = x.reserve
			p := w.run(sync.Run{Apply: true}).Plan
			if n := len(w.holders("new@corp.example")); n != x.created {
				t.Errorf("%d accounts, want %d", n, x.created)
			}
			notes := fmt.Sprint(p.Organizations[0].Notes)
			if strings.Contains(notes, "the source must have a stable id or an external_id of this person") != (x.created == 0) {
				t.Errorf("notes %s", notes)
			}
			w.clerk.ForgetRequests()
			w.quiet(w.run(sync.Run{Apply: true}))
		})
	}
}

// An address that a backend has reserved for an account that rollcall has not created
// joins nobody, and is not asked for in vain.
func TestS03AReservedAddressOfOthers(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		email   sandbox.EmailAddress
		says    string
		created bool
	}{
		"reserved":                   {sandbox.EmailAddress{Address: "new@corp.example", Reserved: true}, "account user_x has the address reserved, nobody has proven it", false},
		"written down by themselves": {sandbox.EmailAddress{Address: "new@corp.example", Verification: sandbox.Verification{Status: "unverified"}}, "the address is reserved for the new account", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := reserving(t, "2,new@corp.example,acme,org:member,,,,\n", sandbox.User{ID: "user_x", EmailAddresses: []sandbox.EmailAddress{x.email}})
			db := openJournal(t)
			for range 2 {
				r := w.remembering(db, sync.Run{Apply: true})
				if _, member := w.members("org_acme")["user_x"]; member {
					t.Fatal("somebody was let in by an address that proves nothing")
				}
				if notes := fmt.Sprint(r.Plan.Organizations[0].Notes); !x.created && !strings.Contains(notes, x.says) {
					t.Errorf("notes %s", notes)
				}
			}
			if got := len(w.clerk.Requests(addUser)); got != map[bool]int{true: 1}[x.created] {
				t.Errorf("%d requests for an account", got)
			}
			if n := len(w.members("org_acme")); (n == 2) != x.created {
				t.Errorf("%d members", n)
			}
		})
	}
}

// Whatever is lost, the newcomer ends with one account and its membership: the history
// knows for which id the account was made, also where no membership carries the marker.
func TestS32ReservedAddressConverges(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]sandbox.Fault{
		"the account's answer is lost":      {{Kind: addUser, DropAfterEffect: true, Times: 1}},
		"every answer about accounts":       {{Kind: addUser, DropAfterEffect: true}},
		"an error before the effect":        {{Kind: addUser, Status: 503, Times: 1}},
		"the membership's answer is lost":   {{Kind: addMembership, DropAfterEffect: true, Times: 1}},
		"the membership is refused":         {{Kind: addMembership, Status: 422, Times: 2}},
		"lost, and the membership refused":  {{Kind: addUser, DropAfterEffect: true, Times: 1}, {Kind: addMembership, Status: 422, Times: 2}},
		"nothing answers about memberships": {{Kind: addMembership, Status: 503}},
		"nothing fails":                     nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the retries wait
			w := reserving(t, "2,new@corp.example,acme,org:member,,,,\n2,new@corp.example,beta,org:member,,,,\n")
			db := openJournal(t)
			if err := w.clerk.SetFaults(faults...); err != nil {
				t.Fatal(err)
			}
			w.remembering(db, sync.Run{Apply: true})
			if err := w.clerk.SetFaults(); err != nil {
				t.Fatal(err)
			}
			w.remembering(db, sync.Run{Apply: true})
			users := w.holders("new@corp.example")
			if len(users) != 1 || !users[0].EmailAddresses[0].Reserved || len(w.members("org_acme")) != 2 || len(w.members("org_beta")) != 1 {
				t.Fatalf("accounts %+v, members of acme %+v", users, w.members("org_acme"))
			}
			w.clerk.ForgetRequests()
			w.quiet(w.remembering(db, sync.Run{Apply: true}))
		})
	}
}

// An undo takes the membership, and leaves the account with its reserved address. The
// next run after it adds the same account.
func TestS25UndoOfAReservedAddress(t *testing.T) {
	t.Parallel()
	w := reserving(t, "2,new@corp.example,acme,org:member,,,,\n")
	w.config.Removals = policy.RemovalsManaged
	db := openJournal(t)
	w.remembering(db, sync.Run{Apply: true})
	account := w.holders("new@corp.example")[0].ID
	r := w.remembering(db, sync.Run{Undo: []int64{1}, Apply: true})
	if notes := fmt.Sprint(r.Plan.Organizations); len(w.members("org_acme")) != 1 || !strings.Contains(notes, "was created; undo does not delete accounts") {
		t.Fatalf("members %+v, %s", w.members("org_acme"), notes)
	}
	if err := db.Resume(t.Context(), "org_acme"); err != nil {
		t.Fatal(err)
	}
	w.clerk.ForgetRequests()
	r = w.remembering(db, sync.Run{Apply: true})
	if users := w.holders("new@corp.example"); len(users) != 1 || w.members("org_acme")[account].Role != "org:member" || len(w.clerk.Requests(addUser)) != 0 {
		t.Errorf("accounts %+v, plan %+v", users, r.Plan.Organizations)
	}
}

// Whoever has left and comes back before signing up gets the same account again. The
// address that passed to somebody else with another id gives them no account of others.
func TestS01AReservedAddressBelongsToItsID(t *testing.T) {
	t.Parallel()
	for id, again := range map[string]bool{"2": true, "3": false} {
		w := reserving(t, "2,new@corp.example,acme,org:member,,,,\n")
		w.config.Removals = policy.RemovalsManaged
		db := openJournal(t)
		w.remembering(db, sync.Run{Apply: true})
		account := w.holders("new@corp.example")[0].ID
		w.rows("")
		var hashes []string
		for _, h := range w.remembering(db, sync.Run{}).Plan.Holds { // S31: ann's marker is older than the state
			hashes = append(hashes, h.Approval)
		}
		w.remembering(db, sync.Run{Apply: true, Approve: hashes})
		if len(w.members("org_acme")) != 1 {
			t.Fatalf("members %+v", w.members("org_acme"))
		}
		w.rows(id + ",new@corp.example,acme,org:member,,,,\n")
		w.remembering(db, sync.Run{Apply: true})
		if _, member := w.members("org_acme")[account]; member != again {
			t.Errorf("id %s: a member %v, want %v", id, member, again)
		}
	}
}
