package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"rollcall/clerkapi/internal/pages"
)

func TestPagesAreReadInASafeOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var offsets []int
		rows := members("org_a", 2300)
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			offsets = append(offsets, intQuery(r, "offset"))
			mu.Unlock()
			if !strings.Contains(r.URL.RawQuery, "order_by=%2Bcreated_at") || intQuery(r, "limit") != 500 {
				t.Errorf("asked with %s", r.URL.RawQuery)
			}
			slicePage(w, r, rows)
		})
		got, err := membershipList("org_a").All(t.Context(), c.sender)
		if err != nil || len(got) != 2300 {
			t.Fatalf("%d, %v", len(got), err)
		}
		for i := range got {
			if got[i].ID != fmt.Sprintf("orgmem_org_a_%d", i) {
				t.Fatalf("row %d is %s", i, got[i].ID)
			}
		}
		if len(offsets) != 5 || offsets[0] != 0 || offsets[4] != 2000 {
			t.Errorf("pages were read at %v, want the first first and the last last", offsets)
		}
	})
}

// Faults of a listing of 1,500 records, and its result. The result must never be
// a short list without an error.
func TestS16ListingFaults(t *testing.T) {
	rows := members("org_a", 1500)
	page := func(w http.ResponseWriter, from, to, total int) { reply(w, 200, pageJSON(rows[from:to], total)) }
	cases := []struct {
		name   string
		answer func(w http.ResponseWriter, offset, request int)
		want   string // part of the error; empty: whole
		rows   int
	}{
		{"sound", func(w http.ResponseWriter, o, _ int) { page(w, o, o+500, 1500) }, "", 1500},
		{"503 on page 3 for good", func(w http.ResponseWriter, o, _ int) {
			if o == 1000 {
				refuse(w, 503, "service_unavailable")
				return
			}
			page(w, o, o+500, 1500)
		}, "503 service_unavailable", 0},
		{"503 on page 2 for good", func(w http.ResponseWriter, o, _ int) {
			if o == 500 {
				refuse(w, 503, "service_unavailable")
				return
			}
			page(w, o, o+500, 1500)
		}, "503 service_unavailable", 0},
		{"503 once", func(w http.ResponseWriter, o, n int) {
			if n == 2 {
				refuse(w, 503, "service_unavailable")
				return
			}
			page(w, o, o+500, 1500)
		}, "", 1500},
		{"repeated rows for good", func(w http.ResponseWriter, o, _ int) {
			shift := min(o, 1)
			page(w, o-shift, o-shift+500, 1500)
		}, "read 1499 of 1500", 0},
		{"repeated rows once", func(w http.ResponseWriter, o, n int) {
			shift := 0
			if n == 2 {
				shift = 1
			}
			page(w, o-shift, o-shift+500, 1500)
		}, "", 1500},
		{"short page for good", func(w http.ResponseWriter, o, _ int) {
			page(w, o, min(o+500, 990+o/2), 1500)
		}, "read 1490 of 1500", 0},
		{"count goes down and up", func(w http.ResponseWriter, o, _ int) {
			total := 1500
			if o == 500 {
				total = 1499
			}
			page(w, o, o+500, total)
		}, "read 1500 of 1500", 0},
		{"shrinks for good", func(w http.ResponseWriter, o, n int) {
			total := 1500 - n
			page(w, o, min(total, o+500), total)
		}, "records", 0},
		{"cut body for good", func(w http.ResponseWriter, o, _ int) {
			if o == 500 {
				reply(w, 200, `{"data":[`)
				return
			}
			page(w, o, o+500, 1500)
		}, "unusable answer", 0},
		{"no total_count", func(w http.ResponseWriter, _, _ int) { reply(w, 200, `{"data":[]}`) }, "missing", 0},
		{"null data", func(w http.ResponseWriter, _, _ int) { reply(w, 200, `{"data":null,"total_count":0}`) }, "missing", 0},
		{"other JSON", func(w http.ResponseWriter, _, _ int) { reply(w, 200, `{}`) }, "missing", 0},
		{"a login page", func(w http.ResponseWriter, _, _ int) { reply(w, 200, `<html>`) }, "not valid JSON", 0},
		{"wrong type", func(w http.ResponseWriter, _, _ int) { reply(w, 200, `{"data":[{"id":7}],"total_count":1}`) }, "wrong type", 0},
		{"row without id", func(w http.ResponseWriter, _, _ int) {
			reply(w, 200, `{"data":[{"role":"r","public_user_data":{"user_id":"u"}}],"total_count":1}`)
		}, "has no id or no role", 0},
		{"row without role", func(w http.ResponseWriter, _, _ int) {
			reply(w, 200, `{"data":[{"id":"orgmem_1","public_user_data":{"user_id":"u"}}],"total_count":1}`)
		}, "has no id or no role", 0},
		{"row without user", func(w http.ResponseWriter, _, _ int) {
			reply(w, 200, `{"data":[{"id":"orgmem_1","role":"r"},{"id":"orgmem_2","role":"r","public_user_data":null},{"id":"orgmem_3","role":"r","public_user_data":{}}],"total_count":3}`)
		}, "", 3},
		{"metadata is a list", func(w http.ResponseWriter, _, _ int) {
			reply(w, 200, `{"data":[{"id":"orgmem_1","role":"r","public_user_data":{"user_id":"u"},"public_metadata":[]}],"total_count":1}`)
		}, "not an object", 0},
		{"another organization's rows", func(w http.ResponseWriter, _, _ int) {
			reply(w, 200, pageJSON(members("org_b", 1), 1))
		}, "asked for the memberships of org_a", 0},
		{"offset past the end", func(w http.ResponseWriter, _, _ int) { reply(w, 200, `{"data":[],"total_count":3}`) }, "read 0 of 3", 0},
		{"empty", func(w http.ResponseWriter, _, _ int) { reply(w, 200, `{"data":[],"total_count":0}`) }, "", 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				request := 0
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					request++
					tc.answer(w, intQuery(r, "offset"), request)
				})
				got, err := membershipList("org_a").All(t.Context(), c.sender)
				if tc.want == "" {
					if err != nil || len(got) != tc.rows {
						t.Errorf("%d rows, %v", len(got), err)
					}
					return
				}
				if err == nil || got != nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%d rows, error %v, want %q", len(got), err, tc.want)
				}
			})
		})
	}
}

