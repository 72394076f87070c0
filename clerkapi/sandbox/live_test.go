//go:build clerklive

package sandbox_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
)

// The live suite plays the client's contract suite on a real development
// instance, and tries what Clerk's documentation leaves open:
//
//	ROLLCALL_LIVE_KEY=sk_test_… go test -tags=clerklive -count=1 -v -run Live ./clerkapi/...
//
// It makes two organizations and a few users whose names begin with livePrefix
// and deletes them again, also after a failure; what an earlier run could not
// delete goes with the next. It touches nothing else, sends no mail, and
// refuses the key of a production instance. Without a key it plays on the
// sandbox, so that the suite itself is tested. With CLERK_OPENAPI it judges
// every exchange by Clerk's description too.

const (
	liveKey    = "ROLLCALL_LIVE_KEY"
	livePrefix = "rollcall-live-"
	// liveRate keeps everything together under the 100 requests in 10 s of a
	// development instance, whoever sends it.
	liveRate = 7
)

// live is an instance, real or not, and the objects that the suite made in it.
type live struct {
	t      *testing.T
	real   bool
	prefix string
	key    string
	base   string
	http   http.RoundTripper
	watch  *watcher
}

func TestLive(t *testing.T) {
	l := openLive(t)
	l.sweep()
	t.Cleanup(l.clean)
	s := l.stage()
	t.Run("contract", func(t *testing.T) {
		s.t = t
		s.play()
		for path, rows := range s.filteredPaths() {
			if n := len(l.must("GET", path, nil).list()); rows >= 0 && n != rows {
				t.Errorf("%s: %d rows, want %d", path, n, rows)
			}
		}
	})
	t.Run("open points", func(t *testing.T) { l.openPoints(t, s) })
}

// The key of a production instance is refused before anything is sent.
func TestLiveRefusesProduction(t *testing.T) {
	for key, good := range map[string]bool{"sk_test_x": true, "sk_live_x": false, "": false, "pk_test_x": false, " sk_test_x": false} {
		if got := liveKeyProblem(key) == ""; got != good {
			t.Errorf("key %q: %t", key, got)
		}
	}
}

func liveKeyProblem(key string) string {
	switch {
	case strings.HasPrefix(key, "sk_live_"):
		return "this is the key of a production instance; the suite plays on development instances only (sk_test_…)"
	case !strings.HasPrefix(key, "sk_test_"):
		return "this is no secret key of a development instance (sk_test_…)"
	}
	return ""
}

// openLive connects to the real instance, or to a sandbox with the limits of one.
func openLive(t *testing.T) *live {
	t.Helper()
	l := &live{t: t, key: os.Getenv(liveKey), base: clerkapi.DefaultAPIURL, watch: &watcher{limits: map[string]string{}}}
	l.prefix = livePrefix + strings.ToLower(rand.Text()[:8]) + "-"
	if l.key == "" {
		limits := sandbox.Development()
		limits.Window = time.Second // as many, sooner again
		s, err := sandbox.New(sandbox.Options{Seed: strangers(t), Limits: limits})
		must(t, err)
		l.key, l.base, l.watch.next = s.SecretKey(), "http://127.0.0.1:1", s.RoundTripper()
		before := snapshotOf(s)
		left := strangers(t)
		leftBehind(left)
		must(t, s.Reset(left))
		t.Cleanup(func() { // runs after clean
			if after := snapshotOf(s); after != before {
				t.Errorf("the suite left something behind, or touched what is not its own:\n%s\nbefore:\n%s", after, before)
			}
		})
	} else {
		if problem := liveKeyProblem(l.key); problem != "" {
			t.Fatalf("%s: %s", liveKey, problem)
		}
		l.real, l.watch.next, l.watch.pace = true, http.DefaultTransport, rate.NewLimiter(liveRate, 1)
	}
	l.http = l.judged()
	if instance, err := l.client().Instance(t.Context()); err != nil || instance.Environment != map[bool]string{true: "development", false: "sandbox"}[l.real] {
		t.Fatalf("GET /instance: %+v, %v: the suite plays on development instances only", instance, err)
	}
	return l
}

