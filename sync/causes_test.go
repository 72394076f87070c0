package sync

import (
	"maps"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
)

// Each removal has its cause as a value and as a sentence; a directory that does not
// know who else there is says no more than that (S42).
func TestS42EachRemovalHasItsCause(t *testing.T) {
	t.Parallel()
	others := source.NewElsewhere([]string{"sales-team", ""}, maps.All(map[string]uint32{"3": 0, "4": 1}))
	file := func(s *fake.Source) { s.Snapshot.Elsewhere, s.Snapshot.Path = others, "people.csv" }
	for name, x := range map[string]struct {
		id      string
		source  func(*fake.Source)
		cause   plan.Cause
		because string
	}{
		"in no row":                    {"9", file, plan.Left, "left: no row in people.csv any more"},
		"in no row of a server's file": {"9", func(s *fake.Source) { s.Snapshot.Elsewhere, s.Snapshot.Path = others, "-" }, plan.Left, "left: no row in source hr any more"},
		"in no row that counts": {"9", func(s *fake.Source) {
			s.Snapshot.Elsewhere, s.Snapshot.Path, s.Snapshot.Filtered = others, "people.csv", true
		}, plan.Left, "left: no row in people.csv any more that where chooses"},
		"in a group that no rule uses": {"3", file, plan.Moved, "moved: now in sales-team, not in staff"},
		"in no group":                  {"4", file, plan.Moved, "moved: in no group of people.csv"},
		"in a group of another rule":   {"2", file, plan.Moved, "moved: now in support, not in staff"},
		"a directory, elsewhere":       {"2", func(*fake.Source) {}, plan.Moved, "moved: now in support, not in staff"},
		"a directory, not known":       {"9", func(*fake.Source) {}, plan.LeftOrMoved, "left or moved: not in any group of source hr that a rule uses"},
		"disabled":                     {"5", file, plan.Disabled, "hr.csv:4: retired"},
		"ended":                        {"6", file, plan.Ended, "hr.csv:5: ended "},
		"without a marker":             {"", file, plan.NoRule, "no rule gives this membership"},
	} {
		f := fake.NewClerk("acme", "beta")
		f.User("user_ann", "ann@corp.example")
		f.User("user_x", "x@corp.example")
		f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
		f.Member("acme", "user_x", "org:member", map[bool]string{true: fake.Ours(x.id)}[x.id != ""])
		src := fake.HR("1 ann@corp.example", "2 ben@corp.example", "5 eve@corp.example off=retired", "6 finn@corp.example").
			Group("staff", 0, 2, 3).Group("support", 1)
		src.Snapshot.People[3].Period = until(-time.Hour)
		x.source(src)
		s := tell(t, f, src)
		s.rule("acme", "org:member", "staff")
		s.rule("beta", "org:member", "support")
		if x.id == "" {
			s.config.Removals = "all"
		}
		var found []plan.Change
		for _, c := range s.run(Run{}).Plan.Changes() {
			if c.Action == plan.Remove {
				found = append(found, *c)
			} else if c.Cause != "" {
				t.Errorf("%s: %s has the cause %q", name, c.Action, c.Cause)
			}
		}
		if len(found) != 1 || found[0].Cause != x.cause || !strings.HasPrefix(found[0].Because, x.because) {
			t.Errorf("%s: %+v, want %s: %s", name, found, x.cause, x.because)
		}
	}
}
