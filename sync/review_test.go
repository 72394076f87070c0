package sync

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/explain"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// reviewedAs is who in an organization has which standing.
func reviewedAs(o explain.Reviewed) map[string]explain.Standing {
	out := map[string]explain.Standing{}
	for _, a := range o.Members {
		out[a.UserID] = a.Standing
	}
	return out
}

func TestReviewOfEachStanding(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	f.Member("acme", "user_eve", "org:member", "")
	f.Member("acme", "user_far", "org:member", `{"rollcall":{"owner":"other","source":"x","id":"1"}}`)
	f.Member("acme", "user_old", "org:member", fake.Ours("9"))
	f.Member("beta", "user_eve", "org:admin", "")
	c := begin(t, s)
	r := c.next(Run{Review: &explain.Scope{Organizations: []string{"beta"}}}).Review
	want := map[string]explain.Standing{"user_ann": explain.Explained, "user_ben": explain.Explained, "user_cy": explain.Explained, "user_eve": explain.Unexplained, "user_far": explain.Foreign, "user_old": explain.Leaving}
	if diff := cmp.Diff(want, reviewedAs(r.Organizations[0])); diff != "" {
		t.Error(diff)
	}
	if o := r.Organizations[1]; o.Ruled || o.Slug != "beta" || o.Members[0].Standing != explain.Unexplained || !o.Members[0].Admin {
		t.Errorf("an organization that no rule leads to: %+v", o)
	}
	if first := r.Organizations[0].Members[0]; first.UserID != "user_eve" {
		t.Errorf("the first is %s, not whom nothing explains", first.UserID)
	}
}

// An organization that is read for the review only loses nobody, whatever
// removals says.
func TestReviewTakesNothing(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	f.Member("beta", "user_eve", "org:member", "")
	f.Member("beta", "user_ann", "org:member", fake.Ours("1"))
	s.config.Removals = policy.RemovalsAll
	c := begin(t, s)
	r := c.next(Run{Review: &explain.Scope{Organizations: []string{"beta"}}})
	if n := len(r.Plan.Organizations[1].Changes); n != 0 {
		t.Errorf("%d changes in an organization that no rule leads to: %+v", n, r.Plan.Organizations[1].Changes)
	}
}

// Since the newest run that did something there; a membership that somebody
// else made after ours was removed is nobody's.
func TestReviewKnowsSinceWhen(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	f.User("user_dan", "dan@corp.example")
	c := begin(t, s)
	src := c.source()
	src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: "4", Email: "dan@corp.example"})
	src.Snapshot.Groups[0].Members = append(src.Snapshot.Groups[0].Members, source.Member{Person: 3})
	c.apply()
	since := func() *explain.Since {
		t.Helper()
		for _, a := range c.next(Run{Review: &explain.Scope{}}).Review.Organizations[0].Members {
			if a.UserID == "user_dan" {
				return a.Since
			}
		}
		t.Fatal("dan is no member")
		return nil
	}
	if got := since(); got == nil || got.Run != 1 || got.Action != "add" || got.Role != "org:member" {
		t.Fatalf("since %+v", got)
	}
	src.Snapshot.Groups[0].Members = src.Snapshot.Groups[0].Members[:3]
	c.apply()
	f.Member("acme", "user_dan", "org:member", "")
	if got := since(); got != nil {
		t.Errorf("somebody else let dan in again, and the review says %+v", got)
	}
}

// A listing with a hole in it makes no review.
func TestS09ReviewIsWholeOrNone(t *testing.T) {
	t.Parallel()
	s, f := company(t)
	f.Unlisted["org_acme"] = &clerkapi.IncompleteError{Organization: "org_acme", What: "memberships", Got: 2, Want: 3}
	c := begin(t, s)
	_, err := c.once(t.Context(), Run{Review: &explain.Scope{}})
	if err == nil || !strings.Contains(err.Error(), "would be incomplete") {
		t.Errorf("got %v", err)
	}
}
