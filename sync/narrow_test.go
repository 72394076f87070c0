package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/sync/diff"
	"rollcall/sync/identity"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/recent"
)

// remembering has the runs of a chronicle keep the members that they list, as a service
// does, and makes the first one.
func remembering(t *testing.T, s *story) *chronicle {
	c := begin(t, s)
	c.options = []Option{WithRecent(&recent.Listing{})}
	c.apply()
	return c
}

// forOne makes the run for one person, a minute after the last run.
func (c *chronicle) forOne(who string) *Report {
	c.t.Helper()
	c.now = c.now.Add(time.Minute - time.Hour)
	clear(c.clerk.Reads)
	c.clerk.Calls = nil
	return c.next(Run{Apply: true, Only: who, MayBeUnknown: true})
}

// sent are the requests of the last run.
func (c *chronicle) sent() int {
	n := len(c.clerk.Calls)
	for _, reads := range c.clerk.Reads {
		n += reads
	}
	return n
}

// newHire is a company that dan is about to join.
func newHire(t *testing.T) (*chronicle, *fake.Clerk) {
	s, f := company(t)
	f.User("user_dan", "dan@corp.example")
	c := remembering(t, s)
	hr := fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example")
	c.sources[0] = hr.Group("staff", 0, 1, 2, 3)
	return c, f
}

// wantScope compares what was read for one person.
func wantScope(t *testing.T, r *Report, kept int, because recent.Reason) {
	t.Helper()
	if r.Members == nil || r.Members.Kept != kept || r.Members.Because != because {
		t.Errorf("%+v, want %d kept, because %q", r.Members, kept, because)
	}
}

// A new colleague is added with the members of others left unread, in ten requests or
// fewer. The next run of everybody finds nothing to do.
func TestOnePersonIsReadNarrowly(t *testing.T) {
	t.Parallel()
	c, f := newHire(t)
	r := c.forOne("dan@corp.example")
	wantScope(t, r, 1, "")
	if m := f.Find("org_acme", "user_dan"); m == nil || string(m.Private) != fake.Ours("4") {
		t.Errorf("dan has %+v", m)
	}
	if n := c.sent(); f.Reads["memberships"] != 0 || n > 10 {
		t.Errorf("%d requests: %v", n, f.Reads)
	}
	// Ben is next: the membership of dan is in the list now.
	wantScope(t, c.forOne("ben@corp.example"), 1, "")
	if p := c.plan(); p.Count(plan.Ready) != 0 {
		t.Errorf("left: %v", lines(p))
	}
}

// A user id names a person too.
func TestOnePersonIsReadNarrowlyByUserID(t *testing.T) {
	t.Parallel()
	c, f := newHire(t)
	wantScope(t, c.forOne("user_dan"), 1, "")
	if f.Find("org_acme", "user_dan") == nil {
		t.Error("dan is not added")
	}
	c.sources[0] = fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example").Group("staff", 0, 1, 2, 3).Group("chiefs", 3)
	c.rules = slices.Insert(c.rules, 0, policy.Rule{Groups: policy.GroupPattern{Names: []string{"chiefs"}}, Organization: "acme", Role: "org:admin"})
	wantScope(t, c.forOne("user_dan"), 1, "")
	if m := f.Find("org_acme", "user_dan"); m.Role != "org:admin" {
		t.Errorf("dan is %s", m.Role)
	}
}

// Somebody with a new address is found by the marker, and somebody who moved by the
// account that the state directory remembers (S01).
func TestS01OnePersonWithANewAddressIsReadNarrowly(t *testing.T) {
	t.Parallel()
	c, f := newHire(t)
	hr := fake.HR("1 ann@corp.example", "2 benedict@corp.example", "3 cy@corp.example", "4 daniel@corp.example").Group("staff", 0, 1, 2, 3).Group("lab", 1)
	c.sources[0] = hr
	c.rule("beta", "org:member", "lab")
	c.write(journal.Fact{Kind: memory.FactMover, Key: memory.MoverKey(plan.DirectoryID{Source: "hr", ID: "4"}), Value: []byte(`{"user":"user_dan","wanted":"2026-03-02T00:00:00Z"}`)})
	c.next(Run{Apply: true, Only: "ann@corp.example"}) // lists beta
	wantScope(t, c.forOne("benedict@corp.example"), 2, "")
	wantScope(t, c.forOne("daniel@corp.example"), 2, "")
	if f.Find("org_beta", "user_ben") == nil || f.Find("org_acme", "user_dan") == nil {
		t.Errorf("ben: %+v, dan: %+v", f.Find("org_beta", "user_ben"), f.Find("org_acme", "user_dan"))
	}
}

