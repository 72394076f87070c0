package setup

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// A number is the choice with that number, unless it is a name itself or not shown.
func TestChoice(t *testing.T) {
	names := []string{"staff", "3", "admins"}
	for range listed {
		names = append(names, "more")
	}
	for answer, want := range map[string]string{"1": "staff", "1.": "staff", "2": "3", "3": "3", "staff": "staff", "0": "0", "-1": "-1",
		fmt.Sprint(listed): "more", fmt.Sprint(listed + 1): fmt.Sprint(listed + 1), "": ""} {
		if got := choice(answer, names); got != want {
			t.Errorf("%q is %q, want %q", answer, got, want)
		}
	}
}

func TestFindRoleAndOrganization(t *testing.T) {
	var out bytes.Buffer
	s := setup{Dialogue: NewDialogue(nil, &out, false), roles: []string{"org:admin", "org:member", "admin2"},
		organizations: []clerkapi.Organization{{ID: "org_1", Slug: "acme"}, {ID: "org_2"}}}
	for name, want := range map[string]string{"org:admin": "org:admin", "admin": "org:admin", "admin2": "admin2", "boss": "", "": ""} {
		if got, err := s.findRole(name); got != want || (err == nil) != (want != "") {
			t.Errorf("the role %q is %q, %v", name, got, err)
		}
	}
	if strings.Count(out.String(), "note: ") != 1 || !strings.Contains(out.String(), "note: the role admin is org:admin in Clerk\n") {
		t.Errorf("%q", out.String())
	}
	for _, name := range []string{"acme", "org_1", "org_2"} {
		if got, err := s.findOrganization(name); got != name || err != nil {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if _, err := s.findOrganization("acne"); err == nil || !strings.Contains(err.Error(), `did you mean "acme"?`) {
		t.Error(err)
	}
	if _, err := s.findOrganization(""); err == nil {
		t.Error("no name is no organization")
	}
}

// A list says how many more there are, and escapes the names of Clerk (S35).
func TestS35ListsAreShortAndEscaped(t *testing.T) {
	var out bytes.Buffer
	s := setup{Dialogue: NewDialogue(nil, &out, false)}
	for i := range listed + 5 {
		s.organizations = append(s.organizations, clerkapi.Organization{ID: fmt.Sprint("org_", i), Slug: fmt.Sprint("o", i), Name: "x\x1b[2J\u202e"})
	}
	s.printList(organizationLines(s.organizations))
	text := out.String()
	if strings.ContainsAny(text, "\x1b\u202e") || strings.Count(text, "\n") != listed+1 || !strings.HasSuffix(text, "\n      and 5 more\n") {
		t.Errorf("%q", text)
	}
}
