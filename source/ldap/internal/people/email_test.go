package people

import (
	"slices"
	"testing"

	"rollcall/source/ldap/internal/wire"
)

// The primary address is the one with SMTP: in capitals, in every order of the
// values. Without one the choice does not depend on the order either.
func TestPrimaryOfProxyAddresses(t *testing.T) {
	mail, err := ParseEmailTemplate("{mail|proxyAddresses}")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mapper{Config: &Config{Email: mail}}
	for _, c := range []struct {
		values []string
		want   string
	}{
		{[]string{"smtp:a.old@corp.example", "SMTP:ben@corp.example", "x500:/o=x", "smtp:z@corp.example"}, "ben@corp.example"},
		{[]string{"smtp:b@corp.example", "smtp:a@corp.example"}, "a@corp.example"},
		{[]string{"SMTP:b@corp.example", "SMTP:c@corp.example"}, "b@corp.example"},
		{[]string{"smtp:ben@corp.example", "SMTP:broken"}, "ben@corp.example"},
	} {
		for range 2 {
			slices.Reverse(c.values)
			list, _ := m.addresses(&wire.Entry{Attrs: []wire.Attribute{{Name: "proxyAddresses", Values: c.values}}})
			if len(list) == 0 || list[0] != c.want {
				t.Errorf("%q: %q, want %s first", c.values, list, c.want)
			}
		}
	}
	// Plain addresses keep the order that the directory gives them.
	list, _ := m.addresses(&wire.Entry{Attrs: []wire.Attribute{{Name: "mail", Values: []string{"z@corp.example", "a@corp.example"}}}})
	if len(list) != 2 || list[0] != "z@corp.example" {
		t.Errorf("got %q", list)
	}
}