// Whatever a person loses comes from a run that has read everything (S04, S09).
func TestS09ALossReadsEverything(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*chronicle){
		"leaver": func(c *chronicle) {
			c.sources[0] = fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example").Group("staff", 0, 2)
		},
		"disabled": func(c *chronicle) { c.source().Snapshot.People[1].Disabled = "locked" },
	} {
		t.Run(name, func(t *testing.T) {
			c, f := newHire(t)
			lose(c)
			r := c.forOne("ben@corp.example")
			wantScope(t, r, 0, recent.Loss)
			if f.Find("org_acme", "user_ben") != nil || f.Reads["memberships"] != 1 {
				t.Errorf("ben: %+v, %v", f.Find("org_acme", "user_ben"), f.Reads)
			}
			if f.Find("org_acme", "user_dan") != nil {
				t.Error("dan was added in the run for ben")
			}
		})
	}
}

// Each cause has its reason in the report, and the run ends as one that reads everything.
func TestOnePersonReadsEverythingForAReason(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		because recent.Reason
		change  func(c *chronicle, f *fake.Clerk)
		added   bool
	}{
		{recent.OldListing, func(c *chronicle, _ *fake.Clerk) { c.now = c.now.Add(time.Hour) }, true},
		{recent.ChangedListing, func(_ *chronicle, f *fake.Clerk) {
			f.User("user_eve", "eve@else.example")
			f.Member("acme", "user_eve", "org:member", "")
		}, true},
		{recent.OtherRun, func(c *chronicle, _ *fake.Clerk) {
			id, _ := c.db.Begin(c.t.Context(), journal.Run{Verb: "apply"})
			_ = c.db.Finish(c.t.Context(), id, c.finish)
		}, true},
		{recent.NoListing, func(c *chronicle, _ *fake.Clerk) { c.options = []Option{WithRecent(&recent.Listing{})} }, true},
		{recent.NoListing, func(c *chronicle, _ *fake.Clerk) { c.options = nil }, true},
		{recent.NoHistory, func(c *chronicle, _ *fake.Clerk) {
			list, _ := c.db.Facts(c.t.Context(), memory.FactState)
			_ = c.db.Remember(c.t.Context(), 0, nil, list)
		}, true},
		{recent.UnreadAccount, func(_ *chronicle, f *fake.Clerk) { f.Faults["memberships_of * user_dan"] = errors.New("cut off") }, true},
		{recent.Waiting, func(c *chronicle, _ *fake.Clerk) { c.config.Deny = []string{"dan@corp.example"} }, false},
		{recent.UnclearIdentity, func(_ *chronicle, f *fake.Clerk) { f.User("user_dan2", "dan@corp.example") }, false},
		{recent.UnclearIdentity, func(c *chronicle, _ *fake.Clerk) {
			c.sources[0] = fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example", "5 dan@corp.example").Group("staff", 0, 1, 2, 3, 4)
		}, false},
		{recent.ManyAccounts, func(_ *chronicle, f *fake.Clerk) {
			for i := range 6 {
				f.User(fmt.Sprint("user_claim", i), "~dan@corp.example")
			}
		}, true},
	} {
		t.Run(string(x.because), func(t *testing.T) {
			c, f := newHire(t)
			x.change(c, f)
			r := c.forOne("dan@corp.example")
			wantScope(t, r, 0, x.because)
			if m := f.Find("org_acme", "user_dan"); (m != nil) != x.added || f.Reads["memberships"] == 0 {
				t.Errorf("dan: %+v; %v", m, f.Reads)
			}
		})
	}
}

// Many people whom no run has looked up are a reason to read everything. From then on, a
// run for one person looks up nobody who had no account lately.
func TestOnePersonDoesNotLookUpOthers(t *testing.T) {
	t.Parallel()
	c, f := newHire(t)
	people, everybody := []string{"1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example"}, []int{0, 1, 2}
	for i := range 400 {
		people, everybody = append(people, fmt.Sprintf("n%d n%d@corp.example", i, i)), append(everybody, 3+i)
	}
	c.sources[0] = fake.HR(people...).Group("staff", everybody...)
	wantScope(t, c.forOne("n1@corp.example"), 0, recent.ManyLookUps)
	f.User("user_n7", "n7@corp.example") // signs up
	wantScope(t, c.forOne("n7@corp.example"), 1, "")
	if f.Find("org_acme", "user_n7") == nil || f.Reads["users by address"] != 1 {
		t.Errorf("n7: %+v, %v", f.Find("org_acme", "user_n7"), f.Reads)
	}
}

