package sync_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/policy"
)

// created has a run create an account for each row, with a reserved address.
func created(t *testing.T, rows string, users ...sandbox.User) (*world, *journal.DB) {
	t.Helper()
	w := reserving(t, rows, users...)
	w.config.Removals = policy.RemovalsManaged
	w.config.Guards.Removals, w.config.Guards.AdminLosses = policy.Limit{People: 1000}, policy.Limit{People: 1000}
	db := openJournal(t)
	if r := w.remembering(db, sync.Run{Apply: true}); r.Tally(apply.Done) == 0 {
		t.Fatalf("outcomes %+v, plan %+v", r.Outcomes, r.Plan.Organizations)
	}
	return w, db
}

// decide has an admin decide the conflict of an address, as rollcall rebind does.
func (w *world) decide(db *journal.DB, email string, newPerson bool) {
	w.t.Helper()
	c := w.remembering(db, sync.Run{}).Plan.ConflictOf(email)
	if c == nil {
		w.t.Fatalf("no conflict about %s", email)
	}
	if err := db.Remember(w.t.Context(), 0, []journal.Fact{memory.Decide(c, newPerson)}, nil); err != nil {
		w.t.Fatal(err)
	}
}

// applyApproved applies a plan, with the removals that wait because ann's marker is older
// than the state (S31).
func (w *world) applyApproved(db *journal.DB) *sync.Report {
	w.t.Helper()
	var hashes []string
	for _, h := range w.remembering(db, sync.Run{}).Plan.Holds {
		if h.Approval != "" {
			hashes = append(hashes, h.Approval)
		}
	}
	return w.remembering(db, sync.Run{Apply: true, Approve: hashes})
}

// holdTexts are the texts of the holds of a rule.
func holdTexts(r *sync.Report, rule string) string {
	var out []string
	for _, h := range r.Plan.Holds {
		if h.Rule == rule {
			out = append(out, h.Text)
		}
	}
	return strings.Join(out, "\n")
}

func (w *world) roleOf(organization, user string) string { return w.members(organization)[user].Role }

// The address was mistyped, and reserved like that. With the right address nothing more
// is given to the account: the owner of the wrong address could take it.
func TestS02NoGrantForAnAccountWithAnotherReservedAddress(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		row, organization, external string
	}{
		"becomes admin":               {"2,nora@corp.example,acme,org:admin,,,%s,\n", "org_acme", ""},
		"has all already":             {"2,nora@corp.example,acme,org:member,,,%s,\n", "org_acme", ""},
		"becomes admin, external_id":  {"2,nora@corp.example,acme,org:admin,,,%s,\n", "org_acme", "X2"},
		"is added elsewhere":          {"2,nora@corp.example,acme,org:member,,,%[1]s,\n2,nora@corp.example,beta,org:member,,,%[1]s,\n", "org_beta", ""},
		"is added elsewhere as admin": {"2,nora@corp.example,acme,org:member,,,%[1]s,\n2,nora@corp.example,beta,org:admin,,,%[1]s,\n", "org_beta", "X2"},
	} {
		t.Run(name, func(t *testing.T) {
			w, db := created(t, "2,noar@corp.example,acme,org:member,,,"+x.external+",\n")
			account := w.holders("noar@corp.example")[0].ID
			before := w.roleOf(x.organization, account)
			w.rows(strings.ReplaceAll(strings.ReplaceAll(x.row, "%[1]s", x.external), "%s", x.external))
			w.clerk.ForgetRequests()
			r := w.remembering(db, sync.Run{Apply: true})
			w.quiet(r)
			for _, want := range []string{"nora@corp.example", account, "has only noar@corp.example reserved", "people.csv:3"} {
				if text := holdTexts(r, "S02"); !strings.Contains(text, want) {
					t.Errorf("no %q in %q", want, text)
				}
			}
			if got := w.roleOf(x.organization, account); got != before {
				t.Errorf("role %q, want %q", got, before)
			}

			// An admin says that they are one person: the grant shows the reserved address (S43).
			w.decide(db, "nora@corp.example", false)
			p := w.remembering(db, sync.Run{Apply: true}).Plan
			if got := w.roleOf(x.organization, account); got == before && name != "has all already" {
				t.Errorf("role %q after the decision", got)
			}
			for _, c := range p.Changes() {
				if c.UserReserved != "noar@corp.example" || c.UserEmail != "" {
					t.Errorf("change %+v", c)
				}
			}
			w.clerk.ForgetRequests()
			w.quiet(w.remembering(db, sync.Run{Apply: true}))
		})
	}
}

