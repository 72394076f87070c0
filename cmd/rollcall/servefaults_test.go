package main

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/clerkapi/sandbox"
)

// An organization whose members cannot be listed run after run is tried less
// often. Meanwhile nothing there is changed, whatever the source says, and the
// others go on; when it is well again, what was due is done (S09, S14).
func TestS09BackedOffOrganizationIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMonth(t)
		server, err := sandbox.New(sandbox.Options{Seed: &sandbox.Seed{Version: sandbox.SeedVersion, Users: []sandbox.User{
			{ID: "user_ada", Email: "ada@corp.example"}, {ID: "user_ben", Email: "ben@corp.example"}, {ID: "user_cleo", Email: "cleo@corp.example"},
			{ID: "user_eve", Email: "eve@corp.example"},
		}, Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}, {ID: "org_beta", Slug: "beta"}}}})
		if err != nil {
			t.Fatal(err)
		}
		m.clerk.server = server
		m.membershipForm()
		people := func(rows ...string) {
			writeFiles(t, m.dir, map[string]string{"people.csv": "id,email,organization,role\n" + strings.Join(rows, "\n") + "\n"})
		}
		ada, lead := "1,ada@corp.example,acme,org:member", "1,ada@corp.example,acme,org:admin"
		ben, cleo, eve := "2,ben@corp.example,beta,org:member", "3,cleo@corp.example,beta,org:member", "5,eve@corp.example,beta,org:member"
		people(ada, ben, cleo, eve)
		m.until(time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC)) // the files are older, whatever the year is
		m.start()
		m.until(time.Now().Add(90 * time.Minute))
		wantMembers(t, server, "acme ada member", "beta ben member", "beta cleo member", "beta eve member")

		// Three failures, and then the source has a leaver there and a promotion here. (Somebody
		// new would wait: an organization that is not read may know them by another id,
		// S02.)
		down := []sandbox.Fault{{Method: "GET", Path: "/organizations/org_beta/memberships", Status: 500}, {Method: "GET", Path: "/organization_memberships", Status: 500}}
		if err := server.SetFaults(down...); err != nil {
			t.Fatal(err)
		}
		m.until(time.Now().Add(3 * time.Hour))
		people(lead, ben, eve)
		server.ForgetRequests()
		m.until(time.Now().Add(time.Hour))
		wantMembers(t, server, "acme ada admin", "beta ben member", "beta cleo member", "beta eve member")
		if n := lists(server, "/organizations/org_beta/memberships"); n != 0 {
			t.Errorf("it was listed %d times by a run that should leave it alone", n)
		}

		// Once Clerk lists it again, the next try does what is due.
		if err := server.SetFaults(); err != nil {
			t.Fatal(err)
		}
		m.until(time.Now().Add(2 * time.Hour))
		wantMembers(t, server, "acme ada admin", "beta ben member", "beta eve member")
		m.stop()
		if runs := m.runs(); runs["failed"] < 4 || runs["done"] < 2 || len(runs) != 2 {
			t.Errorf("runs %v", runs)
		}
	})
}

func wantMembers(t *testing.T, s *sandbox.Server, want ...string) {
	t.Helper()
	var got []string
	for _, m := range s.Snapshot().Memberships {
		got = append(got, strings.TrimPrefix(m.OrganizationID, "org_")+" "+strings.TrimPrefix(m.UserID, "user_")+" "+strings.TrimPrefix(m.Role, "org:"))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

// lists counts whole lists: whether the organization knows somebody who is
// wanted elsewhere is asked nevertheless, so that the others can go on (S02).
func lists(s *sandbox.Server, path string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Method == "GET" && strings.HasSuffix(r.Path, path) && !strings.Contains(r.Query, "user_id") {
			n++
		}
	}
	return n
}
