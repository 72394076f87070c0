package demo

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"rollcall/clerkapi/sandbox"
)

// Company is the invented company.
type Company struct{ people []person }

// New invents the company.
func New() *Company {
	c := &Company{}
	for t, team := range teams {
		for place := range team.people {
			n := len(c.people)
			p := person{number: n, first: firstNames[n%len(firstNames)], last: lastNames[n/len(firstNames)], team: t, fate: fates(t, place)}
			p.lead = place < 2 && p.fate != demoted || p.fate == promoted
			c.people = append(c.people, p)
		}
	}
	return c
}

// Yesterday is the directory as it was when Clerk last agreed with it.
func (c *Company) Yesterday() ([]byte, error) {
	rows := [][]string{{breakGlassID, breakGlassEmail, "Break", "Glass", "Operations", "lead-operations"}}
	for i := range c.people {
		if p := &c.people[i]; p.isMember() {
			rows = append(rows, p.row(p.emailAtClerk(), p.departmentAtClerk(), p.leadAtClerk()))
		}
	}
	return export(rows)
}

// Today is the directory as the personnel office exports it now.
func (c *Company) Today() ([]byte, error) {
	var rows [][]string
	for i := range c.people {
		if p := &c.people[i]; p.employed() {
			rows = append(rows, p.row(p.email(), p.department(), p.lead))
		}
	}
	return export(rows)
}

func (p *person) row(email, department string, lead bool) []string {
	groups := "everyone;team-" + teams[p.team].slug
	if lead {
		groups = "everyone;lead-" + teams[p.team].slug
	}
	return []string{p.id(), email, p.first, p.last, department, groups}
}

// export writes rows below the columns that the configuration names.
func export(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	header := []string{"employee_no", "email", "first_name", "last_name", "department", "teams"}
	if err := csv.NewWriter(&b).WriteAll(append([][]string{header}, rows...)); err != nil {
		return nil, fmt.Errorf("write the demo's directory: %w", err)
	}
	return b.Bytes(), nil
}

// Seed is the Clerk instance as it has drifted.
func (c *Company) Seed() *sandbox.Seed {
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	for _, t := range teams {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + t.slug, Slug: t.slug, Name: t.name})
	}
	for i := range c.people {
		c.people[i].seed(seed)
	}
	strangers(seed)
	return seed
}

func (p *person) seed(seed *sandbox.Seed) {
	if p.fate == lookAlike {
		seed.Users = append(seed.Users, sandbox.User{ID: "user_stranger", FirstName: p.first, LastName: p.last,
			EmailAddresses: []sandbox.EmailAddress{
				{Address: "stranger@elsewhere.example"},
				{Address: p.email(), Verification: sandbox.Verification{Status: "unverified"}},
			}})
	}
	if !p.hasUser() {
		return
	}
	seed.Users = append(seed.Users, sandbox.User{ID: p.userID(), FirstName: p.first, LastName: p.last, Email: p.emailAtClerk()})
	if p.isMember() {
		seed.Memberships = append(seed.Memberships, p.membership())
	}
}

func (p *person) membership() sandbox.Membership {
	role := "org:member"
	if p.leadAtClerk() {
		role = "org:admin"
	}
	return sandbox.Membership{
		OrganizationID: "org_" + teams[p.team].slug, UserID: p.userID(), Role: role,
		PublicMetadata:  object("department", p.departmentAtClerk()),
		PrivateMetadata: marker(p.id()),
	}
}

func marker(id string) json.RawMessage {
	return object("rollcall", map[string]string{"owner": "rollcall", "source": "people", "id": id})
}

// The account for emergencies.
const (
	breakGlassID    = "E0001"
	breakGlassEmail = "emergency@break-glass.example"
)

// strangers are members whom today's directory does not know: an account for
// emergencies, which the configuration protects, and a consultant whom
// somebody added by hand, who is none of rollcall's business.
func strangers(seed *sandbox.Seed) {
	seed.Users = append(seed.Users,
		sandbox.User{ID: "user_breakglass", FirstName: "Break", LastName: "Glass", Email: breakGlassEmail},
		sandbox.User{ID: "user_consultant", FirstName: "Connie", LastName: "Sultan", Email: "connie@consulting.example"})
	seed.Memberships = append(seed.Memberships,
		sandbox.Membership{OrganizationID: "org_operations", UserID: "user_breakglass", Role: "org:admin",
			PublicMetadata: object("department", "Operations"), PrivateMetadata: marker(breakGlassID)},
		sandbox.Membership{OrganizationID: "org_finance", UserID: "user_consultant", Role: "org:member"})
}

func object(key string, value any) json.RawMessage {
	data, err := json.Marshal(map[string]any{key: value})
	if err != nil {
		return nil // maps of strings marshal
	}
	return data
}

// Config is a configuration for the company: the directory in the file csv
// beside it, the key in the file key, Clerk at url.
func (c *Company) Config(url string) []byte {
	return []byte(strings.ReplaceAll(`clerk:
  api_url: URL
  secret_key_file: clerk-secret-key
sources:
  - name: people
    csv:
      path: people.csv
      columns: {id: employee_no, email: email, first_name: first_name, last_name: last_name, groups: {column: teams, separator: ";"}}
      settle: 0s
rules:
  - groups: {match: 'lead-(?<org>[a-z]+)'}
    organization: "{org}"
    role: org:admin
    metadata: {public: {department: "{department}"}}
  - groups: {match: 'team-(?<org>[a-z]+)'}
    organization: "{org}"
    role: org:member
    metadata: {public: {department: "{department}"}}
sync:
  removals: managed
  missing_users: report
  email_domains: [northwind.example]
  protect: ["*@break-glass.example"]
state: state
`, "URL", url))
}