// The marker of a person on the account of somebody else is a conflict, as in any run (S02).
func TestS02OnePersonWithTwoAccounts(t *testing.T) {
	t.Parallel()
	c, f := newHire(t)
	f.Find("org_acme", "user_cy").Private = []byte(fake.Ours("4"))
	c.options = []Option{WithRecent(&recent.Listing{})}
	c.next(Run{Apply: true, Only: "ann@corp.example"}) // lists
	wantScope(t, c.forOne("dan@corp.example"), 0, recent.Waiting)
	if m := f.Find("org_acme", "user_dan"); m != nil {
		t.Errorf("dan: %+v", m)
	}
}

// An account that has got the address of somebody else since is not clearly one person's,
// although nobody had that address an hour ago (S06).
func TestS06OnePersonWhoseAccountHasAnothersAddress(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	people := []string{"1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "5 eve@corp.example"}
	s.sources[0] = fake.HR(people...).Group("staff", 0, 1, 2, 3)
	c := remembering(t, s)
	f.User("user_dan", "dan@corp.example", "eve@corp.example")
	c.sources[0] = fake.HR(append(people, "4 dan@corp.example")...).Group("staff", 0, 1, 2, 3, 4)
	wantScope(t, c.forOne("dan@corp.example"), 0, recent.UnclearIdentity)
	if len(f.Calls) > 0 {
		t.Errorf("sent: %v", f.Calls)
	}
}

// An account that is deleted between two runs is nobody's, and nobody else gets anything.
func TestOnePersonWhoseAccountIsDeleted(t *testing.T) {
	t.Parallel()
	c, f := newHire(t)
	f.Accounts = slices.DeleteFunc(f.Accounts, func(u clerkapi.User) bool { return u.ID == "user_ben" })
	f.Members["org_acme"] = slices.DeleteFunc(f.Members["org_acme"], func(m clerkapi.Membership) bool { return m.UserID == "user_ben" })
	wantScope(t, c.forOne("ben@corp.example"), 0, recent.UnreadAccount)
	if len(c.clerk.Calls) > 0 {
		t.Errorf("sent: %v", c.clerk.Calls)
	}
}

// An organization that is gone from Clerk takes nothing from anybody, and the person joins
// the other one (S22, S40).
func TestS22OnePersonWhileAnOrganizationIsGone(t *testing.T) {
	t.Parallel()
	c, f := newHire(t)
	c.rule("beta", "org:member", "staff")
	c.next(Run{Apply: true, Only: "ann@corp.example"}) // lists beta
	f.Organizations = slices.DeleteFunc(f.Organizations, func(o clerkapi.Organization) bool { return o.Slug == "acme" })
	c.now = c.now.Add(-time.Hour)
	whole := c.next(Run{Only: "dan@corp.example"})
	r := c.forOne("dan@corp.example")
	if got, want := lines(r.Plan), lines(whole.Plan); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !slices.Equal(f.Calls, []string{"create org_beta user_dan"}) {
		t.Errorf("sent: %v", f.Calls)
	}
}

// A change of an account that was not read again needs everything to be read.
func TestOnePersonChangesNoOtherAccount(t *testing.T) {
	t.Parallel()
	c, _ := newHire(t)
	id, err := c.db.Begin(t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(c.config, c.rules, c.sources, c.clerk, append([]Option{WithJournal(c.db, id)}, c.options...)...)
	if err != nil {
		t.Fatal(err)
	}
	r.now = func() time.Time { return c.now.Add(time.Minute) }
	if _, err := r.RunOnce(t.Context(), Run{Apply: true, Only: "dan@corp.example"}); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]error{"user_dan": nil, "user_ann": &recent.WholeError{Because: recent.OtherAccount}} {
		part := &plan.Plan{Organizations: []plan.Organization{{ID: "org_acme", Changes: []plan.Change{{Action: plan.Add, Organization: "org_acme", UserID: user, State: plan.Ready}}}}}
		if err := (onePerson{r}).check(&diff.Comparison{People: &identity.Resolver{}}, part); fmt.Sprint(err) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", user, err, want)
		}
	}
}

