package diff

import (
	"testing"

	"rollcall/sync/exception"
	"rollcall/sync/roster"
)

// Only what a grant gives, and no rule, feeds nothing: its source would otherwise count
// as one of the organization's (S15).
func TestS15SourcesOfGrants(t *testing.T) {
	granted := func(id, source string, ruled bool) *Proposal {
		w := wish(id, "user_"+id)
		w.Person.From.Source, w.Ruled, w.Exception = source, ruled, &exception.Exception{}
		d := &Proposal{Organization: &roster.Organization{}}
		d.Wants = append(d.Wants, wish("a", "user_a"), w)
		return d
	}
	for name, x := range map[string]struct {
		d    *Proposal
		want int
	}{
		"granted alone":         {granted("b", exception.Source, false), 1},
		"granted above a rule":  {granted("b", "it", true), 2},
		"an entry, and granted": {granted("b", "it", false), 1},
	} {
		if got := x.d.Sources(); len(got) != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