// An admin says that the account is not the person's: it loses the membership, and the
// person gets an account of their own.
func TestS02AMistypedReservedAddressIsReplaced(t *testing.T) {
	t.Parallel()
	w, db := created(t, "2,noar@corp.example,acme,org:member,,,,\n")
	wrong := w.holders("noar@corp.example")[0].ID
	w.rows("2,nora@corp.example,acme,org:admin,,,,\n")
	w.decide(db, "nora@corp.example", true)
	for range 2 {
		w.applyApproved(db)
	}
	right := w.holders("nora@corp.example")
	if len(right) != 1 || w.roleOf("org_acme", right[0].ID) != "org:admin" || w.roleOf("org_acme", wrong) != "" {
		t.Fatalf("accounts %+v, members %+v", right, w.members("org_acme"))
	}
	w.clerk.ForgetRequests()
	w.quiet(w.remembering(db, sync.Run{Apply: true}))
}

// The right address: the marker and the reserved address agree, and nothing waits.
func TestS02AGrantForTheReservedAddressItself(t *testing.T) {
	t.Parallel()
	for name, verified := range map[string]bool{"reserved": false, "proven": true} {
		t.Run(name, func(t *testing.T) {
			w, db := created(t, "2,nora@corp.example,acme,org:member,,,,\n")
			account := w.holders("nora@corp.example")[0].ID
			if verified {
				if err := w.clerk.VerifyEmail(account, "nora@corp.example"); err != nil {
					t.Fatal(err)
				}
			}
			w.rows("2,nora@corp.example,acme,org:admin,,,,\n2,nora@corp.example,beta,org:member,,,,\n")
			r := w.remembering(db, sync.Run{Apply: true})
			if len(r.Plan.Holds) > 0 || w.roleOf("org_acme", account) != "org:admin" || w.roleOf("org_beta", account) != "org:member" {
				t.Errorf("holds %+v, members %+v", r.Plan.Holds, w.members("org_acme"))
			}
		})
	}
}

// Whoever has proven the first address keeps the account when the address changes (S01):
// the marker decides, and the plan shows whom it means.
func TestS01AProvenAccountKeepsItsPerson(t *testing.T) {
	t.Parallel()
	w, db := created(t, "2,nora@corp.example,acme,org:member,,,,\n")
	account := w.holders("nora@corp.example")[0].ID
	if err := w.clerk.VerifyEmail(account, "nora@corp.example"); err != nil {
		t.Fatal(err)
	}
	w.rows("2,nora.new@corp.example,acme,org:admin,,,,\n")
	p := w.remembering(db, sync.Run{Apply: true}).Plan
	if c := p.Organizations[0].Changes; len(c) != 1 || c[0].UserEmail != "nora@corp.example" || c[0].UserReserved != "" || w.roleOf("org_acme", account) != "org:admin" {
		t.Errorf("changes %+v, holds %+v", c, p.Holds)
	}
}

