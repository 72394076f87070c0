package demo

import (
	"bytes"
	"encoding/csv"
	"testing"

	"rollcall/clerkapi/sandbox"
)

// The company is what the documentation says, and every kind of drift is in it.
func TestCompany(t *testing.T) {
	c := New()
	if len(c.people) != 300 || len(teams) != 8 {
		t.Fatalf("%d people in %d organizations", len(c.people), len(teams))
	}
	emails, kinds := map[string]bool{}, map[fate]int{}
	for i := range c.people {
		emails[c.people[i].email()] = true
		kinds[c.people[i].fate]++
	}
	if len(emails) != len(c.people) {
		t.Errorf("%d addresses for %d people", len(emails), len(c.people))
	}
	for f := steady; f <= renamed; f++ {
		if kinds[f] == 0 {
			t.Errorf("no person has fate %d", f)
		}
	}
	if err := c.Seed().Check(); err != nil {
		t.Error(err)
	}
	if _, err := sandbox.New(sandbox.Options{Seed: c.Seed()}); err != nil {
		t.Error(err)
	}
}

func TestTodayHasTheEmployed(t *testing.T) {
	data, err := New().Today()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	employed := 0
	for _, p := range New().people {
		if p.employed() {
			employed++
		}
	}
	if len(rows)-1 != employed {
		t.Errorf("%d rows for %d employed people", len(rows)-1, employed)
	}
}
