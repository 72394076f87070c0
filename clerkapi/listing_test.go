package clerkapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"rollcall/clerkapi/internal/calls"
)

// fakeInstance is a set of organizations with their membership rows.
type fakeInstance struct {
	mu            sync.Mutex
	organizations []Organization
	rows          map[string][]string
	wide          []string // what the instance-wide list shows
	fail          map[string]int
}

func newFakeInstance(sizes ...int) *fakeInstance {
	f := &fakeInstance{rows: map[string][]string{}, fail: map[string]int{}}
	for i, n := range sizes {
		id := fmt.Sprintf("org_%d", i)
		f.organizations = append(f.organizations, Organization{ID: id, Slug: fmt.Sprintf("team-%d", i), Members: n})
		f.rows[id] = members(id, n)
		f.wide = append(f.wide, f.rows[id]...)
	}
	return f
}

func (f *fakeInstance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v1")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if status := f.fail[path]; status != 0 {
		refuse(w, status, map[bool]string{true: "authorization_invalid"}[status < 500])
		return
	}
	switch {
	case path == instancePath:
		if status := f.fail[fmt.Sprint("wide ", r.URL.Query().Get("offset"))]; status != 0 {
			refuse(w, status, "some_code")
			return
		}
		slicePage(w, r, f.wide)
	case path == "/organization_roles":
		slicePage(w, r, []string{`{"key":"org:admin","name":"Admin","permissions":[]}`})
	case len(parts) == 3:
		slicePage(w, r, f.rows[parts[1]])
	case len(parts) == 1:
		slicePage(w, r, calls.Rows(f.organizations, organizationJSON))
	default:
		f.one(w, parts[1])
	}
}

func (f *fakeInstance) one(w http.ResponseWriter, name string) {
	for i := range f.organizations {
		if o := &f.organizations[i]; o.ID == name || o.Slug == strings.ToLower(name) {
			reply(w, 200, organizationJSON(o))
			return
		}
	}
	refuse(w, 404, "resource_not_found")
}

func organizationJSON(o *Organization) string {
	return fmt.Sprintf(`{"id":%q,"slug":%q,"name":"N","members_count":%d,"max_allowed_memberships":5,"role_set_key":null}`, o.ID, o.Slug, o.Members)
}

func total(s Stats) int {
	n := 0
	for _, v := range s.Requests {
		n += v
	}
	return n
}

// least is the computed minimum that the client counted.
func least(s Stats) int { return total(Stats{Requests: s.Least}) }

func many(n, size int) []int { return slices.Repeat([]int{size}, n) }

func TestListingTakesTheCheaperRoad(t *testing.T) {
	cases := []struct {
		name     string
		sizes    []int
		ask      int // the first so many organizations
		find     bool
		strategy ListingStrategy
		requests int
		unknown  bool // the size of the instance costs a page
	}{
		{"one big", []int{1200}, 1, false, PerOrganization, 3, false},
		{"two small", []int{3, 4}, 2, false, InstanceWide, 1, false},
		{"one small", []int{3}, 1, false, PerOrganization, 1, false},
		{"thousand tiny", many(1000, 2), 1000, true, InstanceWide, 4, false},
		{"few of a big instance, known", append([]int{1, 1}, many(3, 900)...), 2, true, PerOrganization, 2, false},
		{"few of a big instance, unknown", append([]int{1, 1}, many(3, 900)...), 2, false, PerOrganization, 3, true},
		{"empty ones", []int{0, 0, 0}, 3, true, InstanceWide, 1, false},
		{"none", nil, 0, false, PerOrganization, 0, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeInstance(tc.sizes...)
				c := newTestClient(t, f.ServeHTTP)
				if tc.find {
					if _, err := c.Organizations(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				before, needed := total(c.Stats()), least(c.Stats())
				asked := slices.Clone(f.organizations[:tc.ask])
				for i := range asked {
					asked[i].NeedIDs = i%2 == 0
				}
				l, err := c.ListMemberships(t.Context(), append(slices.Clone(asked), asked...))
				if err != nil || l.Strategy != tc.strategy || len(l.Organizations) != tc.ask {
					t.Fatalf("%+v, %v", l, err)
				}
				if got := total(c.Stats()) - before; got != tc.requests {
					t.Errorf("%d requests, want %d", got, tc.requests)
				}
				checkListing(t, l, asked)
				want := tc.requests
				if tc.unknown {
					want-- // the page that gave the size of the instance
				}
				if got := least(c.Stats()) - needed; got != want {
					t.Errorf("%d requests are said to be needed, want %d", got, want)
				}
				if strategy, n := ListingRequests(tc.sizes[:tc.ask], sum(tc.sizes)); tc.ask > 0 && (strategy != tc.strategy || tc.find && n != tc.requests) {
					t.Errorf("the formula says %s, %d", strategy, n)
				}
			})
		})
	}
}

