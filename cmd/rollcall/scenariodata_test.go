package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync/identity"
)

// churn says how many people differ between the directory and Clerk.
type churn struct{ joins, leaves, promotions, moves int }

func (c churn) writes() int { return c.joins + c.leaves + c.promotions + c.moves }

// world is what Clerk holds, what the directory says, and what must be in the
// end, computed without any of rollcall's code.
type world struct {
	organizations, each int
	churn               churn
	seed                *sandbox.Seed
	csv                 bytes.Buffer
	want                map[string]place
	// What the run must look up: the addresses of joiners, the users of leavers.
	joiners, leavers []string
	joined           map[string]bool // organizations, whose subscriptions are read (S19)
	members          []int           // by organization, before
}

type kind uint8

const (
	settled kind = iota
	joins
	leaves
	promoted
	moved // to another department
)

// newWorld spreads the churn over the people, the first of each organization
// apart, who stays its admin; when everybody joins, they do too.
func newWorld(organizations, each int, c churn) *world {
	w := &world{organizations: organizations, each: each, churn: c, want: map[string]place{}, joined: map[string]bool{}, members: make([]int, organizations)}
	total := organizations * each
	kinds := make([]kind, total)
	if c.joins == total {
		for i := range kinds {
			kinds[i] = joins
		}
	} else {
		w.spread(kinds)
	}
	w.seed = sandbox.Generate(organizations, each)
	w.seed.Memberships = w.seed.Memberships[:0]
	w.csv.WriteString("id,email,organization,role,department\n")
	for i, k := range kinds {
		w.person(i, k)
	}
	return w
}

func (w *world) spread(kinds []kind) {
	var free []int
	for i := range kinds {
		if i%w.each != 0 {
			free = append(free, i)
		}
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	next := 0
	for _, x := range []struct {
		kind kind
		n    int
	}{{joins, w.churn.joins}, {leaves, w.churn.leaves}, {promoted, w.churn.promotions}, {moved, w.churn.moves}} {
		for range x.n {
			kinds[free[next]] = x.kind
			next++
		}
	}
}

func (w *world) person(i int, k kind) {
	organization := w.seed.Organizations[i/w.each]
	user := &w.seed.Users[i]
	id := user.ExternalID
	user.ExternalID = "" // the marker and the address join, as in most installations
	role, department := "org:member", fmt.Sprintf("d%d", i%7)
	if i%w.each == 0 {
		role = "org:admin"
	}
	then := place{role, map[string]any{"department": department}, map[string]any{
		"rollcall": map[string]any{"owner": "rollcall", "source": "people", "id": id}}}
	now := then
	switch k {
	case settled, joins:
	case leaves:
		w.leavers = append(w.leavers, user.ID)
	case promoted:
		then.Role = "org:admin"
	case moved:
		now.Public = map[string]any{"department": "old"}
	}
	if k == joins {
		w.joiners = append(w.joiners, user.Email)
		w.joined[organization.ID] = true
	} else {
		w.members[i/w.each]++
		w.seed.Memberships = append(w.seed.Memberships, sandbox.Membership{OrganizationID: organization.ID, UserID: user.ID,
			Role: now.Role, PublicMetadata: raw(now.Public), PrivateMetadata: raw(now.Private)})
	}
	if k != leaves {
		fmt.Fprintf(&w.csv, "%s,%s,%s,%s,%s\n", id, user.Email, organization.Slug, then.Role, department)
		w.want[organization.ID+" "+user.ID] = then
	}
}

// least is the computed minimum of one run: what clerkapi says of listings
// and what sync says of look-ups, and one request for each change.
func (w *world) least() int {
	total := 0
	for _, n := range w.members {
		total += n
	}
	_, listing := clerkapi.ListingRequests(w.members, total)
	find := clerkapi.FindRequests(w.organizations, max(0, w.organizations-clerkapi.PageLimit))
	rolesAndSets := 2
	lookups := identity.LookUpRequests(total, len(w.seed.Users), clerkapi.UserQuery{Emails: w.joiners})
	return find + rolesAndSets + listing + lookups + clerkapi.UserRequests(clerkapi.UserQuery{IDs: w.leavers}) + w.churn.writes()
}

// files writes the seed, the directory and the configuration.
func (w *world) files(t testing.TB, dir string) {
	t.Helper()
	seed, err := json.Marshal(w.seed)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "seed.json"), seed)
	write(t, filepath.Join(dir, "people.csv"), w.csv.Bytes())
}

func write(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// configText is the configuration of all scenarios: guards that let the churn pass.
func configText(url, budget, metadata, rate string) []byte {
	return fmt.Appendf(nil, `
clerk: {secret_key_env: ROLLCALL_SCENARIO_KEY, api_url: %s, budget: %s%s}
sources:
  - name: people
    csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, organization: organization, role: role%s}}
sync: {removals: managed}
guards:
  removals: {percent: 0, people: 10000000, half: 0, run: 10000000}
  admin_losses: {people: 10000000, half: 0, run: 10000000}
  admin_grants: {people: 10000000, run: 10000000}
  adds: {percent: 0, people: 10000000, run: 10000000}
  role_changes: {percent: 0, people: 10000000, run: 10000000}
  metadata_nulls: {percent: 0, people: 10000000, run: 10000000}
`, url, budget, rate, metadata)
}

// compare holds what Clerk has against the expected end, metadata included.
func (w *world) compare(t testing.TB, seed *sandbox.Seed) {
	t.Helper()
	wrong := 0
	for _, m := range seed.Memberships {
		have := place{Role: m.Role}
		if json.Unmarshal(m.PublicMetadata, &have.Public) != nil || json.Unmarshal(m.PrivateMetadata, &have.Private) != nil {
			t.Errorf("metadata of %s is no object", m.UserID)
		}
		want, ok := w.want[m.OrganizationID+" "+m.UserID]
		if h, x := string(raw(asAny(have))), string(raw(asAny(want))); (!ok || h != x) && wrong < 5 {
			wrong++
			t.Errorf("%s in %s is %s, want %s", m.UserID, m.OrganizationID, h, x)
		}
	}
	if len(seed.Memberships) != len(w.want) {
		t.Errorf("%d memberships in the end, want %d", len(seed.Memberships), len(w.want))
	}
}

func asAny(p place) map[string]any {
	return map[string]any{"role": p.Role, "public": p.Public, "private": p.Private}
}

// millionCSV writes the rows of a generated instance, one in two hundred left
// out and one in two hundred promoted, straight to the file: what this process
// holds would count as the child's memory, which begins as a copy of it.
func millionCSV(t testing.TB, name string, organizations, each int) (rows, removals, promotions int) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(file)
	_, _ = fmt.Fprintln(out, "id,email,organization,role")
	for i := range organizations * each {
		role := "org:member"
		switch {
		case i%each == 0:
			role = "org:admin"
		case i%200 == 7:
			removals++
			continue
		case i%200 == 9:
			role = "org:admin"
			promotions++
		}
		rows++
		_, _ = fmt.Fprintf(out, "e%09d,person%09d@corp.example,org-%06d,%s\n", i+1, i+1, i/each+1, role)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return rows, removals, promotions
}
