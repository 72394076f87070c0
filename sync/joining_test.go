package sync

import (
	"strings"
	"testing"
	"time"

	"rollcall/source"
)

// shows names people by letters in the order of the sources: the same letter is
// one person, a * says that nobody can tell whose the address is.
func (d *directory) shows() string {
	letters := map[*person]string{}
	var sources []string
	for _, people := range d.people {
		var all []string
		for _, p := range people {
			if letters[p] == "" {
				letters[p] = string(rune('a' + len(letters)))
			}
			text := letters[p]
			if d.twins[p] != nil {
				text += "*"
			}
			all = append(all, text)
		}
		sources = append(sources, strings.Join(all, " "))
	}
	return strings.Join(sources, " | ")
}

// Who of two sources is one person: by the same id where the sources have the
// same ids, else by the address, if that is one person's only (S01, S06).
func TestS06WhoIsOnePerson(t *testing.T) {
	for name, x := range map[string]struct {
		same     bool
		corp, hr []string
		want     string
		note     string // about what the two say differently
	}{
		"one address":                      {false, []string{"1 ann@x.example"}, []string{"7 ann@x.example"}, "a | a", ""},
		"two addresses":                    {false, []string{"1 ann@x.example"}, []string{"1 ben@x.example"}, "a | b", ""},
		"one id":                           {true, []string{"1 ann@x.example"}, []string{"1 ben@x.example"}, "a | a", "differ for 1 person in the address; the word of corp"},
		"two ids, one address":             {true, []string{"1 ann@x.example"}, []string{"2 ann@x.example"}, "a* | b*", ""},
		"no id, one address":               {true, []string{"1 ann@x.example"}, []string{"ann@x.example ann@x.example"}, "a | a", ""},
		"an address of two in the lower":   {false, []string{"9 ann@x.example"}, []string{"1 ann@x.example", "2 ann@x.example"}, "a* | b* c*", ""},
		"an address of two in the higher":  {false, []string{"1 ann@x.example", "2 ann@x.example"}, []string{"9 ann@x.example"}, "a* b* | c*", ""},
		"of two, one has left":             {false, []string{"9 ann@x.example"}, []string{"1 ann@x.example off=left", "2 ann@x.example"}, "a | b a", ""},
		"disabled in the higher":           {false, []string{"1 ann@x.example off=left"}, []string{"7 ann@x.example"}, "a | b", ""},
		"disabled in the lower":            {false, []string{"1 ann@x.example"}, []string{"7 ann@x.example off=left"}, "a | b", ""},
		"disabled in both":                 {false, []string{"1 ann@x.example off=left"}, []string{"7 ann@x.example off=left"}, "a | a", ""},
		"one id, disabled in the higher":   {true, []string{"1 ann@x.example off=left"}, []string{"1 ann@x.example"}, "a | b", "in the word on whether the account is enabled; they are let in where the source that has them enabled leads"},
		"one id, disabled in the lower":    {true, []string{"1 ann@x.example"}, []string{"1 ann@x.example off=left"}, "a | b", "in the word on whether the account is enabled"},
		"one id twice in the higher":       {true, []string{"1 ann@x.example", "1 ben@x.example"}, []string{"1 cy@x.example"}, "a b | a", "in the address"},
		"an address comes by the id":       {true, []string{"1"}, []string{"1 ann@x.example", "2 ben@x.example"}, "a | a b", ""},
		"an address comes, and is another": {true, []string{"1", "2 ann@x.example"}, []string{"1 ann@x.example"}, "a* b* | a*", ""},
		"an address comes, of a leaver":    {true, []string{"1", "2 ann@x.example off=left"}, []string{"1 ann@x.example"}, "a b | a", ""},
		"nobody has an address":            {false, []string{"1"}, []string{"1"}, "a | b", ""},
	} {
		config := Config{}
		if x.same {
			config.SameIDs = corpAndHR
		}
		corp, personnel := hr(x.corp...).named("corp").snapshot, hr(x.hr...).snapshot
		d := newDirectory([]*source.Snapshot{&corp, &personnel}, time.Now(), config.SameIDs)
		var notes []string
		for _, n := range d.notes {
			notes = append(notes, n.Text)
		}
		if got, said := d.shows(), strings.Join(notes, "\n"); got != x.want || !strings.Contains(said, x.note) || x.note == "" && said != "" {
			t.Errorf("%s: %q, want %q; noted %q", name, got, x.want, said)
		}
	}
}

// What finds a Clerk user comes from another source by the same id only; whoever
// may write their own address could bring theirs to somebody else (S01).
func TestS01WhatComesFromTheLowerSource(t *testing.T) {
	for same, want := range map[bool]string{true: "ann@x.example+a@home.example E1 Ann IT", false: "ann@x.example  Ann IT"} {
		corp, personnel := hr("1 ann@x.example").named("corp").snapshot, hr("1 ann@x.example a@home.example ext=E1 dept=IT").snapshot
		personnel.People[0].FirstName = "Ann"
		var ids sameIDs
		if same {
			ids = corpAndHR
		}
		p := newDirectory([]*source.Snapshot{&corp, &personnel}, time.Now(), ids).people[0][0]
		if got := strings.Join([]string{strings.Join(p.emails(), "+"), p.ExternalID, p.FirstName, strings.Join(p.Attributes.Get("dept"), "")}, " "); got != want {
			t.Errorf("the same ids %t: %q, want %q", same, got, want)
		}
	}
}
