package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
)

// company is 10,000 people, or 2,500, in 50 organizations: what Clerk holds, and what the
// directory says after 5 % of every kind of change. The expected end is kept
// beside both, computed without any of rollcall's code.
type company struct {
	seed *sandbox.Seed
	csv  bytes.Buffer
	want map[string]place // by organization and user
}

// place is what a membership must be in the end.
type place struct {
	Role            string
	Public, Private map[string]any
}

const companyOrganizations = 50

func newCompany(t *testing.T) *company {
	t.Helper()
	people := 10_000
	if suite.Short(t) {
		people = 2_500
	}
	c := &company{seed: &sandbox.Seed{Version: sandbox.SeedVersion}, want: map[string]place{}}
	for o := range companyOrganizations {
		c.seed.Organizations = append(c.seed.Organizations, sandbox.Organization{
			ID: fmt.Sprintf("org_%02d", o), Slug: fmt.Sprintf("team-%02d", o)})
	}
	c.csv.WriteString("id,mail,groups,dept,title\n")
	random := rand.New(rand.NewPCG(7, 7))
	for i := range people {
		c.person(i, random)
	}
	return c
}

// person makes one person: mostly settled, else one of the kinds of churn.
func (c *company) person(i int, random *rand.Rand) {
	user, mail := fmt.Sprintf("user_%05d", i), fmt.Sprintf("p%05d@corp.example", i)
	c.seed.Users = append(c.seed.Users, sandbox.User{ID: user, Email: mail})
	organization := i % companyOrganizations
	role, dept, title := "org:member", fmt.Sprintf("d%d", i%7), fmt.Sprintf("t%d", i%5)
	if i/companyOrganizations < 20 {
		role = "org:admin"
	}
	now := place{role, map[string]any{"dept": dept, "seen": float64(i)}, map[string]any{
		"rollcall": map[string]any{"owner": "rollcall", "source": "hr", "id": fmt.Sprint(i)}, "title": title, "note": map[string]any{"by": "hand"}}}
	then := place{role, maps.Clone(now.Public), maps.Clone(now.Private)}
	listed, member := true, true
	switch random.IntN(100) {
	case 0: // leaves
		listed = false
	case 1: // joins: an add knows nothing of what others wrote
		member = false
		delete(then.Public, "seen")
		delete(then.Private, "note")
	case 2: // another role
		now.Role = map[string]string{"org:member": "org:admin", "org:admin": "org:member"}[role]
	case 3: // another department
		now.Public["dept"] = "old"
	case 4: // a value vanishes
		title = ""
		delete(then.Private, "title")
	}
	if member {
		c.seed.Memberships = append(c.seed.Memberships, sandbox.Membership{OrganizationID: fmt.Sprintf("org_%02d", organization),
			UserID: user, Role: now.Role, PublicMetadata: raw(now.Public), PrivateMetadata: raw(now.Private)})
	}
	if !listed {
		return
	}
	kind := map[string]string{"org:member": "members", "org:admin": "admins"}[role]
	fmt.Fprintf(&c.csv, "%d,%s,clerk-team-%02d-%s,%s,%s\n", i, mail, organization, kind, dept, title)
	c.want[fmt.Sprintf("org_%02d %s", organization, user)] = then
}

func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func (c *company) config(t *testing.T, url string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("ROLLCALL_TEST_KEY", sandbox.DefaultSecretKey)
	text := fmt.Sprintf(`
clerk: {secret_key_env: ROLLCALL_TEST_KEY, api_url: %s, budget: 100%%, rate: {requests: 100000, window: 1s}}
sources:
  - name: hr
    csv: {path: %s, settle: 0s, columns: {id: id, email: mail, groups: groups}}
rules:
  - groups: {match: 'clerk-(?<org>team-[0-9]+)-admins'}
    organization: "{org}"
    role: org:admin
    metadata: {public: {dept: "{dept}"}, private: {title: "{title}"}}
  - groups: {match: 'clerk-(?<org>team-[0-9]+)-members'}
    organization: "{org}"
    role: org:member
    metadata: {public: {dept: "{dept}"}, private: {title: "{title}"}}
sync: {removals: managed}
guards:
  admin_losses: {people: 50, half: 0, run: 500}
  admin_grants: {people: 50, run: 500}
state: none
`, url, filepath.Join(dir, "people.csv"))
	for name, content := range map[string][]byte{"people.csv": c.csv.Bytes(), "rollcall.yaml": []byte(text)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "rollcall.yaml")
}

func TestTenThousandPeopleConvergeInOneApply(t *testing.T) {
	c := newCompany(t)
	server, listener := serveClerk(t, c.seed)
	config := c.config(t, listener)
	verb := func(args ...string) int {
		var out, errs bytes.Buffer
		code := run(context.Background(), append(args, "--config", config), strings.NewReader(""), &out, &errs)
		tail := strings.Split(strings.TrimSpace(out.String()), "\n")
		t.Logf("%s: exit %d, %s %s", strings.Join(args, " "), code, tail[max(0, len(tail)-6):], errs.String()[:min(500, errs.Len())])
		return code
	}
	if code := verb("plan", "--exit-code"); code != 5 {
		t.Fatalf("the first plan exits %d, want 5: changes pending", code)
	}
	if n := len(server.Writes()); n != 0 {
		t.Fatalf("plan sent %d writes", n)
	}
	if code := verb("apply"); code != 0 {
		t.Fatalf("apply exits %d", code)
	}
	if code := verb("plan", "--exit-code"); code != 0 {
		t.Errorf("the second plan exits %d, want 0", code)
	}
	c.compare(t, server)
	before := len(server.Writes())
	if code := verb("apply"); code != 0 || len(server.Writes()) != before {
		t.Errorf("the second apply exits %d after %d writes", code, len(server.Writes())-before)
	}
}

// compare holds the sandbox against the expected end, metadata included.
func (c *company) compare(t *testing.T, server *sandbox.Server) {
	t.Helper()
	have := map[string]place{}
	for _, m := range server.Snapshot().Memberships {
		p := place{Role: m.Role}
		if json.Unmarshal(m.PublicMetadata, &p.Public) != nil || json.Unmarshal(m.PrivateMetadata, &p.Private) != nil {
			t.Fatalf("metadata of %s is no object", m.UserID)
		}
		have[m.OrganizationID+" "+m.UserID] = p
	}
	wrong := 0
	for _, key := range slices.Sorted(maps.Keys(c.want)) {
		h, _ := json.Marshal(have[key])
		w, _ := json.Marshal(c.want[key])
		if !bytes.Equal(h, w) && wrong < 10 {
			wrong++
			t.Errorf("%s is %s, want %s", key, h, w)
		}
	}
	if len(have) != len(c.want) {
		t.Errorf("%d memberships, want %d", len(have), len(c.want))
	}
}
