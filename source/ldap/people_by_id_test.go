package ldap

import (
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

// seen lists who a read shows, as "id address" with a ! before the disabled.
func seen(t *testing.T, cfg Config, want source.Request) []string {
	t.Helper()
	s, err := Open("corp", cfg, source.Canaries{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := s.Read(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range snap.People {
		mark := ""
		if p.Disabled != "" {
			mark = "!"
		}
		out = append(out, mark+strings.TrimSpace(p.ID+" "+p.Email))
	}
	slices.Sort(out)
	return out
}

// People whom no group lists are read when an undo asks for them; who is not
// there is absent, and whom user_filter leaves out is disabled (S25).
func TestS25PeopleOutsideGroups(t *testing.T) {
	t.Parallel()
	server := ldaptest.Start(t, ldaptest.Config{LDIF: canaryPeople})
	team := source.Request{Groups: []source.Selector{{Name: "team"}}}
	for _, c := range []struct {
		name   string
		filter string
		batch  int
		also   []string
		more   []string
	}{
		{name: "nobody"},
		{name: "by id", also: []string{"E-7"}, more: []string{"E-7 cee@xn--bcher-kva.example"}},
		{name: "by address", also: []string{"cee@bücher.example"}, more: []string{"E-7 cee@xn--bcher-kva.example"}},
		{name: "who is gone", also: []string{"E-99", "zoe@corp.example"}},
		{name: "in batches", batch: 1, also: []string{"E-98", "E-99", "E-7"}, more: []string{"E-7 cee@xn--bcher-kva.example"}},
		{name: "who is read anyhow", also: []string{"ann@corp.example"}},
		{name: "a filter on the wire", also: []string{"*", ")(uid=*"}},
		{name: "excluded by user_filter", filter: "(!(uid=cee*))", also: []string{"E-7"}, more: []string{"!E-7 cee@xn--bcher-kva.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := slapdConfig(t, server)
			cfg.ID, cfg.UserFilter, cfg.BatchSize = "employeeNumber", c.filter, c.batch
			base := seen(t, cfg, team)
			want := team
			want.Also = c.also
			expected := append(slices.Clone(base), c.more...)
			slices.Sort(expected)
			if got := seen(t, cfg, want); !slices.Equal(got, expected) || len(base) == 0 {
				t.Errorf("read %q, want %q", got, expected)
			}
		})
	}
}
