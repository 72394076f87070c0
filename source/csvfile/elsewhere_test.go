package csvfile

import (
	"testing"

	"rollcall/source"
)

// Who is in the file and in no group that was asked for is known, with the groups;
// who is in one stands in the snapshot, and who is in none of the rows is not known
// (S42).
func TestS42WhoIsInOtherGroupsHasNotLeft(t *testing.T) {
	const text = "id,email,groups,dept\n" +
		"1,ann@corp.example,staff;sales,\n" +
		"2,ben@corp.example,sales,\n" +
		"3,cleo@corp.example,,\n" +
		"4,dora@corp.example,support,\n" +
		"4,dora@corp.example,sales;support,\n" +
		"5,eve@corp.example,sales,\n" +
		"5,eve@corp.example,staff,\n"
	s := mustRead(t, text, peopleForm(), source.Request{Groups: []source.Selector{{Name: "staff"}}})
	if len(s.People) != 2 {
		t.Fatalf("%d people", len(s.People))
	}
	for id, want := range map[string]string{"2": "sales", "ben@corp.example": "sales", "3": "", "4": "sales, support"} {
		if groups, found := s.Elsewhere.Groups(id); !found || groups != want {
			t.Errorf("%s: %q %v, want %q", id, groups, found, want)
		}
	}
	for _, id := range []string{"1", "ann@corp.example", "5", "9", "", "sales"} {
		if groups, found := s.Elsewhere.Groups(id); found {
			t.Errorf("%s is elsewhere, in %q", id, groups)
		}
	}
}

// People of a group whose name differs from one of a rule only in letter case, blanks or
// punctuation are known, also if they are in another group of a rule; those of other
// groups are not (M8).
func TestGroupsThatLookAlike(t *testing.T) {
	const text = "id,email,groups,dept\n" +
		"1,ann@corp.example,Acme Staff;sales,\n" +
		"2,ben@corp.example,acme_staff;ops,\n" +
		"3,cleo@corp.example,acme-staf,\n" +
		"4,dora@corp.example,acme-staff,\n" +
		"5,eve@corp.example,---,\n"
	s := mustRead(t, text, peopleForm(), source.Request{Groups: []source.Selector{{Name: "acme-staff"}, {Name: "ops"}, {Name: "--"}, {Source: "other", Name: "sal es"}}})
	for id, want := range map[string]string{"1": "Acme Staff", "ann@corp.example": "Acme Staff", "2": "acme_staff", "3": "", "4": "", "5": ""} {
		if groups, found := s.Alike.Groups(id); groups != want || found != (want != "") {
			t.Errorf("%s: %q, want %q", id, groups, want)
		}
	}
}
