package sync

import (
	"slices"
	"testing"

	"rollcall/sync/internal/fake"
)

// A run for one person finds what they lose by any of their addresses, whatever Clerk shows
// of the account: a run that found nothing would tell a helpdesk that a leaver is out (S39).
// What others lose is left alone.
func TestS39OnePersonIsFoundByEachAddress(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		only, shown string // shown is the identifier that Clerk shows of ann's account
		entry       string // of ann in the directory; empty if she has left it
	}{
		"the shown address": {"ann@corp.example", "ann@corp.example", ""},
		"the address of the account, which is not shown": {"ann@corp.example", "+491234567", ""},
		"the address in the directory, a name is shown":  {"ann@corp.example", "annlee", "1 ann@corp.example"},
		"a new address in the directory":                 {"ann.lee@corp.example", "ann@corp.example", "1 ann.lee@corp.example"},
		"the former address":                             {"ann@corp.example", "ann@corp.example", "1 ann.lee@corp.example"},
		"the former address, which is not shown":         {"ann@corp.example", "annlee", "1 ann.lee@corp.example"},
		"the user id":                                    {"user_ann", "annlee", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := fake.NewClerk("acme")
			f.User("user_ann", "ann@corp.example")
			f.User("user_ben", "ben@corp.example")
			f.Member("acme", "user_ann", "org:member", fake.Ours("1")).Identifier = x.shown
			f.Member("acme", "user_ben", "org:member", fake.Ours("2")).Identifier = "ben@corp.example"
			people := []string{"2 ben@corp.example", "3 cy@corp.example"}
			if x.entry != "" {
				people = append(people, x.entry)
			}
			s := tell(t, f, fake.HR(people...).Group("staff", 1))
			f.User("user_cy", "cy@corp.example")
			s.rule("acme", "org:member", "staff")
			want := []string{"ready remove acme user_ann"}
			if got := lines(s.run(Run{Only: x.only}).Plan); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			if got := lines(s.run(Run{}).Plan); len(got) != 3 {
				t.Errorf("the whole plan is %q", got)
			}
		})
	}
}
