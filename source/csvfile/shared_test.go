package csvfile

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/source"
)

// Somebody who may write their own address may write that of a colleague. The file stays
// readable: two ids are two people, and package sync says that the address belongs to
// nobody (S06). Who asks for the address gets both of them.
func TestS02TwoIDsWithOneAddressAreTwoPeople(t *testing.T) {
	want := source.Request{Groups: []source.Selector{{Name: "a"}}, Also: []string{"Ann@corp.example"}}
	s := mustRead(t, "id,email,groups\n1,ann@corp.example,a\n2,Ann@corp.example,b\n1,ann@corp.example,c\n3,ben@corp.example,a\n", peopleForm(), want)
	if got := labels(s); got != "ann@corp.example ann@corp.example ben@corp.example" || s.People[0].ID != "1" || s.People[1].ID != "2" {
		t.Errorf("got %s", got)
	}
	s = mustRead(t, "id,email,org,role\n1,ann@corp.example,acme,m\n2,ann@corp.example,acme,a\n", membershipForm(), source.Request{})
	if len(s.People) != 2 || len(s.Rows) != 2 || s.Rows[0].Role != "m" || s.Rows[1].Role != "a" {
		t.Errorf("got %v, %v", s.People, s.Rows)
	}
}

// A column of which many cells are the same is damaged, and says nothing of anybody (S14).
func TestS14ManySharedAddressesAreDamage(t *testing.T) {
	for n, damaged := range map[int]bool{mostShared: false, mostShared + 1: true} {
		var text strings.Builder
		text.WriteString("id,email,groups\n")
		for i := range n {
			fmt.Fprintf(&text, "%d,p%d@corp.example,a\nx%d,p%d@corp.example,a\n", i, i, i, i)
		}
		if _, err := read(t, text.String(), peopleForm(), source.Request{}); isDamage(err) != damaged {
			t.Errorf("%d people with the address of another one: %v", n, err)
		}
	}
}
