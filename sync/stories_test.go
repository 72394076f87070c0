package sync_test

import (
	"maps"
	"slices"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/source/csvfile"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// verified is an address that its user has proven.
func verified(address string) sandbox.EmailAddress {
	return sandbox.EmailAddress{Address: address, Verification: sandbox.Verification{Status: "verified"}}
}

func unverified(address string) sandbox.EmailAddress {
	return sandbox.EmailAddress{Address: address, Verification: sandbox.Verification{Status: "unverified"}}
}

// acme is one organization with the users ann (admin) and bob (member), whom
// rollcall added from the source hr under the ids 1 and 2.
func acme(more ...sandbox.User) *sandbox.Seed {
	return &sandbox.Seed{
		Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}},
		Users: append([]sandbox.User{
			{ID: "user_ann", EmailAddresses: []sandbox.EmailAddress{verified("ann@corp.example")}},
			{ID: "user_bob", EmailAddresses: []sandbox.EmailAddress{verified("bob@corp.example")}},
		}, more...),
		Memberships: []sandbox.Membership{
			{OrganizationID: "org_acme", UserID: "user_ann", Role: "org:admin", PrivateMetadata: marker("rollcall", "hr", "1")},
			{OrganizationID: "org_acme", UserID: "user_bob", Role: "org:member", PrivateMetadata: marker("rollcall", "hr", "2")},
		},
	}
}

var memberships = csvfile.Columns{ID: "id", Email: "email", Organization: "org", Role: "role"}

const ann = "1,ann@corp.example,acme,org:admin\n"

// story is a seed, a file, and what must be true after an apply.
type story struct {
	seed  *sandbox.Seed
	rows  string // after the header id,email,org,role and Ann's row
	roles map[string]string
	// writes counts the requests that change Clerk.
	writes int
	holds  []string // rules
	adjust func(*world)
}

func (s story) play(t *testing.T) *sync.Report {
	t.Helper()
	w := newWorld(t, s.seed)
	w.csv.Columns = memberships
	w.file("id,email,org,role\n" + ann + s.rows)
	if s.adjust != nil {
		s.adjust(w)
	}
	w.clerk.ForgetRequests()
	report := w.run(sync.Run{Apply: true})
	roles := map[string]string{}
	for user, m := range w.members("org_acme") {
		roles[user] = m.Role
	}
	if !maps.Equal(roles, s.roles) {
		t.Errorf("members are %v, want %v", roles, s.roles)
	}
	if n := len(w.clerk.Writes()); n != s.writes {
		t.Errorf("%d writes, want %d: %v", n, s.writes, paths(w.clerk.Writes()))
	}
	var holds []string
	for _, h := range report.Plan.Holds {
		holds = append(holds, h.Rule)
	}
	if !slices.Equal(holds, s.holds) {
		t.Errorf("holds are %+v, want %v", report.Plan.Holds, s.holds)
	}
	return report
}

func TestS01ChangedAddressIsTheSamePerson(t *testing.T) {
	t.Parallel()
	story{seed: acme(), rows: "2,robert@corp.example,acme,org:member\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"}}.play(t)
}

func TestS02NewHireWithALeaversAddress(t *testing.T) {
	t.Parallel()
	// Carl (3) gets the address that Bob (2) had; Bob's user still holds it.
	story{seed: acme(), rows: "3,bob@corp.example,acme,org:admin\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"},
		holds: []string{"S02"}}.play(t)
}

func TestS02OthersOfTheOrganizationGoOn(t *testing.T) {
	t.Parallel()
	dora := sandbox.User{ID: "user_dora", EmailAddresses: []sandbox.EmailAddress{verified("dora@corp.example")}}
	story{seed: acme(dora), rows: "3,bob@corp.example,acme,org:admin\n4,dora@corp.example,acme,org:member\n",
		roles:  map[string]string{"user_ann": "org:admin", "user_bob": "org:member", "user_dora": "org:member"},
		writes: 1, holds: []string{"S02"}}.play(t)
}

func TestS02ExternalIDContradicts(t *testing.T) {
	t.Parallel()
	eve := sandbox.User{ID: "user_eve", ExternalID: "x9", EmailAddresses: []sandbox.EmailAddress{verified("eve@corp.example")}}
	story{seed: acme(eve), rows: "2,bob@corp.example,acme,org:member\n5,eve@corp.example,acme,org:member\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"},
		holds: []string{"S02"},
		adjust: func(w *world) {
			w.csv.Columns.ExternalID = "ext"
			w.file("id,email,org,role,ext\n1,ann@corp.example,acme,org:admin,\n2,bob@corp.example,acme,org:member,\n5,eve@corp.example,acme,org:member,x5\n")
		}}.play(t)
}

func TestS03UnverifiedNamesakeGetsNothing(t *testing.T) {
	t.Parallel()
	mallory := sandbox.User{ID: "user_mallory", EmailAddresses: []sandbox.EmailAddress{unverified("dora@corp.example")}}
	story{seed: acme(mallory), rows: "2,bob@corp.example,acme,org:member\n4,dora@corp.example,acme,org:admin\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"}}.play(t)
}

func TestS03ReservedAddressProvesNothing(t *testing.T) {
	t.Parallel()
	mallory := sandbox.User{ID: "user_mallory", EmailAddresses: []sandbox.EmailAddress{{Address: "dora@corp.example", Reserved: true}}}
	story{seed: acme(mallory), rows: "2,bob@corp.example,acme,org:member\n4,dora@corp.example,acme,org:admin\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"}}.play(t)
}

func TestS04LeaverWhoAddsAColleaguesAddressIsRemoved(t *testing.T) {
	t.Parallel()
	seed := acme()
	seed.Users[1].EmailAddresses = append(seed.Users[1].EmailAddresses, unverified("ann@corp.example"))
	story{seed: seed, roles: map[string]string{"user_ann": "org:admin"}, writes: 1}.play(t)
}

