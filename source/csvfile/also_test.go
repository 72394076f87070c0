package csvfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/file"
)

// seen lists who a read shows, as "id address" with a ! before the disabled.
func seen(t *testing.T, cfg Config, want source.Request) []string {
	t.Helper()
	snap, err := Open("hr", cfg, source.Canaries{}, file.Options{}).Read(t.Context(), want)
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

func TestS25PeopleOutsideGroupsOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	text := "id,email,other,teams\n1,ann@corp.example,,team\n2,ben@corp.example,b@old.example,\n3,cy@corp.example,,else\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config := Config{Path: path, Settle: new(time.Duration), Columns: Columns{ID: "id", Email: "email", Groups: Cells{Column: "teams"}}}
	for _, c := range []struct {
		also, want []string
	}{
		{nil, []string{"1 ann@corp.example"}},
		{[]string{"2"}, []string{"1 ann@corp.example", "2 ben@corp.example"}},
		{[]string{"CY@corp.example", "9", "none@corp.example"}, []string{"1 ann@corp.example", "3 cy@corp.example"}},
		// Another column is no address unless the configuration names it (S07).
		{[]string{"b@old.example"}, []string{"1 ann@corp.example"}},
	} {
		if got := seen(t, config, source.Request{Groups: []source.Selector{{Name: "team"}}, Also: c.also}); !slices.Equal(got, c.want) {
			t.Errorf("%q: read %q, want %q", c.also, got, c.want)
		}
	}
}

// However many addresses a cell holds, so many are read, in a sure order.
func TestAddressesOfOnePersonAreBounded(t *testing.T) {
	var cells []string
	for i := range 5000 {
		cells = append(cells, fmt.Sprintf("x%04d@corp.example", i))
	}
	c := peopleForm()
	c.OtherEmails = Cells{Column: "also", Separator: ";"}
	s := mustRead(t, "id,email,groups,also\n1,a@corp.example,x,"+strings.Join(cells, ";")+"\n2,b@corp.example,x,c@corp.example\n", c, source.Request{})
	if got := s.People[0].OtherEmails; len(got) != source.MostAddresses-1 || got[0] != "x0000@corp.example" {
		t.Errorf("%d further addresses, the first: %q", len(got), got[0])
	}
	if got := s.People[1].OtherEmails; len(got) != 1 {
		t.Errorf("further addresses %q", got)
	}
}
