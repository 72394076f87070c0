package identity

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/sync/roster"
)

// picky refuses queries with some values.
type picky struct {
	Clerk
	refuses  func(value string) bool
	status   int
	down     bool // it answers nothing else
	requests int
}

func (c *picky) Users(_ context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	c.requests += clerkapi.UserRequests(q)
	var found []clerkapi.User
	for _, v := range append(q.Emails, q.ExternalIDs...) {
		if c.refuses(v) {
			return nil, &clerkapi.Error{Method: http.MethodGet, Path: "/users", Status: c.status}
		}
		found = append(found, clerkapi.User{ID: "user_" + v})
	}
	return found, nil
}

func (c *picky) UsersCount(context.Context) (int, error) {
	if c.requests++; c.down {
		return 0, &clerkapi.Error{Method: http.MethodGet, Path: "/users/count", Status: http.StatusNotFound}
	}
	return 1, nil
}

// A value that Clerk refuses keeps nobody else from being found. If Clerk refuses too
// many, or the cause is no value, the look-up fails as a whole (S09).
func TestS09ValuesThatClerkRefuses(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprintf("u%03d@corp.example", i))
	}
	one := func(values ...string) func(string) bool {
		return func(v string) bool { return slices.Contains(values, v) }
	}
	all := func(string) bool { return true }
	for name, x := range map[string]struct {
		clerk  picky
		values []string
		want   []string // refused
		whole  bool     // the look-up fails
		most   int      // requests
	}{
		"none":               {picky{refuses: one()}, many, nil, false, 3},
		"one":                {picky{refuses: one(many[7]), status: 422}, many, many[7:8], false, 20},
		"two":                {picky{refuses: one(many[0], many[249]), status: 400}, many, []string{many[0], many[249]}, false, 35},
		"one that is alone":  {picky{refuses: all, status: 422}, many[:1], many[:1], false, 2},
		"each of a few":      {picky{refuses: all, status: 403}, many[:3], many[:3], false, 7},
		"more than a few":    {picky{refuses: all, status: 422}, many, nil, true, 40},
		"the request itself": {picky{refuses: all, status: 404, down: true}, many[:1], nil, true, 2},
		"the key":            {picky{refuses: all, status: 401}, many, nil, true, 3},
		"a server fault":     {picky{refuses: one(many[7]), status: 500}, many, nil, true, 3},
		"a limit":            {picky{refuses: one(many[7]), status: 429}, many, nil, true, 3},
	} {
		for kind, query := range map[string]clerkapi.UserQuery{"addresses": {Emails: x.values}, "external ids": {ExternalIDs: x.values}} {
			clerk := x.clerk
			index := NewUserIndex(&clerk, zap.NewNop(), &roster.Roster{Banned: map[string]bool{}})
			i := newQuestions(&index).emails
			users, err := i.read(t.Context(), query)
			refused := slices.Sorted(maps.Keys(i.refused))
			_, isClerks := errors.AsType[*clerkapi.Error](err)
			switch {
			case (err != nil) != x.whole, x.whole && !isClerks, !x.whole && (!slices.Equal(refused, x.want) || len(users) != len(x.values)-len(x.want)):
				t.Errorf("%s, %s: refused %q, %d users, %v", name, kind, refused, len(users), err)
			case clerk.requests > x.most:
				t.Errorf("%s, %s: %d requests, want %d at most", name, kind, clerk.requests, x.most)
			}
		}
	}
}
