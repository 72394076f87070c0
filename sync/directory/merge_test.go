package directory

import (
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

var corpAndHR = map[string]string{"corp": "corp", "hr": "corp"}

// shows names people by letters in the order of the sources: the same letter is
// one person, a * says that nobody can tell whose the address is.
func shows(d *Directory) string {
	letters := map[*Person]string{}
	var sources []string
	for _, people := range d.People {
		var all []string
		for _, p := range people {
			if letters[p] == "" {
				letters[p] = string(rune('a' + len(letters)))
			}
			text := letters[p]
			if d.SameAddress[p] != nil {
				text += "*"
			}
			all = append(all, text)
		}
		sources = append(sources, strings.Join(all, " "))
	}
	return strings.Join(sources, " | ")
}

// Who of two sources is one person: by the same id where the sources have the
// same ids, and never by the address, which people may write themselves (S01).
func TestS06WhoIsOnePerson(t *testing.T) {
	for name, x := range map[string]struct {
		same     bool
		corp, hr []string
		want     string
		note     string // about what the two say differently
	}{
		"one address":                      {false, []string{"1 ann@x.example"}, []string{"7 ann@x.example"}, "a | b", ""},
		"two addresses":                    {false, []string{"1 ann@x.example"}, []string{"1 ben@x.example"}, "a | b", ""},
		"one id":                           {true, []string{"1 ann@x.example"}, []string{"1 ben@x.example"}, "a | a", "have different values of address for 1 person; the value of corp is used"},
		"two ids, one address":             {true, []string{"1 ann@x.example"}, []string{"2 ann@x.example"}, "a | b", ""},
		"no id, one address":               {true, []string{"1 ann@x.example"}, []string{"ann@x.example ann@x.example"}, "a | b", ""},
		"an address of two in the lower":   {false, []string{"9 ann@x.example"}, []string{"1 ann@x.example", "2 ann@x.example"}, "a | b* c*", ""},
		"an address of two in the higher":  {false, []string{"1 ann@x.example", "2 ann@x.example"}, []string{"9 ann@x.example"}, "a* b* | c", ""},
		"of two, one has left":             {false, []string{"9 ann@x.example"}, []string{"1 ann@x.example off=left", "2 ann@x.example"}, "a | b c", ""},
		"disabled in the higher":           {false, []string{"1 ann@x.example off=left"}, []string{"7 ann@x.example"}, "a | b", ""},
		"disabled in the lower":            {false, []string{"1 ann@x.example"}, []string{"7 ann@x.example off=left"}, "a | b", ""},
		"disabled in both":                 {false, []string{"1 ann@x.example off=left"}, []string{"7 ann@x.example off=left"}, "a | b", ""},
		"one id, disabled in the higher":   {true, []string{"1 ann@x.example off=left"}, []string{"1 ann@x.example"}, "a | b", "disagree for 1 person on whether the account is enabled; these people get access only through the source that has them enabled"},
		"one id, disabled in the lower":    {true, []string{"1 ann@x.example"}, []string{"1 ann@x.example off=left"}, "a | b", "disagree for 1 person on whether the account is enabled"},
		"one id twice in the higher":       {true, []string{"1 ann@x.example", "1 ben@x.example"}, []string{"1 cy@x.example"}, "a b | a", "have different values of address"},
		"an address comes by the id":       {true, []string{"1"}, []string{"1 ann@x.example", "2 ben@x.example"}, "a | a b", ""},
		"an address comes, and is another": {true, []string{"1", "2 ann@x.example"}, []string{"1 ann@x.example"}, "a b | a", ""},
		"an address comes, of a leaver":    {true, []string{"1", "2 ann@x.example off=left"}, []string{"1 ann@x.example"}, "a b | a", ""},
		"nobody has an address":            {false, []string{"1"}, []string{"1"}, "a | b", ""},
	} {
		config := policy.Config{}
		if x.same {
			config.SameIDs = corpAndHR
		}
		corp, personnel := fake.HR(x.corp...).Named("corp").Snapshot, fake.HR(x.hr...).Snapshot
		d := New([]*source.Snapshot{&corp, &personnel}, time.Now(), config.SameIDs)
		var notes []string
		for _, n := range d.Notes {
			notes = append(notes, n.Text)
		}
		if got, said := shows(d), strings.Join(notes, "\n"); got != x.want || !strings.Contains(said, x.note) || x.note == "" && said != "" {
			t.Errorf("%s: %q, want %q; noted %q", name, got, x.want, said)
		}
	}
}

// Another source adds to a person by the same id only; people who may write
// their own address could bring what is theirs to somebody else (S01).
func TestS01WhatComesFromTheLowerSource(t *testing.T) {
	for same, want := range map[bool]string{true: "ann@x.example+a@home.example E1 Ann IT", false: "ann@x.example   "} {
		corp, personnel := fake.HR("1 ann@x.example").Named("corp").Snapshot, fake.HR("1 ann@x.example a@home.example ext=E1 dept=IT").Snapshot
		personnel.People[0].FirstName = "Ann"
		var ids policy.SameIDs
		if same {
			ids = corpAndHR
		}
		p := New([]*source.Snapshot{&corp, &personnel}, time.Now(), ids).People[0][0]
		if got := strings.Join([]string{strings.Join(p.Addresses(), "+"), p.ExternalID, p.FirstName, strings.Join(p.Attributes.Get("dept"), "")}, " "); got != want {
			t.Errorf("the same ids %t: %q, want %q", same, got, want)
		}
	}
}

// Sources without ids have nothing but addresses: there, the address is who
// somebody is (S01, S02).
func TestS01SourcesWithoutIDsMeetByAddress(t *testing.T) {
	listed := func(name string, people ...source.Person) *source.Snapshot {
		return &source.Snapshot{Source: name, People: people}
	}
	ann, left, ben := source.Person{Email: "ann@x.example"}, source.Person{Email: "ann@x.example", Disabled: "left"}, source.Person{Email: "ben@x.example"}
	for name, x := range map[string]struct {
		first, second *source.Snapshot
		want          string
	}{
		"one address":             {listed("a", ann), listed("b", ann), "a | a"},
		"two addresses":           {listed("a", ann), listed("b", ben), "a | b"},
		"disabled in one":         {listed("a", left), listed("b", ann), "a | b"},
		"an address of two":       {listed("a", ann), listed("b", ann, ann), "a | b* c*"},
		"an address of two above": {listed("a", ann, ann), listed("b", ann), "a* b* | c"},
		"one has an id":           {listed("a", source.Person{ID: "1", Email: "ann@x.example"}), listed("b", ann), "a | b"},
	} {
		if got := shows(New([]*source.Snapshot{x.first, x.second}, time.Now(), nil)); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// A source says how many of its people have no id, and not that nobody has one (S02).
func TestS02HowManyHaveNoID(t *testing.T) {
	ann, ben, cy := source.Person{ID: "1", Email: "ann@x.example"}, source.Person{Email: "ben@x.example"}, source.Person{Email: "cy@x.example"}
	for want, people := range map[string][]source.Person{
		"source hr has no permanent ids, so people are identified by address":    {ben, cy},
		"source hr: 1 of 2 people has no id and is identified by address only":   {ann, ben},
		"source hr: 2 of 3 people have no id and are identified by address only": {ann, ben, cy},
	} {
		d := New([]*source.Snapshot{{Source: "hr", People: people}}, time.Now(), nil)
		if len(d.Notes) != 1 || !strings.HasPrefix(d.Notes[0].Text, want) {
			t.Errorf("%v, want %s", d.Notes, want)
		}
	}
	if d := New([]*source.Snapshot{{Source: "hr", People: []source.Person{ann}, StableIDs: true}}, time.Now(), nil); len(d.Notes) != 0 {
		t.Errorf("everybody has an id: %v", d.Notes)
	}
}

// One id on two entries of a source is nobody's until the source says whose; a
// disabled entry takes nothing from the enabled one (S02).
func TestS02OneIDOnTwoEntries(t *testing.T) {
	s := fake.HR("2 ben@x.example", "2 adm-ben@x.example", "3 cy@x.example", "4 dan@x.example off=left", "4 dan2@x.example").Snapshot
	d := New([]*source.Snapshot{&s}, time.Now(), nil)
	for i, held := range []bool{true, true, false, false, false} {
		p := d.People[0][i]
		if (p.Problem != nil) != held || held && (p.Problem.Rule != "S02" || !p.Problem.Hold) {
			t.Errorf("%s: %+v", p.Email, p.Problem)
		}
	}
}
