package sync_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/source/csvfile"
	"rollcall/sync"
)

// twoOrganizations holds big (1,600 members, four pages) and small (3
// members); the file wants one more person in each and one less.
func twoOrganizations(t *testing.T) *world {
	t.Helper()
	seed := &sandbox.Seed{Organizations: []sandbox.Organization{{ID: "org_big", Slug: "big"}, {ID: "org_small", Slug: "small"}}}
	var rows strings.Builder
	rows.WriteString("id,email,org,role\n")
	member := func(slug string, i int, member, wanted bool) {
		id := fmt.Sprintf("%s%d", slug, i)
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + id, Email: id + "@corp.example"})
		if member {
			seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_" + slug, UserID: "user_" + id,
				Role: "org:member", PrivateMetadata: marker("rollcall", "hr", id), CreatedAt: int64(1_700_000_000_000 + i)})
		}
		if wanted {
			fmt.Fprintf(&rows, "%s,%s@corp.example,%s,org:member\n", id, id, slug)
		}
	}
	for i := range 1601 {
		member("big", i, i > 0, i != 800)
	}
	for i := range 4 {
		member("small", i, i > 0, i != 2)
	}
	// A third organization, which the file does not name, makes the
	// instance-wide list the dearer road.
	seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_other", Slug: "other"})
	for _, m := range slices.Clone(seed.Memberships) {
		m.OrganizationID, m.PrivateMetadata = "org_other", nil
		seed.Memberships = append(seed.Memberships, m)
	}
	w := newWorld(t, seed)
	w.csv.Columns = csvfile.Columns{ID: "id", Email: "email", Organization: "org", Role: "role"}
	w.file(rows.String())
	return w
}

func TestS09S16UnsettledOrganizationGetsNoWrite(t *testing.T) {
	t.Parallel()
	third := map[string]string{"offset": "1000"}
	kind := "GET /organizations/{organization_id}/memberships"
	faults := map[string]sandbox.Fault{
		"the third page answers 503": {Status: 503},
		"the third page is cut":      {CutAfterBytes: 2000},
		"the line drops":             {DropConnection: true},
		"the list shrinks":           {List: &sandbox.ListFault{TotalCount: -1}},
		"rows repeat":                {List: &sandbox.ListFault{Repeat: 3}},
		"the page is short":          {List: &sandbox.ListFault{Short: 2}},
		"the page is shifted":        {List: &sandbox.ListFault{Shift: 1}},
	}
	for i, name := range slices.Sorted(maps.Keys(faults)) {
		if !suite.Part(t, i, 2) {
			continue
		}
		fault := faults[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := twoOrganizations(t)
			fault.Kind, fault.Query = kind, third
			if name == "the list shrinks" {
				fault.Query = map[string]string{"offset": "1500"} // the last page says how many there are
			}
			if err := w.clerk.SetFaults(fault); err != nil {
				t.Fatal(err)
			}
			report := w.run(sync.Run{Apply: true})
			for _, r := range w.clerk.Writes() {
				if strings.Contains(r.Path, "org_big") {
					t.Errorf("a write to the organization that was not read whole: %s %s", r.Method, r.Path)
				}
			}
			if n := len(w.clerk.Writes()); n != 2 {
				t.Errorf("%d writes, want an add and a removal in small: %v", n, paths(w.clerk.Writes()))
			}
			if f := report.Plan.Failures; len(f) != 1 || f[0].Organization != "big" {
				t.Errorf("failures are %+v, want one of big", f)
			}
		})
	}
}

func TestS09CancelledReadChangesNothing(t *testing.T) {
	t.Parallel()
	w := twoOrganizations(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := w.clerk.SetFaults(sandbox.Fault{Kind: "GET /organizations/{organization_id}/memberships",
		Query: map[string]string{"offset": "500"}, Status: 503}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for len(w.clerk.Requests("GET /organizations/{organization_id}/memberships")) < 2 {
			if ctx.Err() != nil {
				return
			}
		}
		cancel()
	}()
	if _, err := w.try(ctx, sync.Run{Apply: true}); err == nil {
		t.Error("a cancelled read gave a report")
	}
	if n := len(w.clerk.Writes()); n != 0 {
		t.Errorf("%d writes after a cancelled read", n)
	}
}

func paths(requests []sandbox.Request) []string {
	var out []string
	for _, r := range requests {
		out = append(out, r.Method+" "+r.Path)
	}
	return out
}
