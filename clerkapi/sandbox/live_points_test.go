//go:build clerklive

package sandbox_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/time/rate"

	"rollcall/clerkapi"
)

// watcher sends requests at a pace, and keeps what headers say about limits.
type watcher struct {
	next http.RoundTripper
	pace *rate.Limiter // nil on the sandbox

	mu     sync.Mutex
	limits map[string]string
}

func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.pace != nil {
		if err := w.pace.Wait(r.Context()); err != nil {
			return nil, err
		}
	}
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for name := range resp.Header {
		if strings.Contains(strings.ToLower(name), "ratelimit") {
			w.limits[name] = resp.Header.Get(name)
		}
	}
	return resp, nil
}

// openPoints tries the points that Clerk's documentation leaves open, and prints
// the results. rollcall is right either way. The results say where it could be
// simpler or faster, and whether the sandbox made the same choice as Clerk.
func (l *live) openPoints(t *testing.T, s stage) {
	points := []struct {
		question string
		try      func(stage) string
	}{
		{"Do the paths of memberships take a slug in place of the organization's id?", l.slugInPath},
		{"Is the order of members with equal sort keys the same from page to page?", l.equalKeys},
		{"Which address does a membership show as the identifier of a user with several?", l.identifier},
		{"Is a bulk of invitations all or nothing?", l.bulk},
		{"Do filters of different kinds on users all have to hold?", l.filters},
		{"Does the filter by address find users who have not proven the address?", l.unproven},
		{"What answers a role that does not exist?", l.unknownRole},
		{"What answers a role outside the organization's role set?", l.roleOutsideSet},
		{"Is the limit of metadata per field, or for public and private together?", l.metadataTotal},
		{"Does the limit of metadata count bytes or characters?", l.metadataUnit},
		{"Do addresses keep their upper case?", l.upperCase},
		{"How many users may a development instance have?", l.quota},
		{"What does a 429 say beside its status?", l.tooMany},
		{"Do answers have headers about rate limits?", l.limitHeaders},
	}
	l.t = t
	for i, p := range points {
		t.Logf("%2d. %s\n      → %s", i+1, p.question, p.try(s))
	}
}

func (l *live) slugInPath(s stage) string {
	r := l.send("GET", "/organizations/"+s.slug+"/memberships?limit=10", nil)
	if r.status == http.StatusOK {
		return fmt.Sprintf("yes: a list by slug has %d members", len(r.list()))
	}
	return "no: " + r.problem()
}

func (l *live) equalKeys(s stage) string {
	read := func() string {
		var ids []string
		for offset := range 4 {
			r := l.must("GET", fmt.Sprintf("/organizations/%s/memberships?order_by=first_name&limit=1&offset=%d", s.acme, offset), nil)
			for _, m := range r.list() {
				ids = append(ids, m["id"].(string))
			}
		}
		return strings.Join(ids, " ")
	}
	first := read()
	seen := map[string]bool{}
	for _, id := range strings.Fields(first) {
		seen[id] = true
	}
	if len(seen) != 4 {
		return "no: four pages of one member each showed " + first
	}
	if again := read(); again != first {
		return "no: " + first + ", and then " + again
	}
	return "as far as two readings tell"
}

func (l *live) identifier(s stage) string {
	first, second := l.address("first"), l.address("second")
	id := l.user("two", map[string]any{"email_address": []string{first, second}})
	m := l.must("POST", "/organizations/"+s.globex+"/memberships", map[string]any{"user_id": id, "role": "org:member"})
	shown, _ := m.fields["public_user_data"].(map[string]any)
	switch shown["identifier"] {
	case first:
		return "the first, which is the primary one"
	case second:
		return "the second, which is not the primary one"
	}
	return fmt.Sprintf("neither: %v", shown["identifier"])
}

func (l *live) bulk(s stage) string {
	good, bad := l.address("bulk"), l.address("one") // the second is invited already
	r := l.send("POST", "/organizations/"+s.acme+"/invitations/bulk", []map[string]any{
		{"email_address": good, "role": "org:member", "notify": false}, {"email_address": bad, "role": "org:member", "notify": false}})
	pending := l.must("GET", "/organizations/"+s.acme+"/invitations?limit=500&status=pending&email_address="+url.QueryEscape(good), nil).list()
	return fmt.Sprintf("of one good address and one that is invited already, %d went out (%s)", len(pending), r.problem())
}

func (l *live) filters(s stage) string {
	found := l.must("GET", "/users?limit=10&user_id="+s.users["ada"]+"&external_id="+l.prefix+"bob", nil).list()
	switch len(found) {
	case 0:
		return "yes: one user's id and another's external_id find nobody"
	case 2:
		return "no: one user's id and another's external_id find both"
	}
	return fmt.Sprintf("neither: one user's id and another's external_id find %d", len(found))
}