func TestS04SecondAccountOfSomebodyWantedStays(t *testing.T) {
	t.Parallel()
	// Ann's second user carries an old marker; its verified address is hers.
	seed := acme(sandbox.User{ID: "user_ann2", EmailAddresses: []sandbox.EmailAddress{verified("anne@corp.example")}})
	seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_acme", UserID: "user_ann2",
		Role: "org:member", PrivateMetadata: marker("rollcall", "hr", "99")})
	report := story{seed: seed, rows: "2,bob@corp.example,acme,org:member\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member", "user_ann2": "org:member"}, holds: []string{"S04"},
		adjust: func(w *world) {
			w.csv.Columns.OtherEmails = csvfile.Cells{Column: "also"}
			w.file("id,email,also,org,role\n1,ann@corp.example,anne@corp.example,acme,org:admin\n2,bob@corp.example,,acme,org:member\n")
		}}.play(t)
	if h := report.Plan.Holds; len(h) != 1 || h[0].Reason != plan.BorrowedAddress {
		t.Errorf("the loss does not wait (S04): %+v", h)
	}
}

func TestS04ProtectComparesVerifiedAddresses(t *testing.T) {
	t.Parallel()
	seed := acme()
	seed.Users[1] = sandbox.User{ID: "user_bob", Username: "bob", EmailAddresses: []sandbox.EmailAddress{
		verified("bob@corp.example"), verified("root@break-glass.example")}}
	report := story{seed: seed, roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"},
		adjust: func(w *world) { w.config.Protect = []string{"*@break-glass.example"} }}.play(t)
	if report.Plan.Count(plan.Skipped) != 1 {
		t.Errorf("the removal was not skipped: %+v", report.Plan)
	}
}

func TestS05KelvinSignFoldsToNothing(t *testing.T) {
	t.Parallel()
	// The Kelvin sign folds to k under Unicode; here it is somebody else.
	kim := sandbox.User{ID: "user_kim", EmailAddresses: []sandbox.EmailAddress{verified("kim@corp.example")}}
	story{seed: acme(kim), rows: "2,bob@corp.example,acme,org:member\n6,\u212Aim@corp.example,acme,org:admin\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"}}.play(t)
}

func TestS06TwoUsersForOnePerson(t *testing.T) {
	t.Parallel()
	one := sandbox.User{ID: "user_d1", EmailAddresses: []sandbox.EmailAddress{verified("dora@corp.example")}}
	two := sandbox.User{ID: "user_d2", EmailAddresses: []sandbox.EmailAddress{verified("d@corp.example")}}
	story{seed: acme(one, two), roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"},
		adjust: func(w *world) {
			w.csv.Columns.OtherEmails = csvfile.Cells{Column: "also"}
			w.file("id,email,also,org,role\n1,ann@corp.example,,acme,org:admin\n2,bob@corp.example,,acme,org:member\n4,dora@corp.example,d@corp.example,acme,org:member\n")
		}}.play(t)
}

func TestS08BannedUserIsNotAdded(t *testing.T) {
	t.Parallel()
	dora := sandbox.User{ID: "user_dora", Banned: true, EmailAddresses: []sandbox.EmailAddress{verified("dora@corp.example")}}
	report := story{seed: acme(dora), rows: "2,bob@corp.example,acme,org:member\n4,dora@corp.example,acme,org:member\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"}}.play(t)
	if report.Plan.Count(plan.Skipped) != 1 {
		t.Errorf("the add was not skipped")
	}
}

func TestSecondApplySendsNoWrite(t *testing.T) {
	t.Parallel()
	dora := sandbox.User{ID: "user_dora", EmailAddresses: []sandbox.EmailAddress{verified("dora@corp.example")}}
	w := newWorld(t, acme(dora))
	w.csv.Columns = memberships
	w.file("id,email,org,role\n" + ann + "4,dora@corp.example,acme,org:admin\n")
	if n := w.run(sync.Run{Apply: true}).Tally(apply.Done); n != 2 {
		t.Fatalf("%d changes done, want an add and a removal", n)
	}
	w.clerk.ForgetRequests()
	again := w.run(sync.Run{Apply: true})
	if len(again.Outcomes) != 0 || len(w.clerk.Writes()) != 0 {
		t.Errorf("the second apply changed something: %v", paths(w.clerk.Writes()))
	}
}

func TestS22UnknownOrganizationIsHeld(t *testing.T) {
	t.Parallel()
	story{seed: acme(), rows: "2,bob@corp.example,acme,org:member\n2,bob@corp.example,nowhere,org:member\n",
		roles: map[string]string{"user_ann": "org:admin", "user_bob": "org:member"},
		holds: []string{"S22"}}.play(t)
}

func TestEmptyCellRemovesTheKey(t *testing.T) {
	t.Parallel()
	seed := acme()
	seed.Memberships[1].PublicMetadata = []byte(`{"dept":"Sales","mine":1}`)
	w := newWorld(t, seed)
	w.csv.Columns = memberships
	w.csv.Columns.Metadata.Public = map[string]string{"dept": "dept"}
	w.file("id,email,org,role,dept\n1,ann@corp.example,acme,org:admin,\n2,bob@corp.example,acme,org:member,\n")
	report := w.run(sync.Run{Apply: true})
	if got := string(w.members("org_acme")["user_bob"].PublicMetadata); got != `{"mine":1}` {
		t.Errorf("public metadata is %s; want the vanished key gone and the other kept", got)
	}
	if n := len(report.Outcomes); n != 1 {
		t.Errorf("%d changes, want the one null", n)
	}
}
