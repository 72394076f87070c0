package guard

import (
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/diff"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// ranked are sources in the order of the configuration.
func ranked(names ...string) []source.Source {
	var all []source.Source
	for _, name := range names {
		all = append(all, fake.HR().Named(name))
	}
	return all
}

// A source that could not be read may come first for attributes where another one
// stands below it. Earlier runs know better which sources an organization has,
// unless their state is not of this instance (S14).
func TestS14WhoMayOutrank(t *testing.T) {
	known := func(begun, foreign bool, sources ...string) *memory.Memory {
		return &memory.Memory{Begun: begun, Foreign: foreign, Organizations: map[string]memory.OrganizationFact{"org_a": {Sources: sources}}}
	}
	byGroup := func(source string, here ...string) *memory.Memory { // of a state that began with markers
		m := known(true, true, here...)
		m.Groups = map[string]memory.GroupFact{source + "\x1fstaff": {Organizations: []string{"org_b"}}}
		return m
	}
	for name, x := range map[string]struct {
		sources, failed []string
		memory          *memory.Memory
		want            bool
	}{
		"the first of two":                         {[]string{"a", "b"}, []string{"a"}, nil, true},
		"the last of two":                          {[]string{"a", "b"}, []string{"b"}, nil, false},
		"the only one":                             {[]string{"a"}, []string{"a"}, nil, false},
		"both":                                     {[]string{"a", "b"}, []string{"a", "b"}, nil, false},
		"the second of three":                      {[]string{"a", "b", "c"}, []string{"b"}, nil, true},
		"another one":                              {[]string{"a", "b"}, []string{"c"}, nil, false},
		"known here, last in the list":             {[]string{"a", "b"}, []string{"b"}, known(true, false, "a", "b"), true},
		"not known here, first in the list":        {[]string{"a", "b"}, []string{"a"}, known(true, false, "b"), false},
		"a state that did not begin":               {[]string{"a", "b"}, []string{"a"}, known(false, false, "b"), true},
		"a state that does not know its members":   {[]string{"a", "b"}, []string{"a"}, known(true, true, "b"), true},
		"such a state, and the last of the list":   {[]string{"a", "b"}, []string{"b"}, known(true, true, "b"), false},
		"a group of it leads elsewhere":            {[]string{"a", "b"}, []string{"a"}, byGroup("a"), false},
		"a group of it leads here":                 {[]string{"a", "b"}, []string{"b"}, byGroup("b", "b"), true},
		"a group of one of two leads elsewhere":    {[]string{"a", "b", "c"}, []string{"a", "b"}, byGroup("a"), true},
		"no begun state, and the last of the list": {[]string{"a", "b"}, []string{"b"}, known(false, false, "b"), false},
	} {
		failed := map[string]bool{}
		for _, f := range x.failed {
			failed[f] = true
		}
		if got := (&Judge{Sources: ranked(x.sources...)}).mayOutrank("org_a", failed, x.memory); got != x.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// What waits for a source that could not be read: what takes something that the
// source may still want (S09, S14).
func TestS09WhatWaitsForAFailedSource(t *testing.T) {
	for name, x := range map[string]struct {
		change   plan.Change
		outranks bool
		want     bool
	}{
		"removal of one of its people":          {plan.Change{Action: plan.Remove, Source: "a"}, false, true},
		"removal of another source's":           {plan.Change{Action: plan.Remove, Source: "b"}, false, false},
		"removal of nobody's":                   {plan.Change{Action: plan.Remove}, false, false},
		"demotion of one of its people":         {plan.Change{Action: plan.SetRole, Admin: plan.AdminLost, Source: "a"}, false, true},
		"end of an invitation of its":           {plan.Change{Action: plan.RevokeInvitation, Source: "a"}, false, true},
		"end of another source's invitation":    {plan.Change{Action: plan.RevokeInvitation, Source: "b"}, false, false},
		"add of one of its people":              {plan.Change{Action: plan.Add, Source: "a"}, false, false},
		"metadata that lose a key":              {plan.Change{Action: plan.SetMetadata, Source: "b", Nulls: 1}, false, true},
		"metadata":                              {plan.Change{Action: plan.SetMetadata, Source: "b"}, false, false},
		"metadata that it may fill better":      {plan.Change{Action: plan.SetMetadata, Source: "b"}, true, true},
		"an add, where it may come first":       {plan.Change{Action: plan.Add, Source: "b"}, true, false},
		"another removal, where it comes first": {plan.Change{Action: plan.Remove, Source: "b"}, true, false},
	} {
		sources := ranked("b", "a")
		if x.outranks {
			sources = ranked("a", "b")
		}
		o := &organization{evidence: &evidence{Judge: &Judge{Sources: sources}, compared: &diff.Comparison{}, failed: map[string]bool{"a": true}}, plan: &plan.Organization{ID: "org_a"}}
		found := failedSources(o)
		if len(found) != 1 {
			t.Fatal(found)
		}
		x.change.State = plan.Ready
		if got := found[0].concerns(&x.change); got != x.want {
			t.Errorf("%s: waits %t", name, got)
		}
		if x.change.State = plan.Held; found[0].concerns(&x.change) {
			t.Errorf("%s: waits twice", name)
		}
	}
}

// A member without a marker waits for a failed source that shares its ids, unless
// earlier runs know that it knew nobody in the organization (S14).
func TestS14WhoWaitsToBeIdentified(t *testing.T) {
	knows := func(sources ...string) *memory.Memory {
		return &memory.Memory{Begun: true, Organizations: map[string]memory.OrganizationFact{"org_a": {Sources: sources}}}
	}
	shared := map[string]string{"a": "a", "b": "a"}
	for name, x := range map[string]struct {
		same   map[string]string
		memory *memory.Memory
		failed string
		want   bool
	}{
		"ids of its own":             {nil, nil, "a", false},
		"ids of its own, known here": {nil, knows("a"), "a", false},
		"shared ids, no history":     {shared, nil, "a", true},
		"shared ids, nothing known":  {shared, &memory.Memory{}, "b", true},
		"shared ids, known here":     {shared, knows("a", "b"), "b", true},
		"shared ids, not known here": {shared, knows("b"), "a", false},
		"others share, it does not":  {shared, nil, "c", false},
	} {
		o := &organization{evidence: &evidence{Judge: &Judge{Config: policy.Config{SameIDs: x.same}, Sources: ranked("a", "b", "c")},
			compared: &diff.Comparison{Memory: x.memory}, failed: map[string]bool{x.failed: true}}, plan: &plan.Organization{ID: "org_a"}}
		for _, c := range []plan.Change{{Action: plan.Remove, State: plan.Ready}, {Action: plan.Remove, Source: x.failed, State: plan.Ready}, {Action: plan.Remove, Source: "read", State: plan.Ready}} {
			want := x.want && c.Source == "" || c.Source == x.failed
			if got := failedSources(o)[0].concerns(&c); got != want {
				t.Errorf("%s: the removal of source %q waits %t", name, c.Source, got)
			}
		}
	}
}

// A removal waits where the configuration has lost the source of its marker, and
// so does the end of an invitation (S15).
func TestS15WhatWaitsForALostSource(t *testing.T) {
	act := func(a plan.Action, source string, s plan.State) plan.Change {
		return plan.Change{Action: a, Source: source, State: s}
	}
	gone, ended := act(plan.Remove, "old", plan.Ready), act(plan.RevokeInvitation, "old", plan.Ready)
	changes := []plan.Change{gone, ended, act(plan.Remove, "older", plan.Ready), act(plan.Remove, "a", plan.Ready), act(plan.Remove, "", plan.Ready),
		act(plan.Add, "oldest", plan.Ready), act(plan.Remove, "oldest", plan.Skipped)}
	o := &organization{evidence: &evidence{Judge: &Judge{}, configured: map[string]bool{"a": true}}, plan: &plan.Organization{Changes: changes},
		proposal: &diff.Proposal{Organization: &roster.Organization{}}}
	found := lostSources(o)
	if len(found) != 2 {
		t.Fatalf("%d findings: %+v", len(found), found)
	}
	held, added := gone, act(plan.Add, "old", plan.Ready)
	held.State = plan.Held
	for name, x := range map[string]struct {
		change plan.Change
		want   bool
	}{"removal": {gone, true}, "end of an invitation": {ended, true}, "of another source": {changes[2], false}, "held already": {held, false}, "add": {added, false}} {
		if got := found[0].concerns(&x.change); got != x.want {
			t.Errorf("%s: waits %t", name, got)
		}
	}
}

// A pause leaves out what would go, and says how it ends (S25).
func TestS25PauseOfAnOrganization(t *testing.T) {
	for paused, resume := range map[string]string{"": "rollcall resume", "org_a": "rollcall resume acme"} {
		db, err := journal.Open(t.Context(), t.TempDir(), journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.Pause(t.Context(), journal.Pause{Organization: paused, Since: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}); err != nil {
			t.Fatal(err)
		}
		m, err := (&memory.Store{Journal: db, Remembers: true, Now: time.Now, Clerk: fake.NewClerk()}).Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o := &organization{evidence: &evidence{compared: &diff.Comparison{Memory: m}}, plan: removals(ready, func(c *plan.Change) { c.Skip(plan.Protected) }, func(c *plan.Change) { c.Hold(plan.MissingGroup) })}
		o.plan.Slug = "acme"
		pause(o)
		if c := o.plan.Changes; c[0].SkippedFor() != plan.Paused || c[1].SkippedFor() != plan.Protected || c[2].State != plan.Held {
			t.Errorf("%q: %+v", paused, c)
		}
		want := "paused by somebody since 2026-03-02T10:00:00Z: no reason given; nothing changes here until " + resume
		if n := o.plan.Notes; len(n) != 1 || n[0].Text != want {
			t.Errorf("%q: notes %+v, want %q", paused, n, want)
		}
	}
}

// A member without a marker may be somebody whom a failed source knows by the
// same id as another source (S14).
func TestS14MembersWithoutMarkerWaitForSharedIDs(t *testing.T) {
	for _, shared := range []bool{false, true} {
		judge := &Judge{Sources: ranked("b", "a")}
		if shared {
			judge.Config.SameIDs = map[string]string{"a": "b", "b": "b"}
		}
		o := &organization{evidence: &evidence{Judge: judge, compared: &diff.Comparison{}, failed: map[string]bool{"a": true}}, plan: &plan.Organization{ID: "org_a"}}
		if got := failedSources(o)[0].concerns(&plan.Change{Action: plan.Remove, State: plan.Ready}); got != shared {
			t.Errorf("shared ids %t: waits %t", shared, got)
		}
	}
}
