package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

func TestSnapshotIsASeed(t *testing.T) {
	w := start(t, sandbox.Options{Seed: contractSeed(t)})
	first, err := json.Marshal(w.Snapshot())
	must(t, err)
	again := start(t, sandbox.Options{Seed: load(t, string(first))})
	second, err := json.Marshal(again.Snapshot())
	must(t, err)
	if !bytes.Equal(first, second) {
		t.Errorf("a snapshot loaded and taken again differs:\n%s\n%s", first, second)
	}
	if m := again.do("POST", "/organizations/org_acme/memberships", `{"user_id":"user_dan","role":"org:member"}`).row(); strings.Contains(string(first), m.ID) {
		t.Errorf("the id %s is handed out twice", m.ID)
	}
}

func TestLoadSeedRefuses(t *testing.T) {
	for text, problems := range map[string][]string{
		`{"version":2,"instance":{"environment_type":"x","max_allowed_users":-1,"max_allowed_memberships":-1}}`: {
			"version", "instance.environment_type", "instance.max_allowed_users", "instance.max_allowed_memberships"},
		`{"version":1,"users":[{"id":"user_a","emial":"x","banned":"yes"},7,{"id":"user_b","created_at":1.5}],"organizations":{}}`: {
			"organizations", "users[0].banned", "users[0].emial", "users[1]", "users[2].created_at"},
		`{"version":1,"users":[{"id":"user_a","public_metadata":[]}]}`: {"users[0].public_metadata"},
		`{"version":1,"users":[{"id":"a"},{"id":"user_a b"},{"id":"user_b","email":"x"},{"id":"user_b","email_addresses":[{"email_address":"a@b.example","verification":{"status":"odd"}}],"primary_email_address_id":"idn_x"}]}`: {
			"users[0].id", "users[1].id", "users[2].email", "users[3].id", "users[3].email_addresses[0].verification.status", "users[3].primary_email_address_id"},
		`{"version":1,"users":[{"id":"user_a","email":"A@b.example","username":"n","external_id":"e"},{"id":"user_b","email":"a@B.example","username":"n","external_id":"e"}]}`: {
			"users[1].email", "users[1].external_id", "users[1].username"},
		`{"version":1,"users":[{"id":"user_a"}],"organizations":[{"id":"org_a","slug":"s","role_set_key":"role_set:no","max_allowed_memberships":-1},{"id":"org_a","slug":"s"}],
		  "memberships":[{"organization_id":"org_no","user_id":"user_no","role":"org:no"},{"organization_id":"org_a","user_id":"user_a"},{"organization_id":"org_a","user_id":"user_a","id":"x"}],
		  "invitations":[{"organization_id":"org_no","email_address":"x","role":"org:no","status":"odd","inviter_id":"user_no","id":"y"}],
		  "organization_domains":[{"organization_id":"org_no","name":"","enrollment_mode":"odd"}],"enterprise_connections":[{"organization_id":"org_no","name":""}]}`: {
			"organizations[0].role_set_key", "organizations[0].max_allowed_memberships", "organizations[1].id", "organizations[1].slug",
			"memberships[0].organization_id", "memberships[0].user_id", "memberships[0].role", "memberships[2].user_id", "memberships[2].id",
			"invitations[0].organization_id", "invitations[0].email_address", "invitations[0].role", "invitations[0].status", "invitations[0].inviter_id", "invitations[0].id",
			"organization_domains[0].organization_id", "organization_domains[0].name", "organization_domains[0].enrollment_mode",
			"enterprise_connections[0].organization_id", "enterprise_connections[0].name"},
		`{"version":1,"roles":[{"key":"admin"},{"key":"org:a"},{"key":"org:a"}],"role_sets":[{"key":"x","type":"odd","roles":["org:no"],"default_role":"org:a"},{"key":"role_set:y"}]}`: {
			"roles[0].key", "roles[2].key", "role_sets[0].key", "role_sets[0].type", "role_sets[0].roles[0]", "role_sets[0].default_role", "role_sets[1].roles"},
		`{"version":1,"users":[{"id":"user_a"}],"organizations":[{"id":"org_a","subscription":{"status":"odd","subscription_items":[{"status":"odd","seats":{"quantity":-1}}]}}],
		  "role_sets":[{"key":"role_set:x","roles":["org:member"],"role_set_migration":{"organization_id":"org_no","status":"odd","dest_role_set_key":"role_set:no"}}],
		  "directories":[{"id":"x","enterprise_connection_id":"entconn_no","provisioned_users":["user_no"],"groups":[{"id":"g","members":["user_no"]},{"id":"g"}],
		  "group_role_mappings":[{"id":"y","directory_group_id":"no","role":"org:no","precedence":-1}]}],
		  "sessions":[{"id":"z","user_id":"user_no","status":"odd","last_active_organization_id":"org_no"}],"api_keys":[{"id":"w","subject":"user_no"}]}`: {
			"organizations[0].subscription.status", "organizations[0].subscription.subscription_items[0].status", "organizations[0].subscription.subscription_items[0].seats.quantity",
			"directories[0].id", "directories[0].enterprise_connection_id", "directories[0].groups[0].members[0]", "directories[0].groups[1].id",
			"directories[0].group_role_mappings[0].id", "directories[0].group_role_mappings[0].directory_group_id", "directories[0].group_role_mappings[0].role", "directories[0].group_role_mappings[0].precedence",
			"directories[0].provisioned_users[0]", "sessions[0].id", "sessions[0].user_id", "sessions[0].status", "sessions[0].last_active_organization_id",
			"api_keys[0].id", "api_keys[0].subject", "role_sets[0].role_set_migration.status", "role_sets[0].role_set_migration.organization_id", "role_sets[0].role_set_migration.dest_role_set_key"},
		`{"version":1,"users":[{"id":"user_a","private_metadata":{"a":"` + strings.Repeat("x", 9000) + `"}}]}`: {"users[0].private_metadata"},
	} {
		_, err := sandbox.LoadSeed(strings.NewReader(text))
		e, ok := errors.AsType[*sandbox.SeedError](err)
		if !ok {
			t.Errorf("%.90s: %v", text, err)
			continue
		}
		var paths []string
		for _, p := range e.Problems {
			path, _, _ := strings.Cut(p, ": ")
			paths = append(paths, path)
		}
		if !slices.Equal(paths, problems) {
			t.Errorf("%.90s:\ngot  %q\nwant %q", text, paths, problems)
		}
	}
	for _, text := range []string{"", "{", "null", "[]", `{"version":1} x`, `{"version":1}{}`} {
		if _, err := sandbox.LoadSeed(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// A memory of one instance must not be used for another. So another seed is
// another instance, and the same seed is the same instance again.
func TestInstanceIDFollowsTheSeed(t *testing.T) {
	of := func(text string) string {
		seed, err := sandbox.LoadSeed(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		server, err := sandbox.New(sandbox.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return server.Snapshot().Instance.ID
	}
	const acme = `{"version":1,"organizations":[{"id":"org_acme","slug":"acme"}],"users":[{"id":"user_a"}]`
	first := of(acme + "}")
	if !strings.HasPrefix(first, "ins_sandbox_") || of(acme+"}") != first || of(acme+`,"memberships":[{"organization_id":"org_acme","user_id":"user_a"}]}`) != first {
		t.Errorf("the same organizations and users are another instance than %s", first)
	}
	for _, other := range []string{`{"version":1}`, strings.Replace(acme, "user_a", "user_b", 1) + "}", strings.Replace(acme, "org_acme", "org_other", 1) + "}"} {
		if of(other) == first {
			t.Errorf("%s is the same instance", other)
		}
	}
	if got := of(`{"version":1,"instance":{"id":"ins_mine"}}`); got != "ins_mine" {
		t.Errorf("the seed's own id became %s", got)
	}
}

func TestGenerate(t *testing.T) {
	w := start(t, sandbox.Options{Seed: sandbox.Generate(3, 4)})
	if got, total := w.get("/organization_memberships?order_by=created_at&limit=1&offset=11").rows(); got != "000000012" || total != 12 {
		t.Errorf("last is %q of %d", got, total)
	}
	if got, _ := w.get("/organizations/org_000003/memberships?role=org:admin").rows(); got != "000000009" {
		t.Errorf("administrator is %q", got)
	}
}

func FuzzLoadSeed(f *testing.F) {
	for _, text := range []string{
		`{"version":1}`, `{"version":1,"users":[{"id":"user_a","email":"a@b.example","email_addresses":["c@d.example",{"email_address":"e@f.example"}]}]}`,
		`{"version":1,"users":[{"id":"user_a"}],"organizations":[{"id":"org_a","public_metadata":{"a":[1,null]}}],"memberships":[{"organization_id":"org_a","user_id":"user_a"}],"invitations":[{"organization_id":"org_a","email_address":"a@b.example"}]}`,
		`{"version":1,"roles":[{"key":"org:x"}],"role_sets":[{"key":"role_set:x","roles":["org:x"]}]}`, `null`, `{"version":null,"users":null}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		seed, err := sandbox.LoadSeed(bytes.NewReader(text))
		if err != nil {
			return
		}
		s, err := sandbox.New(sandbox.Options{Seed: seed})
		if err != nil {
			t.Fatalf("a seed was read that no server takes: %v", err)
		}
		first, err := json.Marshal(s.Snapshot())
		must(t, err)
		again, err := sandbox.LoadSeed(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("a snapshot is no seed: %v\n%s", err, first)
		}
		s, err = sandbox.New(sandbox.Options{Seed: again})
		must(t, err)
		if second, err := json.Marshal(s.Snapshot()); err != nil || !bytes.Equal(first, second) {
			t.Errorf("snapshots differ:\n%s\n%s", first, second)
		}
	})
}
