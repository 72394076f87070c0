package facts

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/sync"
	"rollcall/sync/plan"
)

// Where the ids of a source have changed, everybody has a conflict: the block names a
// few, and the first step says what to look at.
func TestS02ConflictsOfAllAreOneThing(t *testing.T) {
	conflicts := func(n int) *plan.Plan {
		made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme"}}}
		for i := range n {
			h := plan.NewHold(plan.IdentityConflict, "org_a", fmt.Sprintf("p%d@corp.example: same address, other id", i))
			h.Conflict = &plan.Conflict{Email: fmt.Sprintf("p%d@corp.example", i)}
			made.Holds = append(made.Holds, h)
		}
		return made
	}
	for name, x := range map[string]struct {
		conflicts, named int
		all              bool
		left             string
	}{
		"a few":      {10, 10, false, ""},
		"one more":   {11, 10, false, "1 person more"},
		"all people": {460, 10, false, "450 people more"},
		"on request": {460, 460, true, ""},
	} {
		p := New(&sync.Report{Plan: conflicts(x.conflicts)}, Options{All: x.all})
		_, blocks := p.Blocks()
		text := strings.Join(blocks[0].Why, "\n")
		if got := strings.Count(text, "same address"); got != x.named || len(blocks[0].Ways) != 2*x.named {
			t.Errorf("%s: %d named, %d ways", name, got, len(blocks[0].Ways))
		}
		if x.left != "" != strings.Contains(text, "more with the address of one account") || !strings.Contains(text, x.left) {
			t.Errorf("%s: %s", name, text)
		}
		if first := p.Steps()[0].Text; strings.HasPrefix(first, "look at the ids of the source first") != (x.conflicts > 10) {
			t.Errorf("%s: %s", name, first)
		}
	}
}
