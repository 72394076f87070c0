package sync_test

import (
	"fmt"
	"slices"
	"strings"
	stdsync "sync"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// watch notes what a run tells, one line for each unit: the first and the last of
// it, and how often it went back.
type watch struct {
	mu    stdsync.Mutex
	order []string
	last  map[string]plan.Progress
	back  int
}

func (w *watch) Watch(p plan.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := p.Stage.String() + " " + p.Unit.String()
	before, known := w.last[key]
	if !known {
		w.order = append(w.order, key)
	}
	if p.Done < before.Done || p.Done > p.Total || p.Tally.Sum() > p.Total {
		w.back++
	}
	w.last[key] = p
}

func (w *watch) String() string {
	var b strings.Builder
	for _, key := range w.order {
		p := w.last[key]
		fmt.Fprintf(&b, "%s %d/%d %v\n", key, p.Done, p.Total, p.Tally)
	}
	return b.String()
}

// A run tells whoever watches how far it is, in stages that end with all of their
// total: sources, what Clerk has, and the changes by kind. Who watches changes
// nothing: the run sends the same requests.
func TestRunTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	begin := func() *world {
		seed := &sandbox.Seed{Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}}}
		for i := range 700 {
			user := fmt.Sprintf("user_%d", i)
			seed.Users = append(seed.Users, sandbox.User{ID: user, Email: fmt.Sprintf("p%d@corp.example", i)})
			if i < 600 {
				seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_acme", UserID: user, Role: "org:member"})
			}
		}
		w := newWorld(t, seed)
		w.csv.Columns.Email, w.csv.Columns.Organization, w.csv.Columns.Role = "email", "org", "role"
		w.config.Guards = policy.Guards{Adds: policy.Limit{People: 1000}, AdminGrants: policy.Limit{People: 1000}}
		var people strings.Builder
		people.WriteString("email,org,role\n")
		for i := range 650 {
			fmt.Fprintf(&people, "p%d@corp.example,acme,org:member\n", i)
		}
		w.file(people.String())
		return w
	}
	var seen watch
	seen.last = map[string]plan.Progress{}
	watched, alone := begin(), begin()
	watched.options = append(watched.options, sync.WithWatcher(&seen))
	watched.run(sync.Run{Apply: true})
	alone.run(sync.Run{Apply: true})
	want := `read_sources sources 1/1 {0 0 0 0 0 0}
read_clerk organizations 1/1 {0 0 0 0 0 0}
read_clerk memberships 600/600 {0 0 0 0 0 0}
read_clerk users 50/50 {0 0 0 0 0 0}
apply changes 50/50 {50 0 0 0 0 0}
`
	if got := seen.String(); got != want {
		t.Errorf("told\n%s, want\n%s", got, want)
	}
	if seen.back > 0 {
		t.Errorf("%d times it went back, or beyond its total", seen.back)
	}
	count := func(w *world) (kinds []string) {
		for _, r := range w.clerk.Requests() {
			kinds = append(kinds, r.Kind)
		}
		slices.Sort(kinds)
		return kinds
	}
	if a, b := count(watched), count(alone); !slices.Equal(a, b) {
		t.Errorf("watched it sent %d requests, and alone %d", len(a), len(b))
	}
}

// A newcomer whose user is created too is one change, also where Clerk refuses the
// membership or the user.
func TestRunCountsEachChangeOnce(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name   string
		faults []sandbox.Fault
		want   plan.Tally
	}{
		{"well", nil, plan.Tally{Joined: 2}},
		{"no user", []sandbox.Fault{{Kind: "POST /users", Status: 422}}, plan.Tally{Failed: 2}},
		{"no membership", []sandbox.Fault{{Kind: "POST /organizations/{organization_id}/memberships", Status: 422}}, plan.Tally{Failed: 2}},
	} {
		w := creating(t, "2,ben@corp.example,acme,org:member,,,,\n3,cy@corp.example,acme,org:member,,,,\n")
		seen := watch{last: map[string]plan.Progress{}}
		w.options = append(w.options, sync.WithWatcher(&seen))
		if err := w.clerk.SetFaults(x.faults...); err != nil {
			t.Fatal(err)
		}
		w.run(sync.Run{Apply: true})
		if p := seen.last["apply changes"]; p.Done != 2 || p.Total != 2 || p.Tally != x.want || seen.back > 0 {
			t.Errorf("%s: %+v, %d times back", x.name, p, seen.back)
		}
	}
}