// strangers is a seed with objects that the suite must leave alone. One has a
// name like the suite's own.
func strangers(t *testing.T) *sandbox.Seed {
	t.Helper()
	return load(t, `{"version": 1, "instance": {"id": "ins_live"},
	  "users": [{"id": "user_other", "email": "rollcall-live-@other.example", "external_id": "rollcall-live-"}],
	  "roles": [{"key": "org:admin", "permissions": ["org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"]}, {"key": "org:member"}, {"key": "org:guest"}],
	  "role_sets": [{"key": "role_set:default", "type": "initial", "roles": ["org:admin", "org:member"]}],
	  "organizations": [{"id": "org_other", "slug": "rollcall-live-other", "name": "rollcall-live-other"}],
	  "memberships": [{"organization_id": "org_other", "user_id": "user_other", "role": "org:admin"}]}`)
}

// leftBehind adds the objects of a run that was killed.
func leftBehind(seed *sandbox.Seed) {
	const prefix = livePrefix + "abcdefgh-"
	private := json.RawMessage(`{"rollcall_live": "` + prefix + `"}`)
	seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_left", Slug: prefix + "acme", Name: prefix + "acme", PrivateMetadata: private})
	seed.Users = append(seed.Users, sandbox.User{ID: "user_left", Email: prefix + "ada+clerk_test@example.com", ExternalID: prefix + "ada", PrivateMetadata: private},
		sandbox.User{ID: "user_left2", Email: prefix + "hire+clerk_test@example.com", ExternalID: prefix + "e77"})
	seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_left", UserID: "user_left", Role: "org:admin"})
}

// snapshotOf is the state without ids that depend on what came before.
func snapshotOf(s *sandbox.Server) string {
	b, _ := json.Marshal(s.Snapshot())
	return regexp.MustCompile(`(idn|orgmem)_0[0-9]+`).ReplaceAllString(string(b), "$1")
}

// judged adds the check against Clerk's description, where that is at hand. A
// difference of a real instance is a finding and no failure of the test.
func (l *live) judged() http.RoundTripper {
	if os.Getenv(openAPI) == "" {
		return l.watch
	}
	c := newContract(l.t, l.watch)
	if l.real {
		c.report = func(format string, args ...any) { l.t.Logf("differs from the description: "+format, args...) }
	}
	return c
}

func (l *live) client() *clerkapi.Client {
	c, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(l.key), APIURL: l.base}, clerkapi.WithTransport(l.http))
	must(l.t, err)
	return c
}

// stage makes the organizations and people that the suite works on.
func (l *live) stage() stage {
	l.t.Helper()
	s := stage{t: l.t, c: l.client(), users: map[string]string{}, address: l.address, externalID: func(n string) string { return l.prefix + n }}
	for _, name := range []string{"acme", "globex"} {
		a := l.must("POST", "/organizations", map[string]any{"name": l.prefix + name, "slug": l.prefix + name, "max_allowed_memberships": 20,
			"private_metadata": map[string]any{"rollcall_live": l.prefix}})
		s.organizations = append(s.organizations, a.text("id"))
		if set := a.text("role_set_key"); name == "acme" && set != "" {
			s.roleSet = set
		}
	}
	s.acme, s.globex, s.slug = s.organizations[0], s.organizations[1], l.prefix+"acme"
	for _, p := range []struct{ name, last string }{{"ada", "Zorn"}, {"bob", "Same"}, {"cyd", "Same"}, {"eve", "Same"}} {
		s.users[p.name] = l.user(p.name, map[string]any{"first_name": "Live", "last_name": p.last})
		role := map[string]string{"ada": "org:admin"}[p.name]
		l.must("POST", "/organizations/"+s.acme+"/memberships", map[string]any{"user_id": s.users[p.name], "role": cmp.Or(role, "org:member")})
	}
	for _, n := range []string{"one", "two"} {
		l.must("POST", "/organizations/"+s.acme+"/invitations", map[string]any{"email_address": l.address(n), "role": "org:member", "notify": false})
	}
	if s.roleSet == "" {
		sets, err := s.c.RoleSets(l.t.Context())
		must(l.t, err)
		i := slices.IndexFunc(sets, func(r clerkapi.RoleSet) bool { return r.Type == "initial" })
		s.roleSet = sets[max(0, i)].Key
	}
	return s
}

// address is one that gets no mail: example.com has no mail server, and the
// ending marks test addresses of development instances.
func (l *live) address(name string) string { return l.prefix + name + "+clerk_test@example.com" }

// user makes a user and answers the id.
func (l *live) user(name string, more map[string]any) string {
	l.t.Helper()
	body := map[string]any{"email_address": []string{l.address(name)}, "external_id": l.prefix + name, "skip_password_requirement": true,
		"private_metadata": map[string]any{"rollcall_live": l.prefix}}
	maps.Copy(body, more)
	return l.must("POST", "/users", body).text("id")
}

