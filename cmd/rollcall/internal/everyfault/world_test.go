package everyfault

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/config"
)

// world is a small installation, and what happens in it.
type world struct {
	name string
	// sources, rules and more are sections of the configuration; empty is the usual
	// one. sync is added to the usual keys of that section.
	sources, rules, sync, more string
	// users are the names of the accounts in Clerk. Each has the address
	// NAME@corp.example.
	users string
	// seed changes what Clerk holds at first.
	seed func(*sandbox.Seed)
	// every is the time between two runs; zero is an hour.
	every time.Duration
	steps []step
	// from is the first step whose faults are tried, from 1; 0 is the second one, if there
	// is one. The first run fills the world.
	from int
	// refused is a path that Clerk always refuses to this key; empty is none.
	refused string
	// marked ends each file with a line that says how many rows it has. fed is the
	// organization that each file feeds.
	marked bool
	fed    map[string]string
	// ldap are the groups of an LDAP server that has the people; empty is none.
	ldap []string
	// depends lists, by a part of the request that a fault strikes, who waits for it: for a
	// seat, a successor, or the end of another membership.
	depends map[string][]string
}

// step is what happens before a run, and which run it is.
type step struct {
	// people and others are the rows of the two files, "id name teams dept" each; empty
	// is no change.
	people, others string
	// clerk is what others do in Clerk, admin what an admin does with the state
	// directory.
	clerk func(*sandbox.Server) error
	admin func(*story) error
	// undo is the step whose run this one takes back, from 1; 0 is none.
	undo int
	// review makes an access review instead of changes.
	review bool
	// waits says that the run leaves something for later.
	waits bool
}

const (
	usualSources = `[{name: hr, csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, groups: {column: teams, separator: ";"}}}}]`
	bothSources  = `[{name: hr, csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, groups: {column: teams, separator: ";"}}}},
  {name: crm, same_ids_as: hr, csv: {path: others.csv, settle: 0s, columns: {id: id, email: email, groups: {column: teams, separator: ";"}}}}]`
	usualRules = `
  - {groups: [acme-admins], organization: acme, role: "org:admin", allow_empty: [acme-admins], metadata: {public: {dept: "{dept}"}}}
  - {groups: [acme], organization: acme, role: "org:member", allow_empty: [acme], metadata: {public: {dept: "{dept}"}}}
  - {groups: [beta-admins], organization: beta, role: "org:admin", allow_empty: [beta-admins]}
  - {groups: [beta], organization: beta, role: "org:member", allow_empty: [beta]}`
	wideGuards = `{removals: {percent: 100, people: 100, half: 0}, admin_losses: {people: 100, half: 0}, admin_grants: {people: 100}, adds: {people: 1000},
  role_changes: {percent: 100, people: 100}, metadata_nulls: {percent: 100, people: 100}, source_shrink: {percent: 100, people: 100},
  end_sessions: {people: 100, half: 0}, revoke_api_keys: {people: 100, half: 0}, lock_or_ban: {people: 100, half: 0}}`
)

// text is the configuration file.
func (w *world) text() string {
	sources, rules := usualSources, usualRules
	if w.sources != "" {
		sources = w.sources
	}
	if w.rules != "" {
		rules = w.rules
	}
	return fmt.Sprintf("clerk: {api_url: \"http://127.0.0.1\", secret_key_env: KEY}\nsources: %s\nrules: %s\nsync: {removals: managed, email_domains: [corp.example]%s}\nguards: %s\n%s",
		sources, rules, w.sync, wideGuards, w.more)
}

const key = "sk_live_everyfault"

// load reads the configuration of a world, once for all of its cells.
func (w *world) load(t *testing.T) *config.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rollcall.yaml")
	if err := os.WriteFile(file, []byte(w.text()), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file, func(name string) (string, bool) { return key, name == "KEY" })
	if err != nil {
		t.Fatalf("%s: %v", w.name, err)
	}
	return cfg
}

func (w *world) interval() time.Duration {
	if w.every == 0 {
		return time.Hour
	}
	return w.every
}

// firstStep is the first step whose faults are tried, from 0.
func (w *world) firstStep() int {
	if w.from > 0 {
		return w.from - 1
	}
	return min(1, len(w.steps)-1)
}

// first is what Clerk holds at first: the accounts, and two organizations whose admin
// was made by hand. A stranger has an account and nothing else.
func (w *world) first() *sandbox.Seed {
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	for _, slug := range []string{"acme", "beta"} {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + slug, Slug: slug})
		seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_" + slug, UserID: "user_boss", Role: "org:admin"})
	}
	for name := range strings.FieldsSeq("boss stranger " + w.users) {
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + name, Email: name + "@corp.example"})
	}
	if w.seed != nil {
		w.seed(seed)
	}
	return seed
}

// csv is a file with the rows of a step.
func (w *world) csv(rows string) string {
	var b strings.Builder
	n := 0
	b.WriteString("id,email,teams,dept\n")
	for row := range strings.SplitSeq(strings.TrimSpace(rows), "\n") {
		x := append(strings.Fields(row), "", "", "")
		if x[0] != "" {
			fmt.Fprintf(&b, "%s,%s@corp.example,%s,%s\n", x[0], x[1], x[2], x[3])
			n++
		}
	}
	if w.marked {
		fmt.Fprintf(&b, "#end %d\n", n)
	}
	return b.String()
}
