package demo

import (
	"bytes"
	"encoding/csv"
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

// Seed is the Clerk instance before rollcall came: users, and one member who was
// added by hand. The run of yesterday makes the other memberships.
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
}

// The account for emergencies.
const (
	breakGlassID    = "E0001"
	breakGlassEmail = "emergency@break-glass.example"
)

// strangers are users that today's directory does not know: an account for
// emergencies, which the configuration protects, and a consultant who was added
// to an organization by hand, and whom rollcall leaves alone.
func strangers(seed *sandbox.Seed) {
	seed.Users = append(seed.Users,
		sandbox.User{ID: "user_breakglass", FirstName: "Break", LastName: "Glass", Email: breakGlassEmail},
		sandbox.User{ID: "user_consultant", FirstName: "Connie", LastName: "Sultan", Email: "connie@consulting.example"})
	seed.Memberships = append(seed.Memberships,
		sandbox.Membership{OrganizationID: "org_finance", UserID: "user_consultant", Role: "org:member"})
}

// Config is a configuration for the company: the directory in the file csv
// beside it, the key in the file key, Clerk at url.
func (c *Company) Config(url string) []byte {
	return []byte(strings.ReplaceAll(`clerk:
  api_url: URL
  secret_key_file: clerk-secret-key
  rate: {requests: 10000, window: 10s} # the sandbox has no limit, so the demo does not wait
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
