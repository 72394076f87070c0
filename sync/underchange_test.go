package sync_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// busy is an instance that others change while it is listed. People are
// numbered: in the directory and members, except leavers, who are members
// only, and joiners, who are in the directory only. Outsiders are in neither;
// others add and remove them, and people, as they like.
type busy struct {
	*world
	organizations, each int
	// lost are the people whom others removed.
	lost map[int]bool
	// outside are the outsiders whom others added, by organization.
	outside map[int]int
}

const (
	joiners   = 20
	outsiders = 40
)

func leaver(i int) bool { return i%60 == 7 }

func (b *busy) people() int { return b.organizations * b.each }

func (b *busy) organization(i int) string { return fmt.Sprintf("org_%03d", i%b.organizations) }

func newBusy(t *testing.T, organizations, each int) *busy {
	b := &busy{world: &world{t: t, config: policy.DefaultConfig()}, organizations: organizations, each: each, lost: map[int]bool{}, outside: map[int]int{}}
	b.config.Removals = policy.RemovalsManaged
	open := policy.Limit{People: 1 << 30}
	b.config.Guards = policy.Guards{Removals: open, AdminLosses: open, AdminGrants: open, Adds: open, RoleChanges: open, MetadataNulls: open}
	b.csv.Columns = memberships
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	for o := range organizations {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: b.organization(o), Slug: fmt.Sprintf("team-%03d", o)})
	}
	var rows strings.Builder
	rows.WriteString("id,email,org,role\n")
	for i := range b.people() + joiners + outsiders {
		seed.Users = append(seed.Users, sandbox.User{ID: fmt.Sprintf("user_%d", i), Email: fmt.Sprintf("p%d@corp.example", i)})
		if i < b.people() {
			seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: b.organization(i), UserID: fmt.Sprintf("user_%d", i),
				Role: "org:member", PrivateMetadata: marker("rollcall", "hr", fmt.Sprint(i))})
		}
		if b.wanted(i) {
			fmt.Fprintf(&rows, "%d,p%d@corp.example,team-%03d,org:member\n", i, i, i%organizations)
		}
	}
	b.file(rows.String())
	var err error
	if b.clerk, err = sandbox.New(sandbox.Options{SecretKey: "sk_live_test", Seed: seed}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *busy) wanted(i int) bool {
	return i < b.people() && !leaver(i) || i >= b.people() && i < b.people()+joiners
}

// connect gives the runs a way to the sandbox on which something happens
// before each page of memberships.
func (b *busy) connect(before func()) {
	b.t.Helper()
	turn := make(chan struct{}, 1) // no mutex: time would not pass in a bubble
	way := b.clerk.RoundTripper()
	client, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret("sk_live_test"), APIURL: "http://127.0.0.1:1"},
		clerkapi.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "memberships") {
				turn <- struct{}{}
				before()
				<-turn
			}
			return way.RoundTrip(r)
		})))
	if err != nil {
		b.t.Fatal(err)
	}
	b.client = client
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// change has somebody else do something, picked by a number.
func (b *busy) change(pick int) {
	i := pick / 4 % b.people()
	switch pick % 4 {
	case 0: // an outsider comes
		o := b.people() + joiners + pick/4%outsiders
		b.add(o)
		b.outside[o] = o
	case 1: // somebody, leaver or not, goes
		b.remove(i)
		b.lost[i] = true
	case 2: // an outsider goes
		for _, o := range b.outside {
			b.remove(o)
			delete(b.outside, o)
			break
		}
	default: // a joiner is added by hand
		b.add(b.people() + pick/4%joiners)
	}
}

func (b *busy) add(i int) {
	err := b.clerk.AddMembership(sandbox.Membership{OrganizationID: b.organization(i), UserID: fmt.Sprintf("user_%d", i), Role: "org:member"})
	if err != nil {
		b.t.Error(err)
	}
}

// remove ignores who is gone already.
func (b *busy) remove(i int) {
	_ = b.clerk.RemoveMembership(b.organization(i), fmt.Sprintf("user_%d", i))
}

