package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// creating is acme and beta, whose file has ann, who is a user, and newcomers.
func creating(t *testing.T, rows string, users ...sandbox.User) *world {
	t.Helper()
	w := newWorld(t, &sandbox.Seed{Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}, {ID: "org_beta", Slug: "beta"}},
		Users:       append([]sandbox.User{{ID: "user_ann", Email: "ann@corp.example"}}, users...),
		Memberships: []sandbox.Membership{{OrganizationID: "org_acme", UserID: "user_ann", Role: "org:admin", PrivateMetadata: marker("rollcall", "hr", "1")}}})
	w.config.MissingUsers, w.config.EmailDomains = policy.MissingCreate, []string{"corp.example"}
	w.config.Guards = policy.Guards{Removals: policy.Limit{People: 1000}, Adds: policy.Limit{People: 1000}, AdminGrants: policy.Limit{People: 1000}}
	c := &w.csv.Columns
	c.ID, c.Email, c.Organization, c.Role = "id", "email", "org", "role"
	c.FirstName, c.LastName, c.ExternalID = "first", "last", "uid"
	c.Metadata.Public = map[string]string{"dept": "dept"}
	w.rows(rows)
	return w
}

func (w *world) rows(rows string) {
	w.file("id,email,org,role,first,last,uid,dept\n1,ann@corp.example,acme,org:admin,,,,\n" + rows)
}

// user finds the users who have an address, verified or not.
func (w *world) holders(email string) []sandbox.User {
	return slices.DeleteFunc(w.clerk.Snapshot().Users, func(u sandbox.User) bool {
		return !slices.ContainsFunc(u.EmailAddresses, func(e sandbox.EmailAddress) bool { return e.Address == email })
	})
}

const newRow = "2,New@corp.example,acme,org:member,Nora,New,e2,Law\n"

// Whom no user answers gets one, with name and external_id, and the membership
// with role, metadata and marker. Nobody outside of email_domains does.
func TestS07Create(t *testing.T) {
	t.Parallel()
	w := creating(t, newRow+"3,out@else.example,acme,org:member,,,,\n")
	w.config.Removals = policy.RemovalsNone // every add carries the marker all the same
	p := w.run(sync.Run{}).Plan
	if notes := fmt.Sprint(p.Organizations[0].Notes); !strings.Contains(notes, "out@else.example: no account created, because the domain is not in email_domains") {
		t.Errorf("notes %s", notes)
	}
	if len(w.holders("new@corp.example")) > 0 || len(p.Cost.Writes) != 2 {
		t.Fatalf("a plan sends nothing; writes %v", p.Cost.Writes)
	}
	r := w.run(sync.Run{Apply: true})
	users := w.holders("new@corp.example")
	if r.Tally(apply.Done) != 1 || len(users) != 1 || len(w.holders("out@else.example")) > 0 {
		t.Fatalf("outcomes %+v, users %+v", r.Outcomes, users)
	}
	u := users[0]
	if u.FirstName != "Nora" || u.LastName != "New" || u.ExternalID != "e2" || !u.EmailAddresses[0].Verified() {
		t.Errorf("user %+v", u)
	}
	m := w.members("org_acme")[u.ID]
	if m.Role != "org:member" || string(m.PublicMetadata) != `{"dept":"Law"}` || string(m.PrivateMetadata) != string(marker("rollcall", "hr", "2")) {
		t.Errorf("membership %+v", m)
	}
	if p := w.run(sync.Run{}).Plan; p.Count(plan.Ready) != 0 {
		t.Errorf("a second time: %+v", p.Organizations)
	}
}

// Several organizations want the same newcomer: one user, each membership.
func TestCreateOnceForSeveralOrganizations(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	for i := range 120 {
		for _, o := range []string{"acme", "beta"} {
			fmt.Fprintf(&rows, "n%d,n%d@corp.example,%s,org:member,,,,\n", i, i, o)
		}
	}
	w := creating(t, rows.String())
	p := w.run(sync.Run{}).Plan
	if p.Count(plan.Ready) != 240 || fmt.Sprint(p.Cost.Writes) != "[{POST /organizations/{organization_id}/memberships 240} {POST /users 120}]" {
		t.Errorf("%d ready, writes %v", p.Count(plan.Ready), p.Cost.Writes)
	}
	r := w.run(sync.Run{Apply: true})
	if n := len(w.clerk.Snapshot().Users); r.Tally(apply.Done) != 240 || n != 121 || len(w.members("org_acme")) != 121 || len(w.members("org_beta")) != 120 {
		t.Errorf("%d done, %d users, %d and %d members", r.Tally(apply.Done), n, len(w.members("org_acme")), len(w.members("org_beta")))
	}
}