// clean deletes what this run made.
func (l *live) clean() { l.remove(func(prefix string) bool { return prefix == l.prefix }) }

// sweep deletes what earlier runs could not delete.
func (l *live) sweep() { l.remove(func(string) bool { return true }) }

// remove deletes organizations and users that have the suite's prefix in their
// names and in the private metadata that the suite gave them.
func (l *live) remove(whose func(prefix string) bool) {
	for _, kind := range []string{"/organizations", "/users"} {
		a := l.send("GET", kind+"?limit=500&query="+url.QueryEscape(livePrefix), nil)
		if a.status != http.StatusOK {
			l.t.Errorf("look for what is left in %s: %d %s", kind, a.status, a.body)
			continue
		}
		for _, x := range a.list() {
			if !l.made(x, whose) {
				continue
			}
			if d := l.send("DELETE", kind+"/"+x["id"].(string), nil); d.status != http.StatusOK && d.status != http.StatusNotFound {
				l.t.Errorf("delete %s/%s by hand: %d %s", kind, x["id"], d.status, d.body)
			}
		}
	}
}

// livePrefixes are the beginnings of the names of one run's objects.
var livePrefixes = regexp.MustCompile(`^` + livePrefix + `[a-z2-7]{8}-`)

// made reports whether the suite made an object, by two signs: its name or
// external_id, and its metadata or, for a user that the client made, its
// address.
func (l *live) made(x map[string]any, whose func(prefix string) bool) bool {
	private, _ := x["private_metadata"].(map[string]any)
	name, _ := x["slug"].(string)
	if external, ok := x["external_id"].(string); ok {
		name = external
	}
	prefix := livePrefixes.FindString(name)
	if prefix == "" || !whose(prefix) {
		return false
	}
	addresses, _ := json.Marshal(x["email_addresses"])
	return private["rollcall_live"] == prefix || strings.Contains(string(addresses), `"email_address":"`+prefix)
}

// liveAnswer is the answer to a single request.
type liveAnswer struct {
	answer
	fields map[string]any
}

func (r liveAnswer) text(name string) string { s, _ := r.fields[name].(string); return s }

// list are the items of a list, bare or not.
func (r liveAnswer) list() []map[string]any {
	var wrapped struct{ Data []map[string]any }
	if strings.HasPrefix(strings.TrimSpace(r.body), "[") {
		_ = json.Unmarshal([]byte(r.body), &wrapped.Data)
	} else {
		_ = json.Unmarshal([]byte(r.body), &wrapped)
	}
	return wrapped.Data
}

// problem is status, code and parameter of a refusal, or that there was none.
func (r liveAnswer) problem() string {
	var e struct {
		Errors []struct {
			Code string
			Meta map[string]any
		}
	}
	_ = json.Unmarshal([]byte(r.body), &e)
	if len(e.Errors) == 0 {
		return fmt.Sprint(r.status)
	}
	return fmt.Sprintf("%d %s, meta %v", r.status, e.Errors[0].Code, e.Errors[0].Meta)
}

func (l *live) must(method, path string, body any) liveAnswer {
	l.t.Helper()
	r := l.send(method, path, body)
	if r.status != http.StatusOK {
		l.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	return r
}

// send sends a request, and sends it again after a 429, so that nothing is left
// behind.
func (l *live) send(method, path string, body any) liveAnswer {
	l.t.Helper()
	for attempt := 0; ; attempt++ {
		a := l.once(method, path, body)
		if a.status != http.StatusTooManyRequests || attempt == 5 {
			return a
		}
		seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
		time.Sleep(time.Duration(min(max(1, seconds), 60)) * time.Second)
	}
}

// once sends a request outside the test's context, because cleaning up happens
// after the context has ended.
func (l *live) once(method, path string, body any) liveAnswer {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) //nolint:usetesting // cleaning up happens after the test's context has ended
	defer cancel()
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		must(l.t, err)
		reader = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, l.base+"/v1"+path, reader)
	must(l.t, err)
	r.Header.Set("Authorization", "Bearer "+l.key)
	r.Header.Set("Clerk-API-Version", apiVersion)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := l.http.RoundTrip(r)
	must(l.t, err)
	b, err := io.ReadAll(io.LimitReader(resp.Body, 32<<20))
	must(l.t, errors.Join(err, resp.Body.Close()))
	out := liveAnswer{answer: answer{l.t, resp.StatusCode, resp.Header, string(b)}}
	_ = json.Unmarshal(b, &out.fields)
	return out
}
