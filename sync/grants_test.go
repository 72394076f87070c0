package sync

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/internal/fake"
)

// grantLines are the grants of a report as "source group rule organization role people
// outranked".
func grantLines(r *Report) []string {
	var out []string
	for _, g := range r.Grants {
		out = append(out, fmt.Sprintf("%s %s %d %s %s %d %d", g.Source, g.Group, g.Rule, g.Organization, g.Role, g.People, g.Outranked))
	}
	return out
}

// The report says which group gives what to how many people, by which rule. Someone who
// is disabled gets nothing, and a higher rule decides the role.
func TestGrantsAreByGroupAndRule(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	src := fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cleo@corp.example", "4 dora@corp.example").Group("staff", 0, 1, 2, 3).Group("leads", 0, 1).Group("empty")
	src.Snapshot.People[3].Disabled = "disabled in the directory"
	s := tell(t, f, src)
	s.rule("acme", "org:admin", "leads")
	s.rule("org_acme", "org:member", "staff", "empty")
	s.rule("beta", "org:member", "leads")
	want := []string{
		"hr staff 2 org_acme org:member 3 2", "hr leads 1 org_acme org:admin 2 0", "hr leads 3 org_beta org:member 2 0", "hr empty 2 org_acme org:member 0 0"}
	if got := grantLines(s.run(Run{})); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// A group that a rule leads nowhere is listed, and so are the rows of a file, by role.
// Dates count: who begins tomorrow gets nothing today.
func TestGrantsOfRowsAndOfGroupsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	s, _ := patterned(t)
	s.rules[0].Organizations = []string{"acme"}
	src, ok := s.sources[0].(*fake.Source)
	if !ok {
		t.Fatal("no fake source")
	}
	src.Group("team-beta", 1)
	tomorrow := &source.Period{Start: time.Now().Add(24 * time.Hour)}
	src.Snapshot.Rows = []source.Row{
		{Person: 0, Organization: "beta", Role: "org:member", Origin: source.Origin{File: "a.csv", Line: 2}},
		{Person: 1, Organization: "beta", Role: "org:admin", Origin: source.Origin{File: "a.csv", Line: 3}},
		{Person: 1, Organization: "nowhere", Role: "org:member", Origin: source.Origin{File: "a.csv", Line: 4}},
		{Person: 2, Organization: "beta", Role: "org:member", Origin: source.Origin{File: "b.csv", Line: 2}},
		{Person: 1, Organization: "acme", Role: "org:member", Period: tomorrow, Origin: source.Origin{File: "b.csv", Line: 3}},
	}
	want := []string{"hr  0 org_beta org:member 2 0", "hr  0 nowhere org:member 1 0", "hr  0 org_beta org:admin 1 0", "hr team-acme 1 org_acme org:member 1 0", "hr  0 org_acme org:member 0 0", "hr team-beta 1   0 0"}
	if got := grantLines(s.run(Run{})); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