// number is the person's of a write's path, or of an outcome.
func number(user string) int {
	var i int
	if _, err := fmt.Sscanf(user, "user_%d", &i); err != nil {
		return -1
	}
	return i
}

// faults says what a run did that it must never do.
func (b *busy) faults(r *sync.Report) []string {
	var out []string
	for _, x := range r.Outcomes {
		i := number(x.Change.UserID)
		if x.Result == apply.Failed {
			out = append(out, fmt.Sprintf("%s of %s failed: %s", x.Change.Action, x.Change.UserID, x.Error))
		}
		if x.Change.Action == plan.Remove && (i >= b.people() || !leaver(i)) {
			out = append(out, "removed "+x.Change.UserID)
		}
	}
	for _, w := range b.clerk.Writes() {
		if i := number(w.Path[strings.LastIndex(w.Path, "/")+1:]); w.Method == http.MethodDelete && (i < 0 || i >= b.people() || !leaver(i)) {
			out = append(out, "sent DELETE "+w.Path)
		}
	}
	return out
}

// missing compares the members with what must be there: everybody wanted, but
// for those whom others removed; no leaver, and every outsider, when it is settled.
func (b *busy) missing(settled bool) []string {
	have := map[int]bool{}
	var out []string
	for _, m := range b.clerk.Snapshot().Memberships {
		i := number(m.UserID)
		if have[i] {
			out = append(out, m.UserID+" is there twice")
		}
		have[i] = true
	}
	for i := range b.people() + joiners + outsiders {
		_, stays := b.outside[i]
		switch want := b.wanted(i) || stays; {
		case want && !have[i] && (settled || i < b.people() && !b.lost[i]):
			out = append(out, fmt.Sprintf("user_%d is gone", i))
		case !want && have[i] && settled:
			out = append(out, fmt.Sprintf("user_%d is left", i))
		}
	}
	return out
}

// TestS16RunsUnderRandomChange lists, plans and applies while others insert
// and delete rows at random, by both roads; a quiet run then settles the rest.
func TestS16RunsUnderRandomChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.SampledFrom([][2]int{{1, 1100}, {22, 50}, {2, 520}}).Draw(rt, "organizations, people in each")
		// By page; 0 is no change.
		changes := rapid.SliceOfN(rapid.IntRange(0, 1<<16), 0, 12).Draw(rt, "changes")
		b := newBusy(t, size[0], size[1])
		b.connect(func() {
			if len(changes) > 0 {
				b.change(changes[0])
				changes = changes[1:]
			}
		})
		for _, settled := range []bool{false, true} {
			if settled {
				changes = nil
			}
			r := b.run(sync.Run{Apply: true})
			faults := append(b.faults(r), b.missing(settled)...)
			if settled && len(r.Plan.Failures) > 0 {
				faults = append(faults, fmt.Sprint(r.Plan.Failures))
			}
			if len(faults) > 0 {
				rt.Fatalf("settled %t: %s", settled, strings.Join(faults[:min(5, len(faults))], "; "))
			}
		}
	})
}

// TestS16OneChangeASecond has somebody else change the instance every second,
// while listing takes about as long: every run gets done nevertheless.
func TestS16OneChangeASecond(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 3000}, {60, 50}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBusy(t, size[0], size[1])
			random, next := rand.New(rand.NewPCG(3, 3)), time.Now()
			changes := 0
			b.connect(func() {
				for time.Sleep(100 * time.Millisecond); time.Now().After(next); next = next.Add(time.Second) {
					b.change(random.IntN(1 << 16))
					changes++
				}
			})
			for range 10 {
				r := b.run(sync.Run{Apply: true})
				if faults := b.faults(r); len(faults) > 0 || len(r.Plan.Failures)+len(r.Plan.Holds) > 0 {
					t.Errorf("%v, %v, %v", faults, r.Plan.Failures, r.Plan.Holds)
				}
			}
			if changes < 5 {
				t.Errorf("%d changes only: nothing was tried", changes)
			}
			next = next.Add(time.Hour)
			b.run(sync.Run{Apply: true})
			if wrong := b.missing(true); len(wrong) > 0 {
				t.Errorf("%d wrong in the end, such as %s", len(wrong), wrong[0])
			}
		})
	}
}