// Who is created, and who is not.
func TestCreateMindsTheRules(t *testing.T) {
	t.Parallel()
	unverified := sandbox.Verification{Status: "unverified"}
	for _, x := range []struct {
		name, rows string
		users      []sandbox.User
		change     func(*policy.Config)
		created    bool
		says       string
	}{
		{name: "S03 somebody has written the address down", rows: newRow, created: true, says: "this address but has not verified it",
			users: []sandbox.User{{ID: "user_x", EmailAddresses: []sandbox.EmailAddress{{Address: "new@corp.example", Verification: unverified}}}}},
		{name: "S03 the address is reserved for somebody", rows: newRow, says: "account user_x has the address reserved, nobody has proven it, and no history says that rollcall created it for this id",
			users: []sandbox.User{{ID: "user_x", EmailAddresses: []sandbox.EmailAddress{{Address: "new@corp.example", Verification: unverified, Reserved: true}}}}},
		{name: "S08 banned", rows: newRow, says: "banned or deprovisioned", users: []sandbox.User{{ID: "user_x", Email: "new@corp.example", Banned: true}}},
		{name: "S08 banned, by external_id", rows: newRow, says: "banned or deprovisioned", users: []sandbox.User{{ID: "user_x", Email: "old@corp.example", ExternalID: "e2", Banned: true}}},
		{name: "S08 denied by address", rows: newRow, says: "on the deny list", change: func(c *policy.Config) { c.Deny = []string{"NEW@corp.example"} }},
		{name: "S08 denied by external_id", rows: newRow, says: "on the deny list", change: func(c *policy.Config) { c.Deny = []string{"e2"} }},
		{name: "S02 the user is somebody else's", rows: newRow, says: "S02", users: []sandbox.User{{ID: "user_x", Email: "new@corp.example", ExternalID: "e9"}}},
		{name: "S22 no such role", rows: strings.ReplaceAll(newRow, "org:member", "org:chief"), says: "Clerk has no role"},
		{name: "S35 no address at all", rows: "2,,acme,org:member,,,,\n", says: "S10"},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := creating(t, x.rows, x.users...)
			if x.change != nil {
				x.change(&w.config)
			}
			before := len(w.clerk.Snapshot().Users)
			for range 2 { // a second run finds what the first made
				r := w.run(sync.Run{Apply: true})
				if r.Tally(apply.Failed) > 0 {
					t.Errorf("outcomes %+v", r.Outcomes)
				}
				if said := fmt.Sprintf("%+v %+v", r.Plan, r.Outcomes); !strings.Contains(said, x.says) && !x.created {
					t.Errorf("nothing says %q: %s", x.says, said)
				}
			}
			after := len(w.clerk.Snapshot().Users)
			if (after-before == 1) != x.created || after-before > 1 {
				t.Errorf("%d users made", after-before)
			}
			if _, in := w.members("org_acme")["user_x"]; in {
				t.Error("somebody else was let in")
			}
		})
	}
}

// Whose addresses two users hold is neither of them, and nobody new (S06).
func TestS06CreateNobodyWhoIsAmbiguous(t *testing.T) {
	t.Parallel()
	w := creating(t, "", sandbox.User{ID: "user_x", Email: "new@corp.example"}, sandbox.User{ID: "user_y", Email: "alias@corp.example"})
	w.csv.Columns.OtherEmails.Column = "others"
	w.file("id,email,org,role,first,last,uid,dept,others\n1,ann@corp.example,acme,org:admin,,,,,\n2,new@corp.example,acme,org:member,,,,,alias@corp.example\n")
	r := w.run(sync.Run{Apply: true})
	if n := len(w.clerk.Snapshot().Users); n != 3 || len(w.members("org_acme")) != 1 || !strings.Contains(fmt.Sprint(r.Plan.Organizations), "S06") {
		t.Errorf("%d users, plan %+v", n, r.Plan.Organizations)
	}
}

// A held organization creates nobody; another one that wants the same person does.
func TestCreateInAHeldOrganization(t *testing.T) {
	t.Parallel()
	w := creating(t, newRow+strings.ReplaceAll(newRow, "acme", "beta"))
	w.config.Guards.Adds = policy.Limit{People: 0}
	r := w.run(sync.Run{Apply: true})
	if len(w.holders("new@corp.example")) > 0 || r.Plan.Count(plan.Held) != 2 {
		t.Fatalf("made although held: %+v", r.Plan.Organizations)
	}
	var hash string
	for _, h := range r.Plan.Holds {
		if h.Organization == "org_beta" {
			hash = h.Approval
		}
	}
	r = w.run(sync.Run{Apply: true, Approve: []string{hash}})
	users := w.holders("new@corp.example")
	if len(users) != 1 || r.Tally(apply.Done) != 1 || len(w.members("org_acme")) != 1 || len(w.members("org_beta")) != 1 {
		t.Errorf("users %+v, outcomes %+v", users, r.Outcomes)
	}
}

// Answers that are lost, before or after their effect, make no second user.
func TestS32LostAnswersOfCreate(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		fault sandbox.Fault
		done  int // in the first run
	}{
		{"the user's answer", sandbox.Fault{Kind: "POST /users", DropAfterEffect: true, Times: 1}, 2},
		{"every answer about users", sandbox.Fault{Kind: "POST /users", DropAfterEffect: true}, 2},
		{"an error before the effect", sandbox.Fault{Kind: "POST /users", Status: 503, Times: 1}, 2},
		{"errors for ever", sandbox.Fault{Kind: "POST /users", Status: 503}, 0},
		{"the membership's answer", sandbox.Fault{Kind: "POST /organizations/{organization_id}/memberships", DropAfterEffect: true, Times: 1}, 2},
		{"the membership is refused", sandbox.Fault{Kind: "POST /organizations/{organization_id}/memberships", Status: 422, Times: 2}, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := creating(t, newRow+strings.ReplaceAll(newRow, "acme", "beta"))
			if err := w.clerk.SetFaults(x.fault); err != nil {
				t.Fatal(err)
			}
			if r := w.run(sync.Run{Apply: true}); r.Tally(apply.Done) != x.done {
				t.Errorf("outcomes %+v", r.Outcomes)
			}
			if err := w.clerk.SetFaults(); err != nil {
				t.Fatal(err)
			}
			w.run(sync.Run{Apply: true})
			if u := w.holders("new@corp.example"); len(u) != 1 || len(w.members("org_acme")) != 2 || len(w.members("org_beta")) != 1 {
				t.Errorf("users %+v, members %+v", u, w.members("org_acme"))
			}
		})
	}
}
