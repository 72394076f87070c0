package diff

import (
	"slices"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/plan"
)

// severalSourced says that the people come from two sources.
func severalSourced(w *wishing) {
	w.people.Directory = &directory.Directory{Snapshots: []*source.Snapshot{{Source: "hr"}, {Source: "crm"}}}
}

// Of the people of one user one is placed: who may come today before who begins
// later, an id before an address alone, then the higher rule. What an address
// alone brings changes no metadata (S01).
func TestS01WhoOfAUsersPeopleIsPlaced(t *testing.T) {
	role := func(id, role string, change ...func(*assign.Entitlement)) assign.Entitlement {
		w := wish(id, "u1")
		w.Role, w.Public = role, map[string]any{"from": role, role: true}
		for _, c := range change {
			c(&w)
		}
		return w
	}
	bare := func(w *assign.Entitlement) { w.Person.ID = "" }
	later := func(w *assign.Entitlement) { w.Periods = &assign.Periods{Begins: time.Unix(1e10, 0)} }
	for name, x := range map[string]struct {
		wants []assign.Entitlement
		role  string
		keys  int
		notes int
	}{
		"one":                                  {[]assign.Entitlement{role("1", "a")}, "a", 2, 0},
		"two with ids":                         {[]assign.Entitlement{role("1", "a"), role("2", "b")}, "a", 3, 1},
		"two with ids, one role":               {[]assign.Entitlement{role("1", "a"), role("2", "a")}, "a", 2, 0},
		"an id after an address":               {[]assign.Entitlement{role("1", "a", bare), role("2", "b")}, "b", 2, 1},
		"an id before an address":              {[]assign.Entitlement{role("1", "a"), role("2", "b", bare)}, "a", 2, 1},
		"one begins later":                     {[]assign.Entitlement{role("1", "a", later), role("2", "b")}, "b", 3, 1},
		"an id that begins later, an address":  {[]assign.Entitlement{role("1", "a", later), role("2", "b", bare)}, "b", 3, 1},
		"an address that begins later, and id": {[]assign.Entitlement{role("1", "a"), role("2", "b", bare, later)}, "a", 2, 1},
	} {
		w := newWishing("managed", nil)
		severalSourced(w)
		f := &Findings{}
		placed := w.onePerUser(x.wants, f)
		if len(placed) != 1 || placed[0].Role != x.role || len(placed[0].Public) != x.keys || placed[0].Public["from"] != x.role || len(f.notes) != x.notes {
			t.Errorf("%s: %+v, notes %+v", name, placed, f.notes)
		}
	}
	waits := []assign.Entitlement{wish("1", "", troubled("S06", false)), wish("1", "", troubled("S06", false)), wish("3", "u3"), wish("4", "u3")}
	w := newWishing("managed", nil)
	severalSourced(w)
	if placed := w.onePerUser(waits, &Findings{}); len(placed) != 3 {
		t.Errorf("people who wait are no one user's: %d placed", len(placed))
	}
}

// The ids of all people of a user are right in a marker, however many there are (S01).
func TestS01IDsOfAUsersPeople(t *testing.T) {
	w := newWishing("managed", nil)
	severalSourced(w)
	v := &identity.Resolver{Directory: w.people.Directory}
	for _, id := range []string{"1", "2", "3"} {
		v.People = append(v.People, wish(id, "u1").Person)
	}
	v.People = append(v.People, wish("4", "u4").Person, wish("5", "").Person, wish("6", "").Person)
	want := []plan.DirectoryID{{Source: "hr", ID: "1"}, {Source: "hr", ID: "2"}, {Source: "hr", ID: "3"}}
	if got := idsOfUsers(v); len(got) != 1 || !slices.Equal(got["u1"], want) {
		t.Errorf("%v", got)
	}
}