// The other organizations of an instance cost one request where there are none or
// they fit into a page; a large instance is read only where all of it is asked for.
// An instance-wide listing has read them already (S15).
func TestS15OtherOrganizationsCostOnePage(t *testing.T) {
	for name, x := range map[string]struct {
		sizes      []int
		seen       int
		whole      bool
		want, sent int
	}{
		"nothing else":        {[]int{30}, 30, true, 0, 1},
		"nothing else, large": {[]int{1200}, 1200, true, 0, 1},
		"one page":            {[]int{30, 7}, 30, false, 2, 1},
		"large, for once":     {[]int{900, 300}, 900, true, 2, 3},
		"large, each time":    {[]int{900, 300}, 900, false, 0, 1},
	} {
		f := newFakeInstance(x.sizes...)
		c := newTestClient(t, f.ServeHTTP)
		others, err := c.ListOthers(t.Context(), x.seen, x.whole)
		if s := c.Stats(); err != nil || len(others) != x.want || total(s) != x.sent || least(s) != x.sent {
			t.Errorf("%s: %v, %d organizations, %d requests, least %d", name, err, len(others), total(s), least(s))
		}
		if x.want > 1 && len(others["org_1"]) != x.sizes[1] {
			t.Errorf("%s: %d members", name, len(others["org_1"]))
		}
	}
	f := newFakeInstance(many(12, 3)...)
	l, err := newTestClient(t, f.ServeHTTP).ListMemberships(t.Context(), f.organizations[:11])
	if err != nil || l.Strategy != InstanceWide || len(l.Others) != 1 || len(l.Others["org_11"]) != 3 {
		t.Errorf("%v, %+v", err, l.Others)
	}
}

func sum(sizes []int) int {
	n := 0
	for _, s := range sizes {
		n += s
	}
	return n
}

func checkListing(t *testing.T, l *Listing, asked []Organization) {
	t.Helper()
	for _, o := range asked {
		got := l.Organizations[o.ID]
		if got.Err != nil || len(got.Memberships) != o.Members {
			t.Errorf("%s: %d members, %v, want %d", o.ID, len(got.Memberships), got.Err, o.Members)
		}
		for i, m := range got.Memberships {
			if m.OrganizationID != o.ID || m.UserID != fmt.Sprintf("user_%d", i) {
				t.Fatalf("%s holds %+v at %d", o.ID, m, i)
			}
			if (m.ID != "") != o.NeedIDs {
				t.Fatalf("%s needs ids: %t, and has %q", o.ID, o.NeedIDs, m.ID)
			}
		}
	}
}

func TestS16OnlyWhatDiffersIsListedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeInstance(many(40, 30)...)
		f.wide[35] = f.wide[34] // a row of org_1 slipped, its neighbour shows twice
		c := newTestClient(t, f.ServeHTTP)
		l, err := c.ListMemberships(t.Context(), f.organizations)
		if err != nil || l.Strategy != InstanceWide {
			t.Fatalf("%v, %v", l, err)
		}
		checkListing(t, l, f.organizations)
		if got := c.Stats().Requests["GET "+membershipsPath]; got != 1 {
			t.Errorf("%d organizations listed again, want 1", got)
		}
		if got := least(c.Stats()); got != 3 {
			t.Errorf("%d requests are said to be needed, want 3: reading again does not count", got)
		}
		f.fail["/organizations/org_1/memberships"] = 401
		l, err = c.ListMemberships(t.Context(), f.organizations)
		if err != nil || l.Organizations["org_1"].Err == nil {
			t.Fatalf("%+v, %v", l, err)
		}
		checkListing(t, l, slices.Delete(slices.Clone(f.organizations), 1, 2))
		f.fail["/organization_roles"] = 401
		if _, err := c.ListMemberships(t.Context(), f.organizations); !StopsRun(err) {
			t.Errorf("%v, want what stops the run", err)
		}
	})
}

func TestInstanceRoadThatFailsIsLeft(t *testing.T) {
	for _, at := range []string{"wide 0", "wide 500"} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeInstance(many(40, 30)...)
			f.fail[at] = 503
			c := newTestClient(t, f.ServeHTTP)
			l, err := c.ListMemberships(t.Context(), f.organizations)
			if err != nil || l.Strategy != PerOrganization {
				t.Fatalf("%v, %v", l, err)
			}
			checkListing(t, l, f.organizations)
			f.fail[at] = 401 // of this list only
			if l, err = c.ListMemberships(t.Context(), f.organizations); err != nil || l.Strategy != PerOrganization {
				t.Errorf("%+v, %v", l, err)
			}
			f.fail["/organization_roles"] = 401
			if _, err := c.ListMemberships(t.Context(), f.organizations); !StopsRun(err) {
				t.Errorf("%v, want what stops the run", err)
			}
		})
	}
}

func TestS09FailureStaysWithItsOrganization(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeInstance(600, 700)
		f.fail["/organizations/org_1/memberships"] = 503
		f.wide = append(f.wide, members("org_else", 9000)...)
		c := newTestClient(t, f.ServeHTTP)
		l, err := c.ListMemberships(t.Context(), f.organizations)
		if err != nil {
			t.Fatal(err)
		}
		checkListing(t, l, f.organizations[:1])
		if o := l.Organizations["org_1"]; o.Err == nil || o.Memberships != nil {
			t.Errorf("the broken one: %d members, %v", len(o.Memberships), o.Err)
		}
	})
}

