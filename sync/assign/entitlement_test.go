package assign

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/directory"
)

// What begins later adds nothing yet to what holds now, and what ended adds
// nothing any more; rules that hold together merge, the higher one first (S28).
func TestS28WhatHoldsTogetherMerges(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	ahead := []*source.Period{{Start: now.Add(time.Hour)}}
	later := []*source.Period{{Start: now.Add(2 * time.Hour)}}
	begun := []*source.Period{{Start: now.Add(-time.Hour)}}
	for name, x := range map[string]struct {
		high, low []*source.Period
		role      string
		keys      string
		notes     int
	}{
		"both without dates":         {nil, nil, "org:admin", "both=high high low", 1},
		"one begun, one without":     {begun, nil, "org:admin", "both=high high low", 1},
		"the lower begins later":     {nil, ahead, "org:admin", "both=high high", 0},
		"the higher begins later":    {ahead, nil, "org:member", "both=low low", 0},
		"both begin at once":         {ahead, ahead, "org:admin", "both=high high low", 1},
		"both begin, one before":     {later, ahead, "org:member", "both=low low", 0},
		"the lower begins after all": {ahead, later, "org:admin", "both=high high", 0},
	} {
		p := &directory.Person{Person: &source.Person{ID: "1", Email: "1@corp.example"}, From: &source.Snapshot{Source: "hr"}}
		give := func(key, role string, rank int32, terms []*source.Period) Assignment {
			return Assignment{person: p, Role: role, precedence: rank, Periods: terms, public: map[string]any{"both": key, key: true}, Reason: Reason{SharedReason: &SharedReason{Text: key}}}
		}
		a := &Assignments{Now: now, by: map[string][]Assignment{"acme": {give("low", "org:member", 2, x.low), give("high", "org:admin", 1, x.high)}}}
		got, notes := a.Entitlements("org_a", []string{"acme"})
		if len(got) != 1 {
			t.Fatalf("%s: %d wants", name, len(got))
		}
		var keys []string
		for _, k := range slices.Sorted(maps.Keys(got[0].Public)) {
			if k == "both" {
				k += "=" + got[0].Public[k].(string) //nolint:errcheck,forcetypeassert // made above
			}
			keys = append(keys, k)
		}
		if said := strings.Join(keys, " "); got[0].Role != x.role || said != x.keys || len(notes) != x.notes {
			t.Errorf("%s: %s with %s, notes %+v", name, got[0].Role, said, notes)
		}
	}
}