func TestS09CancelledListingIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rows := members("org_a", 3000)
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		if intQuery(r, "offset") == 1500 {
			cancel()
		}
		slicePage(w, r, rows)
	})
	if got, err := membershipList("org_a").All(ctx, c.sender); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("%d rows, %v", len(got), err)
	}
	if l, err := c.ListMemberships(ctx, []Organization{{ID: "org_a", Members: 3000}}); !errors.Is(err, context.Canceled) || l != nil {
		t.Errorf("%v, %v", l, err)
	}
}

func TestListThatGrowsIsFollowed(t *testing.T) { synctest.Test(t, growingLists) }

func growingLists(t *testing.T) {
	all := members("org_a", 1600)
	size := 1000
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		if intQuery(r, "offset") == 500 {
			size = 1600
		}
		slicePage(w, r, all[:size])
	})
	if got, err := membershipList("org_a").All(t.Context(), c.sender); err != nil || len(got) != 1600 {
		t.Errorf("%d rows, %v", len(got), err)
	}
	// A list that never stops growing is an error.
	n := 500
	var mu sync.Mutex
	c = newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n += 600
		reply(w, 200, pageJSON(all[:500], n))
	})
	_, err := membershipList("org_a").All(t.Context(), c.sender)
	if _, ok := errors.AsType[*IncompleteError](err); !ok {
		t.Errorf("%v, want an IncompleteError", err)
	}
}

// Rows appear and disappear at random between pages. The result may lack a row
// that slipped between two pages. It never shows a row twice and is never
// shorter than Clerk's last count.
func TestS16ListingUnderRandomChange(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := members("org_a", rapid.IntRange(0, 2000).Draw(rt, "rows"))
		changes := rapid.SliceOfN(rapid.IntRange(-3, 3), 0, 30).Draw(rt, "changes")
		place := rapid.IntRange(0, 1<<20).Draw(rt, "place")
		next, last := 2000, 0
		var mu sync.Mutex
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if len(changes) > 0 {
				for range max(0, changes[0]) {
					rows = append(rows, memberJSON("org_a", next))
					next++
				}
				for range min(-changes[0], len(rows)) {
					at := place % len(rows)
					rows = slices.Delete(rows, at, at+1)
				}
				changes = changes[1:]
			}
			last = len(rows)
			slicePage(w, r, rows)
		})
		got, err := membershipList("org_a").All(context.Background(), c.sender)
		if _, incomplete := errors.AsType[*IncompleteError](err); incomplete {
			return
		}
		if err != nil || len(got) != last {
			rt.Fatalf("%d rows of %d, %v", len(got), last, err)
		}
		if again := len(pages.Unique(slices.Clone(got), func(m *Membership) string { return m.ID })); again != len(got) {
			rt.Fatalf("%d rows, %d different ones", len(got), again)
		}
	})
}