// The address passed to a colleague while the account still has it reserved for the
// first one. Neither gets anything before an admin has decided about both.
func TestS02TheHeirOfAReservedAddress(t *testing.T) {
	t.Parallel()
	w, db := created(t, "2,nora@corp.example,acme,org:member,,,,\n")
	account := w.holders("nora@corp.example")[0].ID
	w.rows("2,nora.new@corp.example,acme,org:admin,,,,\n9,nora@corp.example,acme,org:admin,,,,\n")
	w.clerk.ForgetRequests()
	r := w.remembering(db, sync.Run{Apply: true})
	w.quiet(r)
	text := holdTexts(r, "S02")
	for _, want := range []string{"nora.new@corp.example", "people.csv:3", "people.csv:4", account, "id 2 of source hr"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	w.decide(db, "nora@corp.example", false)    // the account is that of 9 now
	w.decide(db, "nora.new@corp.example", true) // 2 needs another one
	for range 3 {
		w.applyApproved(db)
	}
	other := w.holders("nora.new@corp.example")
	if len(other) != 1 || w.roleOf("org_acme", other[0].ID) != "org:admin" || w.roleOf("org_acme", account) != "org:admin" ||
		string(w.members("org_acme")[account].PrivateMetadata) != string(marker("rollcall", "hr", "9")) {
		t.Fatalf("accounts %+v, members %+v", other, w.members("org_acme"))
	}
	w.clerk.ForgetRequests()
	r = w.remembering(db, sync.Run{Apply: true})
	if w.quiet(r); holdTexts(r, "S02") != "" {
		t.Errorf("holds %+v", r.Plan.Holds)
	}
}

// An account that has lost its membership is found by the history of its creation. That
// is worth no more than the other joins: what contradicts it is a conflict.
func TestS02TheHistoryOfACreationIsContradicted(t *testing.T) {
	t.Parallel()
	const verified = "mallory@evil.example"
	for name, x := range map[string]struct {
		row    string
		before func(w *world, account string) error
		says   string // empty if nothing contradicts
	}{
		"nothing has changed": {"2,nora@corp.example,acme,org:admin,,,X2,\n", nil, ""},
		"another external_id": {"2,nora@corp.example,acme,org:admin,,,X9,\n", nil, `it has the external_id "X2", not "X9"`},
		"no external_id":      {"2,nora@corp.example,acme,org:admin,,,,\n", nil, `it has the external_id "X2", not ""`},
		"somebody has proven another address": {"2,nora@corp.example,acme,org:admin,,,,\n", func(w *world, account string) error {
			return w.clerk.AddEmail(account, sandbox.EmailAddress{Address: verified, Verification: sandbox.Verification{Status: "verified"}}, false)
		}, "somebody has verified " + verified},
		"the address is a colleague's now": {"2,nora.new@corp.example,acme,org:member,,,,\n9,nora@corp.example,acme,org:admin,,,,\n", nil,
			"same address, other id: the directory says 9, but rollcall created account"},
	} {
		t.Run(name, func(t *testing.T) {
			external := ""
			if strings.Contains(x.row+x.says, "X2") {
				external = "X2"
			}
			w, db := created(t, "2,nora@corp.example,acme,org:member,,,"+external+",\n")
			account := w.holders("nora@corp.example")[0].ID
			w.remembering(db, sync.Run{Undo: []int64{1}, Apply: true})
			if err := db.Resume(t.Context(), "org_acme"); err != nil {
				t.Fatal(err)
			}
			if x.before != nil {
				if err := x.before(w, account); err != nil {
					t.Fatal(err)
				}
			}
			w.rows(x.row)
			r := w.remembering(db, sync.Run{Apply: true})
			if text := holdTexts(r, "S02"); (text == "") != (x.says == "") || !strings.Contains(text, x.says) {
				t.Errorf("holds %q", text)
			}
			if got := w.roleOf("org_acme", account); (got == "org:admin") != (x.says == "") {
				t.Errorf("role %q", got)
			}
			if x.says == "" {
				return
			}
			w.decide(db, "nora@corp.example", false)
			w.remembering(db, sync.Run{Apply: true})
			if got := w.roleOf("org_acme", account); got != "org:admin" {
				t.Errorf("role %q after the decision", got)
			}
		})
	}
}

// The heir of a leaver's reserved address is told what to do, and gets an account after
// that.
func TestS03TheHeirOfALeaver(t *testing.T) {
	t.Parallel()
	w, db := created(t, "2,nora@corp.example,acme,org:member,,,,\n")
	account := w.holders("nora@corp.example")[0].ID
	w.remembering(db, sync.Run{Undo: []int64{1}, Apply: true})
	if err := db.Resume(t.Context(), "org_acme"); err != nil {
		t.Fatal(err)
	}
	w.rows("9,nora@corp.example,acme,org:member,,,,\n")
	r := w.remembering(db, sync.Run{Apply: true})
	notes := fmt.Sprint(r.Plan.Organizations[0].Notes)
	for _, want := range []string{"rollcall created it for the id 2 of source hr", "delete it in Clerk, and the next run creates one for this person"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %s", want, notes)
		}
	}
	if len(r.Plan.Holds) > 0 || len(w.members("org_acme")) != 1 {
		t.Errorf("holds %+v, members %+v", r.Plan.Holds, w.members("org_acme"))
	}
	if err := w.clerk.DeleteUser(account); err != nil {
		t.Fatal(err)
	}
	w.remembering(db, sync.Run{Apply: true})
	if users := w.holders("nora@corp.example"); len(users) != 1 || w.roleOf("org_acme", users[0].ID) != "org:member" {
		t.Errorf("accounts %+v", users)
	}
}

// An undo gives nothing back to an account that has only another address reserved.
func TestS02UndoOfARemovalAndAReservedAddress(t *testing.T) {
	t.Parallel()
	for email, again := range map[string]bool{"nora@corp.example": true, "nora.new@corp.example": false} {
		t.Run(email, func(t *testing.T) {
			w, db := created(t, "2,nora@corp.example,acme,org:admin,,,,\n")
			account := w.holders("nora@corp.example")[0].ID
			w.rows("")
			w.applyApproved(db)
			if w.roleOf("org_acme", account) != "" {
				t.Fatalf("members %+v", w.members("org_acme"))
			}
			w.rows("2," + email + ",acme,org:admin,,,,\n")
			r := w.remembering(db, sync.Run{Undo: []int64{3}, Apply: true})
			if got := w.roleOf("org_acme", account); (got == "org:admin") != again {
				t.Errorf("role %q, plan %+v", got, r.Plan.Organizations)
			}
			if notes := fmt.Sprint(r.Plan.Organizations); strings.Contains(notes, "has only nora@corp.example reserved") == again {
				t.Errorf("plan %s", notes)
			}
		})
	}
}