// An organization whose list Clerk refuses has that error and no other has it
// (S40). A key that Clerk refuses ends the listing: one request more tells the two
// apart, however many organizations are refused.
func TestS40RefusedOrganizationIsNoRefusedKey(t *testing.T) {
	for _, status := range []int{401, 403} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeInstance(600, 700, 800)
			f.wide = append(f.wide, members("org_else", 9000)...)
			f.fail["/organizations/org_0/memberships"] = status
			f.fail["/organizations/org_1/memberships"] = status
			c := newTestClient(t, f.ServeHTTP)
			l, err := c.ListMemberships(t.Context(), f.organizations)
			if err != nil || l.Organizations["org_0"].Err == nil || l.Organizations["org_1"].Err == nil {
				t.Fatalf("%+v, %v", l, err)
			}
			checkListing(t, l, f.organizations[2:])
			if got := c.Stats().Requests["GET /organization_roles"]; got != 1 {
				t.Errorf("the key was tried %d times, want once", got)
			}
			f.fail["/organization_roles"] = status
			if _, err := c.ListMemberships(t.Context(), f.organizations); !StopsRun(err) {
				t.Errorf("%v, want what stops the run", err)
			}
		})
	}
}

func TestS22NamesAreFoundExactly(t *testing.T) {
	cases := []struct {
		name     string
		sizes    []int
		names    []string
		found    []string
		requests int
	}{
		{"on the first page", many(3, 1), []string{"team-1", "org_2", "team-1"}, []string{"team-1", "org_2"}, 1},
		{"case differs", many(3, 1), []string{"Team-1"}, nil, 1},
		{"nobody", many(3, 1), []string{"nobody"}, nil, 1},
		{"far back, one", many(1600, 0), []string{"team-1500", "TEAM-1501", "team-3"}, []string{"team-1500", "team-3"}, 3},
		{"far back, many", many(1100, 0), []string{"team-1000", "team-1001", "org_1002", "x"}, []string{"team-1000", "team-1001", "org_1002"}, 3},
		{"impossible ones", many(3, 1), []string{"a/../b", "", "Team A", "team-1"}, []string{"team-1"}, 1},
		{"only impossible ones", many(3, 1), []string{".."}, nil, 0},
		{"no names", many(3, 1), nil, nil, 0},
		{"all on the first of many pages", many(1100, 0), []string{"team-1"}, []string{"team-1"}, 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newFakeInstance(tc.sizes...)
			c := newTestClient(t, f.ServeHTTP)
			got, err := c.FindOrganizations(t.Context(), tc.names)
			unfound := slices.ContainsFunc(tc.names, func(name string) bool { return got[name].ID == "" })
			if read := len(c.ReadOrganizations()); (read > 0) != (unfound && tc.requests > 0) {
				t.Errorf("%d organizations are kept, %d of %v are found", read, len(got), tc.names)
			}
			if err != nil || len(got) != len(tc.found) {
				t.Fatalf("%v, %v", got, err)
			}
			for _, name := range tc.found {
				if o := got[name]; o.ID != name && o.Slug != name {
					t.Errorf("%s is %+v", name, o)
				}
			}
			if n := total(c.Stats()); n != tc.requests || least(c.Stats()) != n {
				t.Errorf("%d requests, %d needed, want %d", n, least(c.Stats()), tc.requests)
			}
		})
	}
	if FindRequests(1600, 2) != 3 || FindRequests(1600, 100) != 4 || FindRequests(0, 5) != 1 {
		t.Error("FindRequests disagrees")
	}
}

// A name that cannot be asked for keeps no other from being found (S40).
func TestS40NameThatCannotBeAskedForIsTheOnlyOne(t *testing.T) {
	for _, status := range []int{400, 403, 409, 500} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeInstance(many(2600, 0)...)
			f.fail["/organizations/team-1500"] = status
			c := newTestClient(t, f.ServeHTTP)
			found, err := c.FindOrganizations(t.Context(), []string{"team-3", "team-1400", "team-1500"})
			e, ok := errors.AsType[*NamesError](err)
			if !ok || len(e.ByName) != 1 || e.ByName["team-1500"] == nil || len(found) != 2 || found["team-1400"].ID != "org_1400" {
				t.Errorf("%d: %v, %v", status, found, err)
			}
			if !strings.HasPrefix(err.Error(), "team-1500: GET /organizations/{organization_id}: ") || len(e.Unwrap()) != 1 {
				t.Errorf("%d: %v", status, err)
			}
			f.fail["/organization_roles"], f.fail["/organizations/team-1500"] = 401, 401
			if found, err := c.FindOrganizations(t.Context(), []string{"team-1400", "team-1500"}); !StopsRun(err) || errors.As(err, &e) {
				t.Errorf("%v, %v, want what stops the run", found, err)
			}
		})
	}
}

func TestArgumentsOfListingsAreChecked(t *testing.T) {
	c := newTestClient(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	if _, err := c.ListMemberships(t.Context(), []Organization{{ID: "acme"}}); !isArgumentError(err) {
		t.Errorf("a slug was taken for an id: %v", err)
	}
}
