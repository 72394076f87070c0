package source

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// seen lists who a read shows, as "id address" with a ! before the disabled.
func seen(t *testing.T, cfg Config, want Request) []string {
	t.Helper()
	s, err := Open(cfg)
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
	server := startSlapd(t, slapdConfig{ldif: canaryPeople})
	team := Request{Groups: []Selector{{Name: "team"}}}
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
		{name: "left out by user_filter", filter: "(!(uid=cee*))", also: []string{"E-7"}, more: []string{"!E-7 cee@xn--bcher-kva.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := server.config()
			cfg.ID, cfg.UserFilter, cfg.BatchSize = "employeeNumber", c.filter, c.batch
			source := Config{Name: "corp", LDAP: &cfg}
			base := seen(t, source, team)
			want := team
			want.Also = c.also
			expected := append(slices.Clone(base), c.more...)
			slices.Sort(expected)
			if got := seen(t, source, want); !slices.Equal(got, expected) || len(base) == 0 {
				t.Errorf("read %q, want %q", got, expected)
			}
		})
	}
}

func TestS25PeopleOutsideGroupsOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "people.csv")
	text := "id,email,other,teams\n1,ann@corp.example,,team\n2,ben@corp.example,b@old.example,\n3,cy@corp.example,,else\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	csv := &CSVConfig{Path: file, Settle: new(time.Duration), Columns: CSVColumns{ID: "id", Email: "email", Groups: CSVCells{Column: "teams"}}}
	for _, c := range []struct {
		also, want []string
	}{
		{nil, []string{"1 ann@corp.example"}},
		{[]string{"2"}, []string{"1 ann@corp.example", "2 ben@corp.example"}},
		{[]string{"CY@corp.example", "9", "none@corp.example"}, []string{"1 ann@corp.example", "3 cy@corp.example"}},
		// Another column is no address unless the configuration names it (S07).
		{[]string{"b@old.example"}, []string{"1 ann@corp.example"}},
	} {
		if got := seen(t, Config{Name: "hr", CSV: csv}, Request{Groups: []Selector{{Name: "team"}}, Also: c.also}); !slices.Equal(got, c.want) {
			t.Errorf("%q: read %q, want %q", c.also, got, c.want)
		}
	}
}
