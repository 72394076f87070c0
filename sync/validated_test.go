package sync

import (
	"math"
	"strings"
	"testing"
	"time"
)

// TestValidateNamesEachProblem: each problem is refused at its key, and nothing else is.
func TestValidateNamesEachProblem(t *testing.T) {
	for at, change := range map[string]func(c *Config, r *Rule){
		"sync.removals: is missing":                           func(c *Config, _ *Rule) { c.Removals = "" },
		`sync.removals: "some" is none of none, managed, all`: func(c *Config, _ *Rule) { c.Removals = "some" },
		"sync.owner: ": func(c *Config, _ *Rule) { c.Owner = "a\x00" },
		`sync.retire.old: "burn" is none of keep, remove`:        func(c *Config, _ *Rule) { c.Retire = map[string]Retire{"old": "burn"} },
		"sync.min_admins: -1 is negative":                        func(c *Config, _ *Rule) { c.MinAdmins = -1 },
		"sync.grace: -1h0m0s is negative":                        func(c *Config, _ *Rule) { c.Grace = -time.Hour },
		`sync.demote_first: "guest" is no role key`:              func(c *Config, _ *Rule) { c.Grace, c.DemoteFirst = time.Hour, "guest" },
		"sync.demote_first: says what people have":               func(c *Config, _ *Rule) { c.DemoteFirst = "org:guest" },
		"sync.error_budget: 101 is no percentage":                func(c *Config, _ *Rule) { c.ErrorBudget = 101 },
		`sync.admin_roles[0]: "admin" is no role key`:            func(c *Config, _ *Rule) { c.AdminRoles = []string{"admin"} },
		"sync.email_domains: is missing":                         func(c *Config, _ *Rule) { c.MissingUsers = MissingInvite },
		`sync.email_domains[0]: "a@b" is no domain`:              func(c *Config, _ *Rule) { c.EmailDomains = []string{"a@b"} },
		"sync.invitations.expires_in_days: 366 is not between":   func(c *Config, _ *Rule) { c.Invitations.ExpiresInDays = 366 },
		`sync.invitations.inviter: "ann" is no user id`:          func(c *Config, _ *Rule) { c.Invitations.Inviter = "ann" },
		`sync.protect[0]: "*" is no user id`:                     func(c *Config, _ *Rule) { c.Protect = []string{"*"} },
		`sync.deny[1]: " " is no user id`:                        func(c *Config, _ *Rule) { c.Deny = []string{"user_1", " "} },
		"guards.removals.percent: 101 is not between 0 and 100":  func(c *Config, _ *Rule) { c.Guards.Removals.Percent = 101 },
		"guards.adds: limits cannot be negative":                 func(c *Config, _ *Rule) { c.Guards.Adds.Run = -1 },
		"guards.admin_losses.half: 1 would hold every change":    func(c *Config, _ *Rule) { c.Guards.AdminLosses.Half = 1 },
		"guards.source_shrink: percent must lie":                 func(c *Config, _ *Rule) { c.Guards.SourceShrink.Percent = -1 },
		"rules[0].groups: must be a list of names":               func(_ *Config, r *Rule) { r.Groups.Glob = "a*" },
		"rules[0].groups[0]: is empty":                           func(_ *Config, r *Rule) { r.Groups.Names[0] = " " },
		"rules[0].groups.match: error parsing regexp":            func(_ *Config, r *Rule) { r.Groups = GroupPattern{Match: "a)|(b"} },
		`rules[0].groups.match: pattern "\\Qa"`:                  func(_ *Config, r *Rule) { r.Groups = GroupPattern{Match: `\Qa`} },
		`rules[0].groups.glob: "[" is no glob`:                   func(_ *Config, r *Rule) { r.Groups = GroupPattern{Glob: "["} },
		"rules[0].organization: is missing":                      func(_ *Config, r *Rule) { r.Organization = "" },
		"rules[0].organization: {dept} is no named capture":      func(_ *Config, r *Rule) { r.Organization = "{dept}" },
		`rules[0].organization: "a}" has a } without a {`:        func(_ *Config, r *Rule) { r.Organization = "a}" },
		`rules[0].role: "{" has a { that is never closed`:        func(_ *Config, r *Rule) { r.Role = "{" },
		`rules[0].role: "member" is no role key`:                 func(_ *Config, r *Rule) { r.Role = "member" },
		`rules[0].roles_mode: "never" is none of exact`:          func(_ *Config, r *Rule) { r.RolesMode = "never" },
		`rules[0].roles[0]: "x" is no role key`:                  func(_ *Config, r *Rule) { r.Roles = []string{"x"} },
		"rules[0].roles: is missing: a role that comes":          func(_ *Config, r *Rule) { r.Groups, r.Role = GroupPattern{Match: "(?<role>.+)"}, "org:{role}" },
		`rules[0].allow_empty[0]: "other" is not one of`:         func(_ *Config, r *Rule) { r.AllowEmpty = []string{"other"} },
		"rules[0].metadata.public: cannot be written as JSON":    func(_ *Config, r *Rule) { r.Metadata.Public = map[string]any{"a": math.NaN()} },
		`rules[0].metadata.public.a[0]: "}" has a } without a {`: func(_ *Config, r *Rule) { r.Metadata.Public = map[string]any{"a": []any{"}"}} },
		"rules[0].metadata.private.rollcall: is reserved":        func(_ *Config, r *Rule) { r.Metadata.Private = map[string]any{"rollcall": "x"} },
	} {
		c, r := DefaultConfig(), Rule{Groups: GroupPattern{Names: []string{"staff"}}, Organization: "acme", Role: "org:member"}
		c.Removals = RemovalsManaged
		if err := Validate(c, []Rule{r}); err != nil {
			t.Fatal(err)
		}
		change(&c, &r)
		if err := Validate(c, []Rule{r}); err == nil || !strings.Contains(err.Error(), at) {
			t.Errorf("want %q, got %v", at, err)
		}
	}
}

// The groups of a rule are a list, or a mapping; anything else is refused.
func TestGroupPatternFromYAML(t *testing.T) {
	for _, x := range []struct {
		names []string
		match string
		bad   bool
	}{{names: []string{"a"}}, {match: "a.*"}, {bad: true}} {
		var g GroupPattern
		err := g.UnmarshalYAML(func(into any) error {
			switch p := into.(type) {
			case *[]string:
				if *p = x.names; x.names != nil {
					return nil
				}
			case *struct {
				Match string `yaml:"match"`
				Glob  string `yaml:"glob"`
				Base  string `yaml:"base"`
			}:
				if p.Match = x.match; !x.bad {
					return nil
				}
			}
			return errLeftOut
		})
		if (err != nil) != x.bad || g.Match != x.match || len(g.Names) != len(x.names) {
			t.Errorf("%+v gives %+v, %v", x, g, err)
		}
	}
}
