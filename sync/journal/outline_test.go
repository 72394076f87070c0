package journal

import (
	"testing"
)

// A key from the file is that of the change, whatever the change holds.
func TestOutlinesHaveTheKeysOfTheirChanges(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	run := begin(t, db)
	written := []Change{fullChange(1), {}, {Action: "add", Organization: "o", Email: "a@corp.example"}, {Action: "add", UserID: "u\x00x", Email: "e"},
		{Action: "add", Source: "hr", PersonID: "ä\x00ß", UserID: "u", From: "'; --", To: "%", Public: []byte(`{"a":[1,2.50]}`), Private: []byte("null")}}
	ids, err := db.Intend(t.Context(), run, written)
	must(t, err)
	must(t, db.Record(t.Context(), []Outcome{{ID: ids[0], Result: Done}}))
	changes, err := db.Changes(t.Context(), run)
	must(t, err)
	outlines, err := db.Outlines(t.Context(), run)
	must(t, err)
	if len(outlines) != len(written) {
		t.Fatalf("%d outlines of %d changes", len(outlines), len(written))
	}
	for i := range changes {
		c := &changes[i]
		diff(t, "outline", Outline{c.ID, c.Key(), c.Admin, c.Result}, outlines[i])
	}
	some, err := db.ByID(t.Context(), []int64{ids[4], ids[1], 99})
	must(t, err)
	diff(t, "by number", []Change{changes[1], changes[4]}, some)
	if none, err := db.ByID(t.Context(), nil); err != nil || len(none) != 0 {
		t.Error(none, err)
	}
}

// The same person is found again after their account was made, and a value that is
// another is another change.
func TestKeysTellChangesApart(t *testing.T) {
	same := Change{Action: "remove", Organization: "org_1", Email: "ben@corp.example", Source: "hr", PersonID: "2", From: "org:member"}
	with := func(change func(*Change)) *Change { c := same; change(&c); return &c }
	for name, x := range map[string]struct {
		other *Change
		same  bool
	}{
		"another address":      {with(func(c *Change) { c.Email, c.UserID = "b@corp.example", "user_2" }), true},
		"another reason":       {with(func(c *Change) { c.Because = "left" }), true},
		"another person":       {with(func(c *Change) { c.PersonID = "3" }), false},
		"another source":       {with(func(c *Change) { c.Source = "corp" }), false},
		"another organization": {with(func(c *Change) { c.Organization = "org_2" }), false},
		"another role":         {with(func(c *Change) { c.From = "org:admin" }), false},
		"another value":        {with(func(c *Change) { c.Public = []byte(`{"a":1}`) }), false},
	} {
		if got := same.Key() == x.other.Key(); got != x.same {
			t.Errorf("%s: the same %t", name, got)
		}
	}
}
