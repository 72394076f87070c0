package policy

import (
	"strings"
	"testing"

	"rollcall/source"
)

func TestS05Lists(t *testing.T) {
	table := []struct {
		entry, value string
		want         bool
	}{
		{"user_1", "user_1", true},
		{"user_1", "USER_1", false},
		{"Ann@Corp.Example", "ann@corp.example", true},
		{"\u212Aim@corp.example", "kim@corp.example", false},
		{"kim@corp.example", "\u212Aim@corp.example", false},
		{"*@corp.example", "a/b@corp.example", true},
		{"*@corp.example", "ann@evil.corp.example", false},
		{"*@CORP.example", "ann@corp.example", true},
		{"*@m\u00fcnchen.example", "ann@xn--mnchen-3ya.example", true},
		{"adm-?@corp.example", "adm-1@corp.example", true},
		{"adm-?@corp.example", "adm-12@corp.example", false},
		{"*@*.corp.example", "ann@eu.corp.example", true},
		{"[ab]*@corp.example", "bob@corp.example", true},
		{"*@*", "user_1", false},
		{"user_1", "", false},
	}
	for _, tt := range table {
		if got := NewList([]string{tt.entry}).Has(tt.value); got != tt.want {
			t.Errorf("%q means %q: %v", tt.entry, tt.value, got)
		}
	}
}

// FuzzLists: what protect and deny are given as an address or an id has
// itself, however it is spelled, and a list that is empty has nobody.
func FuzzLists(f *testing.F) {
	for _, s := range [][2]string{{"*@corp.example", "ann@CORP.example"}, {"user_1", "user_1"}, {"[", "a"}, {"*", ""}, {"\u212a@corp.example", "k@corp.example"}, {"a[b]@x.de", "a[b]@x.de"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, entry, value string) {
		config := DefaultConfig()
		config.Removals, config.Protect = RemovalsNone, []string{entry}
		if Validate(config, nil) != nil {
			return
		}
		l := NewList([]string{entry})
		plain := !strings.ContainsAny(entry, `*?[`)
		if plain && !l.Has(entry) {
			t.Fatalf("%q is not on its own list", entry)
		}
		folded, err := source.FoldEmail(value)
		if err != nil {
			folded = value
		}
		mine, err := source.FoldEmail(entry)
		if same := err == nil && mine == folded || entry == folded; plain && l.Has(folded) != same {
			t.Fatalf("the list %q has %q: %t", entry, folded, !same)
		}
		if l.Has() || l.Has("") {
			t.Fatalf("%q has nobody", entry)
		}
	})
}
