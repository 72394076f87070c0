package assign

import (
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// day is noon so many days from then.
func day(n int) time.Time { return noon.AddDate(0, 0, n) }

// Somebody is over in an organization when all periods are, and the last of them
// is the one that is named, in whatever order they stand and come (S28).
func TestS28WhichPeriodWasTheLast(t *testing.T) {
	first, second, third := &source.Period{End: day(-3)}, &source.Period{End: day(-2)}, &source.Period{End: day(-1)}
	ahead, open := &source.Period{Start: day(1)}, &source.Period{Start: day(-1)}
	for name, x := range map[string]struct {
		periods [][]*source.Period // one list for each assignment
		last    *source.Period
	}{
		"no dates":               {[][]*source.Period{nil}, nil},
		"one":                    {[][]*source.Period{{first}}, first},
		"in order":               {[][]*source.Period{{first, second}}, second},
		"out of order":           {[][]*source.Period{{third, first}}, third},
		"of two assignments":     {[][]*source.Period{{first}, {second}}, second},
		"of two, the later one":  {[][]*source.Period{{third}, {second}}, third},
		"one is to come":         {[][]*source.Period{{first, ahead}}, nil},
		"one has no end":         {[][]*source.Period{{first, open}}, nil},
		"of two, one is to come": {[][]*source.Period{{second}, {ahead}}, second}, // NotToday knows of the other
	} {
		a := &Assignments{Now: noon, by: map[string][]Assignment{}, Expired: map[string]map[*directory.Person]*source.Period{}}
		p := &directory.Person{}
		for _, terms := range x.periods {
			a.expired("acme", p, terms)
		}
		if got := a.Expired["acme"][p]; got != x.last {
			t.Errorf("%s: %+v, want %+v", name, got, x.last)
		}
		if _, fed := a.by["acme"]; fed != (x.last != nil) {
			t.Errorf("%s: fed %t", name, fed)
		}
	}
}

// When an entitlement begins and when it ends: the end is the last of all, and
// there is none where any assignment has none (S28).
func TestS28WhenAnEntitlementEnds(t *testing.T) {
	soon, late, open := &source.Period{End: day(1)}, &source.Period{Start: day(2), End: day(3)}, &source.Period{Start: day(4)}
	of := func(periods ...*source.Period) Assignment { return Assignment{Periods: periods} }
	for name, x := range map[string]struct {
		list []Assignment
		ends *source.Period
	}{
		"one":                {[]Assignment{of(soon)}, soon},
		"two periods":        {[]Assignment{of(late, soon)}, late},
		"two assignments":    {[]Assignment{of(soon), of(late)}, late},
		"one without an end": {[]Assignment{of(soon, open)}, nil},
		"one without dates":  {[]Assignment{of(soon), of()}, nil},
	} {
		w := &Entitlement{Periods: &Periods{List: x.list}}
		if got := w.Ends(); got != x.ends {
			t.Errorf("%s: %+v, want %+v", name, got, x.ends)
		}
	}
	if (&Entitlement{}).Ends() != nil {
		t.Error("an entitlement without dates ends")
	}
	shared := Reason{SharedReason: &SharedReason{rank: 7}}
	for name, x := range map[string]struct {
		periods *Periods
		start   int64
	}{
		"no dates":     {nil, 0},
		"begins later": {&Periods{Begins: day(2), Since: day(-9)}, day(2).Unix()},
		"has begun":    {&Periods{Since: day(-1)}, day(-1).Unix()},
		"always":       {&Periods{}, 0},
	} {
		if got, want := PriorityOf(&Entitlement{Periods: x.periods, Reason: shared}), (plan.Priority{Rule: 7, Start: x.start}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// An organization that only earlier runs fed waits: for the source that fed it,
// where that cannot be read (S14), and else until the configuration says what is
// meant (S15).
func TestS14WhatAnOrganizationOfThePastWaitsFor(t *testing.T) {
	fact := memory.OrganizationFact{Slug: "acme", Sources: []string{"hr", "crm"}}
	for name, x := range map[string]struct {
		failed string
		retire map[string]policy.Retire
		want   plan.Reason
	}{
		"nothing is said":                 {"", nil, plan.MissingGroup},
		"to be retired":                   {"", map[string]policy.Retire{"acme": policy.RetireRemove}, 0},
		"to be retired, by id":            {"", map[string]policy.Retire{"org_a": policy.RetireRemove}, 0},
		"another is to be retired":        {"", map[string]policy.Retire{"beta": policy.RetireRemove}, plan.MissingGroup},
		"its source failed":               {"crm", nil, plan.FailedSource},
		"its source failed, and retired":  {"crm", map[string]policy.Retire{"acme": policy.RetireRemove}, plan.FailedSource},
		"another source failed":           {"ad", nil, plan.MissingGroup},
		"another source failed, retired ": {"ad", map[string]policy.Retire{"acme": policy.RetireRemove}, 0},
	} {
		a := &Assignments{pastBlocks: map[string][]plan.Block{}, Read: &directory.Reading{Failed: map[string]bool{x.failed: true}}, config: policy.Config{Retire: x.retire}}
		pastHolds{a}.blockFedBefore("org_a", fact)
		var got plan.Reason
		if blocks := a.pastBlocks["org_a"]; len(blocks) == 1 {
			got = blocks[0].Reason
		}
		if got != x.want || len(a.pastBlocks["org_a"]) > 1 {
			t.Errorf("%s: %+v", name, a.pastBlocks)
		}
	}
}
