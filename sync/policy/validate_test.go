package policy

import (
	"math"
	"strings"
	"testing"
	"time"
)

// TestValidateNamesEachProblem: each problem is refused at its key, and nothing else is.
func TestValidateNamesEachProblem(t *testing.T) {
	for at, change := range map[string]func(c *Config, r *Rule){
		"sync.removals: missing":                                func(c *Config, _ *Rule) { c.Removals = "" },
		`sync.removals: is "some"; allowed: none, managed, all`: func(c *Config, _ *Rule) { c.Removals = "some" },
		"sync.owner: ": func(c *Config, _ *Rule) { c.Owner = "a\x00" },
		`sync.retire.old: is "burn"; allowed: keep, remove`:                                   func(c *Config, _ *Rule) { c.Retire = map[string]Retire{"old": "burn"} },
		"sync.min_admins: must not be negative, and is -1":                                    func(c *Config, _ *Rule) { c.MinAdmins = -1 },
		"sync.grace: must not be negative, and is -1h0m0s":                                    func(c *Config, _ *Rule) { c.Grace = -time.Hour },
		`sync.demote_first: "guest" is not a role key`:                                        func(c *Config, _ *Rule) { c.Grace, c.DemoteFirst = time.Hour, "guest" },
		"sync.demote_first: has no effect without grace":                                      func(c *Config, _ *Rule) { c.DemoteFirst = "org:guest" },
		"sync.error_budget: must be between 1 and 100, and is 101":                            func(c *Config, _ *Rule) { c.ErrorBudget = 101 },
		`sync.admin_roles[0]: "admin" is not a role key`:                                      func(c *Config, _ *Rule) { c.AdminRoles = []string{"admin"} },
		"sync.email_domains: missing: leavers":                                                func(c *Config, _ *Rule) { c.Leavers.EndSessions = true },
		`leavers.account: is "delete"; allowed: lock, ban`:                                    func(c *Config, _ *Rule) { c.Leavers.Account = "delete" },
		"guards.lock_or_ban.half: must be 2 or more":                                          func(c *Config, _ *Rule) { c.Guards.LockOrBan.Half = 1 },
		"guards.end_sessions: limits must not be negative":                                    func(c *Config, _ *Rule) { c.Guards.EndSessions.People = -1 },
		"guards.revoke_api_keys: limits must not be negative":                                 func(c *Config, _ *Rule) { c.Guards.RevokeAPIKeys.Half = -1 },
		"sync.email_domains: missing":                                                         func(c *Config, _ *Rule) { c.MissingUsers = MissingInvite },
		`sync.email_domains[0]: "a@b" is not a domain`:                                        func(c *Config, _ *Rule) { c.EmailDomains = []string{"a@b"} },
		"sync.invitations.expires_in_days: must be between 1 and 365, and is 366":             func(c *Config, _ *Rule) { c.Invitations.ExpiresInDays = 366 },
		`sync.invitations.inviter: "ann" is not a user id`:                                    func(c *Config, _ *Rule) { c.Invitations.Inviter = "ann" },
		`sync.protect[0]: "*" is not a user id`:                                               func(c *Config, _ *Rule) { c.Protect = []string{"*"} },
		`sync.deny[1]: " " is not a user id`:                                                  func(c *Config, _ *Rule) { c.Deny = []string{"user_1", " "} },
		"guards.removals.percent: must be between 0 and 100, and is 101":                      func(c *Config, _ *Rule) { c.Guards.Removals.Percent = 101 },
		"guards.adds: limits must not be negative":                                            func(c *Config, _ *Rule) { c.Guards.Adds.Run = -1 },
		"guards.admin_losses.half: must be 2 or more":                                         func(c *Config, _ *Rule) { c.Guards.AdminLosses.Half = 1 },
		"guards.source_shrink: percent must be between 0 and 100":                             func(c *Config, _ *Rule) { c.Guards.SourceShrink.Percent = -1 },
		"rules[0].groups: must be a list of names":                                            func(_ *Config, r *Rule) { r.Groups.Glob = "a*" },
		"rules[0].groups[0]: is empty":                                                        func(_ *Config, r *Rule) { r.Groups.Names[0] = " " },
		"rules[0].except_groups[0]: is empty":                                                 func(_ *Config, r *Rule) { r.ExceptGroups = []string{" "} },
		"rules[0].except_groups: is empty: list exact group names":                            func(_ *Config, r *Rule) { r.ExceptGroups = []string{} },
		`rules[0].except_groups[1]: "x" is listed twice`:                                      func(_ *Config, r *Rule) { r.ExceptGroups = []string{"x", "x"} },
		`rules[0].all_groups[0]: "staff" is one of the rule's own groups`:                     func(_ *Config, r *Rule) { r.Groups.Names, r.AllGroups = []string{"staff"}, []string{"staff"} },
		`rules[0].all_groups[0]: "x" is in except_groups too, so the rule would reach nobody`: func(_ *Config, r *Rule) { r.ExceptGroups, r.AllGroups = []string{"x"}, []string{"x"} },
		"rules[0].groups.match: error parsing regexp":                                         func(_ *Config, r *Rule) { r.Groups = GroupPattern{Match: "a)|(b"} },
		`rules[0].groups.match: pattern "\\Qa"`:                                               func(_ *Config, r *Rule) { r.Groups = GroupPattern{Match: `\Qa`} },
		`rules[0].groups.glob: "[" is not a valid glob`:                                       func(_ *Config, r *Rule) { r.Groups = GroupPattern{Glob: "["} },
		"rules[0].organization: missing":                                                      func(_ *Config, r *Rule) { r.Organization = "" },
		"rules[0].organization: {dept} is not a named group in the rule's match":              func(_ *Config, r *Rule) { r.Organization = "{dept}" },
		`rules[0].organization: "a}" has a } without a {`:                                     func(_ *Config, r *Rule) { r.Organization = "a}" },
		"rules[0].organizations: has no effect, because this rule names one organization":     func(_ *Config, r *Rule) { r.Organizations = []string{"acme"} },
		"rules[0].organizations: is empty": func(_ *Config, r *Rule) {
			r.Groups, r.Organization, r.Organizations = GroupPattern{Match: "(?<org>.+)"}, "{org}", []string{}
		},
		`rules[0].organizations[1]: "team-*" is not a slug`: func(_ *Config, r *Rule) {
			r.Groups, r.Organization, r.Organizations = GroupPattern{Match: "(?<org>.+)"}, "{org}", []string{"acme", "team-*"}
		},
		`rules[0].role: "{" has a { without a }`:          func(_ *Config, r *Rule) { r.Role = "{" },
		`rules[0].role: "member" is not a role key`:       func(_ *Config, r *Rule) { r.Role = "member" },
		`rules[0].roles_mode: is "never"; allowed: exact`: func(_ *Config, r *Rule) { r.RolesMode = "never" },
		`rules[0].roles[0]: "x" is not a role key`:        func(_ *Config, r *Rule) { r.Roles = []string{"x"} },
		"rules[0].roles: missing: the role comes from a group name": func(_ *Config, r *Rule) {
			r.Groups, r.Role = GroupPattern{Match: "(?<role>.+)"}, "org:{role}"
		},
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
