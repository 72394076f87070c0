package people

import (
	"fmt"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
)

// However many addresses somebody writes, so many are read; the first one counts.
func TestAddressesOfOnePersonAreBounded(t *testing.T) {
	template, err := ParseEmailTemplate("mail")
	if err != nil {
		t.Fatal(err)
	}
	e := &wire.Entry{Attrs: []wire.Attribute{{Name: "mail"}, {Name: "other"}}}
	for i := range 60_000 {
		e.Attrs[0].Values = append(e.Attrs[0].Values, fmt.Sprintf("a%d@corp.example", i))
		e.Attrs[1].Values = append(e.Attrs[1].Values, fmt.Sprintf("b%d@corp.example", i))
	}
	m := &Mapper{Config: &Config{Email: template, OtherEmails: []string{"other"}}}
	if list, bad := m.addresses(e); len(list) != source.MostAddresses || list[0] != "a0@corp.example" || bad != 0 {
		t.Errorf("%d addresses, %d bad", len(list), bad)
	}
	e.Attrs[0].Values = e.Attrs[0].Values[:2]
	e.Attrs[1].Values = e.Attrs[1].Values[:3]
	if list, _ := m.addresses(e); len(list) != 5 {
		t.Errorf("%d addresses of five", len(list))
	}
}
