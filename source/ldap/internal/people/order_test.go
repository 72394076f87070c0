package people

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/source/internal/dates"
	"rollcall/source/ldap/internal/wire"
)

// The order in which a server gives the values of an attribute changes nothing
// of a person; other values do.
func TestOrderOfValuesIsNoChange(t *testing.T) {
	mail, err := ParseEmailTemplate("proxyAddresses")
	if err != nil {
		t.Fatal(err)
	}
	config := &Config{Email: mail, OtherEmails: []string{"alias"}, Dates: dates.NewReader("", "")}
	chosen := ChooseSchema(config, KindOpenLDAP)
	m := &Mapper{Config: config, Schema: &chosen, Kind: KindOpenLDAP, Requested: []string{"ou", "title"}}
	entry := func(values ...string) *wire.Entry {
		e := &wire.Entry{DN: "uid=ben", Attrs: []wire.Attribute{
			{Name: "entryUUID", Values: []string{"id"}}, {Name: "ou", Values: append(values, "Sales", "Ops", "IT")},
			{Name: "proxyAddresses", Values: []string{"smtp:b@corp.example", "SMTP:ben@corp.example", "smtp:c@corp.example"}},
			{Name: "alias", Values: []string{"x@corp.example", "d@corp.example"}},
		}}
		for _, a := range e.Attrs {
			rand.Shuffle(len(a.Values), func(i, j int) { a.Values[i], a.Values[j] = a.Values[j], a.Values[i] })
		}
		slices.Reverse(e.Attrs)
		return e
	}
	want, why := m.Person(entry())
	if why != "" || want.Email != "ben@corp.example" {
		t.Fatal(want, why)
	}
	for range 20 {
		got, _ := m.Person(entry())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
	if other, _ := m.Person(entry("HR")); cmp.Equal(want, other) {
		t.Error("another value is no change")
	}
}