func (l *live) unproven(stage) string {
	id := l.user("reserved", map[string]any{"email_address_identification_status": []string{"reserved"}})
	found := l.must("GET", "/users?limit=10&email_address="+strings.ReplaceAll(l.address("reserved"), "+", "%2B"), nil).list()
	if len(found) == 1 && found[0]["id"] == id {
		return fmt.Sprintf("yes: the holder of a reserved address is found, with %v", found[0]["email_addresses"].([]any)[0].(map[string]any)["verification"])
	}
	return fmt.Sprintf("no: %d found", len(found))
}

func (l *live) unknownRole(s stage) string {
	return l.send("PATCH", "/organizations/"+s.acme+"/memberships/"+s.users["bob"], map[string]any{"role": "org:rollcall_live_none"}).problem()
}

func (l *live) roleOutsideSet(s stage) string {
	roles, err := s.c.Roles(context.Background()) //nolint:usetesting // the stage outlives one test
	must(l.t, err)
	sets, err := s.c.RoleSets(context.Background()) //nolint:usetesting // as above
	must(l.t, err)
	set := slices.IndexFunc(sets, func(r clerkapi.RoleSet) bool { return r.Key == s.roleSet })
	i := slices.IndexFunc(roles, func(r clerkapi.Role) bool { return !slices.Contains(sets[set].Roles, r.Key) })
	if i < 0 {
		return "not tried: every role of the instance is in the set"
	}
	return l.send("PATCH", "/organizations/"+s.acme+"/memberships/"+s.users["bob"], map[string]any{"role": roles[i].Key}).problem()
}

// metadata tries a pair of metadata objects on bob.
func (l *live) metadata(s stage, public, private string) liveAnswer {
	return l.send("PATCH", "/organizations/"+s.acme+"/memberships/"+s.users["bob"]+"/metadata",
		map[string]any{"public_metadata": map[string]any{"x": public}, "private_metadata": map[string]any{"x": private}})
}

func (l *live) metadataTotal(s stage) string {
	if r := l.metadata(s, strings.Repeat("x", 5000), strings.Repeat("x", 5000)); r.status != http.StatusOK {
		return "together: 5,000 bytes each are refused with " + r.problem()
	}
	return "per field: 5,000 bytes in each are taken"
}

func (l *live) metadataUnit(s stage) string {
	if r := l.metadata(s, strings.Repeat("€", 3000), ""); r.status != http.StatusOK {
		return "bytes: 3,000 characters of 3 bytes each are refused with " + r.problem()
	}
	return "characters: 3,000 of 3 bytes each are taken"
}

func (l *live) upperCase(stage) string {
	mixed := strings.Replace(l.address("mixed"), "mixed", "MiXed", 1)
	id := l.user("mixed", map[string]any{"email_address": []string{mixed}})
	users, err := l.client().Users(context.Background(), clerkapi.UserQuery{IDs: []string{id}}) //nolint:usetesting // as above
	must(l.t, err)
	return fmt.Sprintf("%t", users[0].Emails[0].Address == mixed)
}

func (l *live) quota(stage) string {
	n, err := l.client().UsersCount(context.Background()) //nolint:usetesting // as above
	must(l.t, err)
	return fmt.Sprintf("not tried, because it would mean to fill the instance; it has %d now", n)
}

// tooMany causes a 429 on the sandbox, and on a real instance on request only:
// for ten seconds it refuses every program on that instance.
func (l *live) tooMany(stage) string {
	if l.real && os.Getenv("ROLLCALL_LIVE_FLOOD") == "" {
		return "not tried, because all of the instance is refused for a while then; set ROLLCALL_LIVE_FLOOD=1 to try"
	}
	pace := l.watch.pace
	l.watch.pace = nil
	defer func() { l.watch.pace = pace }()
	for range 150 {
		if r := l.once("GET", "/instance", nil); r.status == http.StatusTooManyRequests {
			return fmt.Sprintf("%s, Retry-After %q, Content-Type %q", r.problem(), r.header.Get("Retry-After"), r.header.Get("Content-Type"))
		}
	}
	return "150 requests at once got none"
}

func (l *live) limitHeaders(stage) string {
	l.watch.mu.Lock()
	defer l.watch.mu.Unlock()
	if len(l.watch.limits) == 0 {
		return "no"
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(l.watch.limits)) {
		all = append(all, name+": "+l.watch.limits[name])
	}
	return strings.Join(all, ", ")
}