// A call whose answer is lost ends the list of its organization.
func TestS33ALostAnswerEndsTheList(t *testing.T) {
	t.Parallel()
	c, f := newHire(t)
	call := "create org_acme user_dan"
	f.Faults[call], f.Lost = &clerkapi.Error{Method: "POST", Status: 502, Attempts: 3}, map[string]bool{call: true}
	c.forOne("dan@corp.example")
	delete(f.Faults, call)
	wantScope(t, c.forOne("ben@corp.example"), 0, recent.NoListing)
}

// A run for one person writes down nothing about others.
func TestS18OnePersonMovesNoBaseline(t *testing.T) {
	t.Parallel()
	c, _ := newHire(t)
	facts := func() map[string]string {
		list, err := c.db.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, f := range list {
			out[f.Kind+" "+f.Key] = string(f.Value)
		}
		return out
	}
	c.write(journal.Fact{Kind: memory.FactMover, Key: memory.MoverKey(plan.DirectoryID{Source: "hr", ID: "9"}), Value: []byte(`{"user":"user_x","wanted":"2026-03-02T00:00:00Z"}`)},
		journal.Fact{Kind: memory.FactLeaver, Key: "user_gone", Value: []byte(`{}`)})
	before := facts()
	wantScope(t, c.forOne("dan@corp.example"), 1, "")
	after := facts()
	for key, value := range before {
		if after[key] != value && !strings.HasPrefix(key, memory.FactReferences) && !strings.HasPrefix(key, memory.FactServer) {
			t.Errorf("%s: %s, was %s", key, after[key], value)
		}
	}
}

// Every fault of a request of a narrow run ends as a run without it, or sends nothing.
// Nobody loses anything.
func TestS09FaultsOfANarrowRun(t *testing.T) {
	t.Parallel()
	gone, down := &clerkapi.Error{Method: "GET", Status: 404, Attempts: 1}, &clerkapi.Error{Method: "GET", Status: 503, Attempts: 5}
	for i, kind := range []string{"users_by_address * *", "users_by_id * *", "memberships_of * user_dan", "memberships_of * user_ben", "organizations * *", "roles * *", "sets * *", "instance * *"} {
		for j, fault := range []error{gone, down, errors.New("cut off")} {
			if suite.Short(t) && i%3 != j {
				continue
			}
			for _, who := range []string{"dan", "ben"} {
				t.Run(fmt.Sprint(kind, " ", fault, " ", who), func(t *testing.T) {
					c, f := newHire(t)
					f.Faults[kind] = fault
					c.now = c.now.Add(time.Minute - time.Hour)
					_, err := c.once(t.Context(), Run{Apply: true, Only: who + "@corp.example"})
					for _, call := range f.Calls {
						if call != "create org_acme user_dan" || who != "dan" {
							t.Errorf("%s, and the error %v", call, err)
						}
					}
					delete(f.Faults, kind)
					c.next(Run{Apply: true, Only: "dan@corp.example"})
					if f.Find("org_acme", "user_dan") == nil {
						t.Error("dan is not added once the fault has ended")
					}
				})
			}
		}
	}
}

// narrowWorld is a small world with everything that makes one person's plan depend on
// others.
type narrowWorld struct {
	c       *chronicle
	f       *fake.Clerk
	rt      *rapid.T
	members map[string][]int // of groups
	people  []string
}

const worldPeople = 6

func newNarrowWorld(t *testing.T, rt *rapid.T) *narrowWorld {
	f := fake.NewClerk("acme", "beta")
	f.User("user_boss", "boss@corp.example")
	w := &narrowWorld{f: f, rt: rt, members: map[string][]int{}}
	for _, o := range []string{"acme", "beta"} {
		f.Member(o, "user_boss", "org:admin", "")
	}
	for i := range worldPeople {
		w.people = append(w.people, fmt.Sprintf("%d p%d@corp.example", i, i))
		if rapid.IntRange(0, 4).Draw(rt, "account") > 0 {
			f.User(fmt.Sprint("user_", i), fmt.Sprintf("%sp%d@corp.example", rapid.SampledFrom([]string{"", "", "", "~"}).Draw(rt, "verified"), i))
		}
	}
	s := tell(t, f, fake.HR(w.people...))
	for _, x := range [][3]string{{"acme", "org:admin", "chiefs"}, {"acme", "org:member", "staff"}, {"beta", "org:member", "guests"}} {
		s.rule(x[0], x[1], x[2]).AllowEmpty = []string{x[2]}
	}
	s.config.Guards.Adds = policy.Limit{People: 2}
	s.config.Guards.AdminGrants = policy.Limit{People: 1}
	s.config.Adopt = rapid.SampledFrom([]policy.AdoptMode{policy.AdoptNone, policy.AdoptMatched, policy.AdoptWanted}).Draw(rt, "adopt")
	w.directory()
	w.c = remembering(t, s)
	return w
}

