package hints

import (
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// The slug that is nearly the same is proposed, or that of the display name. Two
// organizations that fit are no hint: their admins choose both names.
func TestNearNameOfAnOrganization(t *testing.T) {
	read := []clerkapi.Organization{{ID: "org_1", Slug: "acme", Name: "Acme Corporation"}, {ID: "org_2", Slug: "globex", Name: "Globex"},
		{ID: "org_3", Name: "Initech"}, {ID: "org_4", Slug: "mars-1", Name: "Mars"}, {ID: "org_5", Slug: "mars-2", Name: "Mars"}}
	for name, want := range map[string]string{
		"Acme": `; did you mean "acme"?`, "globexx": `; did you mean "globex"?`, "Acme Corporation": `"acme", which has this display name`,
		"acme-corporation": `"acme", which has this display name`, "initech": `"org_3", which has this display name`,
		"Mars": "", "umbrella": "", "": "", "-": "",
	} {
		if got := Organization(name, read); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// An entry of a list that means somebody is no mistake, and so is one that means nobody
// and is like nobody.
func TestNearNameOfAProtectedPerson(t *testing.T) {
	d := &directory.Directory{Snapshots: []*source.Snapshot{{People: []source.Person{
		{ID: "1", Email: "ann@corp.example", OtherEmails: []string{"anna.old@corp.example"}, ExternalID: "ext-1"}}}}}
	have := &roster.Roster{Organizations: []*roster.Organization{{Members: []roster.Member{{UserID: "user_ben", Identifier: "Ben@corp.example"}}}}}
	for entry, near := range map[string]string{
		"ann@corp.exmple": "ann@corp.example", "user_bem": "user_ben", "ext_2": "ext-1", "ben@corpexample": "ben@corp.example",
		"anna.odl@corp.example": "anna.old@corp.example",
		"ann@corp.example":      "", "ANN@CORP.example": "", "user_ben": "", "ben@corp.example": "", "ext-1": "", "anna.old@corp.example": "",
		"ceo@corp.example": "", "*@corp.exampl": "", "user_nobody": "",
	} {
		notes := People(policy.Config{Protect: []string{entry}}, d, have)
		switch {
		case near == "" && len(notes) > 0:
			t.Errorf("%s: %v", entry, notes)
		case near != "" && (len(notes) != 1 || !strings.Contains(notes[0].Text, `"`+entry+`"`) || !strings.Contains(notes[0].Text, `did you mean "`+near+`"`)):
			t.Errorf("%s: %v, want %s", entry, notes, near)
		}
	}
	if notes := People(policy.Config{Deny: []string{"user_bem"}}, d, have); len(notes) != 1 || !strings.HasPrefix(notes[0].Text, "sync.deny") {
		t.Errorf("deny: %v", notes)
	}
}

// A canary that nearly names somebody or a group of its own source is a slip, and one that
// is like nobody there is not: it may have found an incomplete read (S13).
func TestS13NearNameOfACanary(t *testing.T) {
	d := &directory.Directory{Snapshots: []*source.Snapshot{
		{Source: "hr", People: []source.Person{{ID: "1", Email: "ann@corp.example"}}, Groups: []source.Group{{Name: "all-staff"}}},
		{Source: "it", People: []source.Person{{ID: "2", Email: "ben@corp.example"}}},
	}}
	for missing, near := range map[string]string{
		"person ann@corp.exmple": "ann@corp.example", "person Ann@corp.exmple": "ann@corp.example", "group all_stafff": "all-staff",
		"person ben@corp.exmple": "", "person zoe@corp.example": "", "group everyone": "", "group ann@corp.exmple": "", "person all-stafff": "",
	} {
		d.Snapshots[0].MissingCanaries = []string{missing}
		notes := Canaries(d)
		if near == "" && len(notes) > 0 || near != "" && (len(notes) != 1 || notes[0].Text != "source hr does not show "+missing+", which canaries lists; did you mean \""+near+"\"?") {
			t.Errorf("%s: %v, want %q", missing, notes, near)
		}
	}
}

// Only texts that differ in one place are compared letter by letter: there may be a
// million people.
func TestMostTextsAreToldApartQuickly(t *testing.T) {
	for _, x := range []struct {
		a, b string
		want bool
	}{
		{"ann@corp.example", "ann@corp.exmple", true}, {"nan@corp.example", "ann@corp.example", true}, {"an@corp.example", "ann@corp.example", true},
		{"ann.b@corp.example", "annb@corp.example", true}, {"ann@corp.example", "zoe.long@corp.example", false},
		{"ann@corp.example", "ann@corp.example.org", false}, {"", "abcd", false}, {"", "", true},
	} {
		if within(x.a, x.b) != x.want || within(x.b, x.a) != x.want {
			t.Errorf("%q and %q: want %v", x.a, x.b, x.want)
		}
	}
}

// An organization that is known in any way is no mistake, and neither is a file.
func TestNearNameOfARetiredOrganization(t *testing.T) {
	have := &roster.Roster{Organizations: []*roster.Organization{{Organization: clerkapi.Organization{ID: "org_1", Slug: "acme"}}}, Unknown: []string{"acmes"}}
	m := &memory.Memory{Organizations: map[string]memory.OrganizationFact{"org_2": {Slug: "globex"}}}
	for name, near := range map[string]string{"Acme": "acme", "globx": "globex", "acme": "", "org_2": "", "globex": "", "umbrella": "", "acme.csv": "", "acmes": ""} {
		notes := Retired(policy.Config{Retire: map[string]policy.Retire{name: policy.RetireKeep}}, m, have)
		if near == "" && len(notes) > 0 || near != "" && (len(notes) != 1 || !strings.Contains(notes[0].Text, near)) {
			t.Errorf("%s: %v, want %q", name, notes, near)
		}
	}
	if notes := Retired(policy.Config{}, nil, have); notes != nil {
		t.Error(notes)
	}
}