// directory changes the groups, and now and then a person's address.
func (w *narrowWorld) directory() {
	for range rapid.IntRange(1, 3).Draw(w.rt, "moves") {
		name, i := rapid.SampledFrom([]string{"chiefs", "staff", "guests"}).Draw(w.rt, "group"), rapid.IntRange(0, worldPeople-1).Draw(w.rt, "person")
		if at := slices.Index(w.members[name], i); at >= 0 {
			w.members[name] = slices.Delete(w.members[name], at, at+1)
			continue
		}
		w.members[name] = append(w.members[name], i)
	}
	if rapid.IntRange(0, 5).Draw(w.rt, "rewrite") == 0 {
		i, j := rapid.IntRange(0, worldPeople-1).Draw(w.rt, "who"), rapid.IntRange(0, worldPeople-1).Draw(w.rt, "whose")
		w.people[i] = fmt.Sprintf("%d p%d@corp.example", i, j)
	}
	hr := fake.HR(w.people...)
	for _, name := range []string{"chiefs", "staff", "guests"} {
		hr.Group(name, w.members[name]...)
	}
	if w.c != nil {
		w.c.sources[0] = hr
	}
}

// byHand changes Clerk: something of the person, or the number of members.
func (w *narrowWorld) byHand(person int) {
	user, id := fmt.Sprint("user_", person), rapid.SampledFrom([]string{"acme", "beta"}).Draw(w.rt, "organization")
	m, known := w.f.Find("org_"+id, user), slices.ContainsFunc(w.f.Accounts, func(u clerkapi.User) bool { return u.ID == user })
	switch rapid.IntRange(0, 6).Draw(w.rt, "by hand") {
	case 0:
		w.f.User(fmt.Sprint("user_new", len(w.f.Accounts)), fmt.Sprintf("p%d@corp.example", person))
	case 1:
		if m != nil {
			m.Role = "org:guest"
		}
	case 2:
		if m != nil {
			m.Private = []byte(fake.Ours(fmt.Sprint(rapid.IntRange(0, worldPeople-1).Draw(w.rt, "forged"))))
		}
	case 3:
		w.f.Members["org_"+id] = slices.DeleteFunc(w.f.Members["org_"+id], func(m clerkapi.Membership) bool { return m.UserID == user })
	case 4:
		if m == nil && known {
			w.f.Member(id, user, "org:member", rapid.SampledFrom([]string{"", fake.Ours(fmt.Sprint(person)), fake.Ours("0")}).Draw(w.rt, "marker"))
		}
	default: // nobody does anything
	}
}

// TestNarrowPlansAreThoseOfEverybody: in any world the run for one person proposes for the
// person exactly what a run that reads everything proposes, and never takes anything
// unless it has read everything.
func TestNarrowPlansAreThoseOfEverybody(t *testing.T) {
	t.Parallel()
	narrow, given := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newNarrowWorld(t, rt)
		for range rapid.IntRange(1, 3).Draw(rt, "rounds") {
			w.directory()
			person := rapid.IntRange(0, worldPeople-1).Draw(rt, "for")
			w.byHand(person)
			who := fmt.Sprintf("p%d@corp.example", person)
			w.c.now = w.c.now.Add(-time.Hour)
			whole := w.c.next(Run{Only: who, MayBeUnknown: true})
			r := w.c.forOne(who)
			if got, want := described(r.Plan), described(whole.Plan); !slices.Equal(got, want) {
				rt.Fatalf("%+v\n got %q\nwant %q", r.Members, got, want)
			}
			if r.Members.Kept == 0 {
				continue
			}
			narrow++
			for _, call := range w.f.Calls {
				if given++; strings.HasPrefix(call, "delete") {
					rt.Fatalf("%s, with lists that were kept", call)
				}
			}
			n := w.c.sent() - len(w.f.Calls) - w.f.Reads["memberships of a user"] // one for each change, and for each account
			if n > 8 && r.Members.Listed == 0 {
				rt.Fatalf("%d requests: %v", n, w.f.Reads)
			}
		}
	})
	if suite.All() && (narrow < 20 || given < 5) {
		t.Errorf("%d narrow runs with %d changes only", narrow, given)
	}
}
