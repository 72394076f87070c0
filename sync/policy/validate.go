package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/plan"
)

// Compile checks the sync, guards and rules sections and compiles the rules.
// The error joins all problems as *FieldError values; their paths begin with
// sync, guards, leavers or rules.
func Compile(config Config, rules []Rule) (*Ruleset, error) {
	v := &validator{}
	v.sync(config)
	v.guards(config.Guards)
	oneOf(v, "leavers.account", config.Leavers.Account, AccountLock, AccountBan)
	if len(config.Leavers.Steps()) > 0 && len(config.EmailDomains) == 0 {
		v.add("sync.email_domains", "missing: leavers closes only accounts with a verified address in the domains listed here (S07)")
	}
	set, problems := CompileRules(rules)
	for i := range set.Rules {
		v.rule(fmt.Sprintf("rules[%d]", i), &set.Rules[i])
	}
	if err := errors.Join(append(v.problems, problems...)...); err != nil {
		return nil, err
	}
	return set, nil
}

// Validate returns the problems that [Compile] finds.
func Validate(config Config, rules []Rule) error {
	_, err := Compile(config, rules)
	return err
}

// validator collects the problems of a configuration.
type validator struct{ problems []error }

// roleKey is the form of a role key in Clerk.
var roleKey = regexp.MustCompile(`^org:[a-z0-9_-]+$`)

// organizationName is the form of a slug or an org_ id.
var organizationName = regexp.MustCompile(`^[\p{L}\p{N}._~-]+$`)

func (v *validator) add(path, problem string, args ...any) {
	v.problems = append(v.problems, &FieldError{path, fmt.Sprintf(problem, args...)})
}

// oneOf refuses a value that is not in the list. An empty value has its default.
func oneOf[T ~string](v *validator, path string, value T, allowed ...T) {
	if value == "" || slices.Contains(allowed, value) {
		return
	}
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	v.add(path, "is %q; allowed: %s", string(value), strings.Join(words, ", "))
}

func (v *validator) sync(c Config) {
	if c.Removals == "" {
		v.add("sync.removals", "missing: choose none (never remove), managed (remove only members that rollcall added) or all")
	}
	if c.Owner == "" || strings.ContainsFunc(c.Owner, func(r rune) bool { return r < ' ' }) {
		v.add("sync.owner", "must be a name for this installation")
	}
	oneOf(v, "sync.removals", c.Removals, RemovalsNone, RemovalsManaged, RemovalsAll)
	oneOf(v, "sync.ambiguous", c.Ambiguous, AmbiguousSkip, AmbiguousHold)
	oneOf(v, "sync.id_changed", c.IDChanged, IDChangedHold, IDChangedSame, IDChangedNew)
	oneOf(v, "sync.adopt", c.Adopt, AdoptNone, AdoptMatched, AdoptWanted)
	v.missing(c)
	for _, name := range slices.Sorted(maps.Keys(c.Retire)) {
		oneOf(v, "sync.retire."+name, c.Retire[name], RetireKeep, RetireRemove)
	}
	if c.MinAdmins < 0 {
		v.add("sync.min_admins", "must not be negative, and is %d", c.MinAdmins)
	}
	if c.Grace < 0 {
		v.add("sync.grace", "must not be negative, and is %s", c.Grace)
	}
	switch {
	case c.DemoteFirst != "" && !roleKey.MatchString(c.DemoteFirst):
		v.add("sync.demote_first", "%q is not a role key such as org:guest", c.DemoteFirst)
	case c.DemoteFirst != "" && c.Grace == 0:
		v.add("sync.demote_first", "has no effect without grace: set grace, for example to 72h")
	}
	if c.ErrorBudget < 1 || c.ErrorBudget > 100 {
		v.add("sync.error_budget", "must be between 1 and 100, and is %d", c.ErrorBudget)
	}
	v.entries("sync.protect", c.Protect)
	v.entries("sync.deny", c.Deny)
	for i, key := range c.AdminRoles {
		if !roleKey.MatchString(key) {
			v.add(fmt.Sprintf("sync.admin_roles[%d]", i), "%q is not a role key such as org:admin", key)
		}
	}
}

// missing checks the settings for people without a Clerk user (S07).
func (v *validator) missing(c Config) {
	oneOf(v, "sync.missing_users", c.MissingUsers, MissingReport, MissingInvite, MissingCreate)
	if c.MissingUsers != "" && c.MissingUsers != MissingReport && len(c.EmailDomains) == 0 {
		v.add("sync.email_domains", "missing: missing_users: %s works only for addresses in the domains listed here (S07)", c.MissingUsers)
	}
	for i, domain := range c.EmailDomains {
		if _, err := source.FoldEmail("x@" + domain); err != nil || strings.Contains(domain, "@") {
			v.add(fmt.Sprintf("sync.email_domains[%d]", i), "%q is not a domain such as corp.example", domain)
		}
	}
	oneOf(v, "sync.create.address", c.Create.Address, AddressVerified, AddressReserved)
	v.invitations(c.Invitations)
}

func (v *validator) invitations(s Invitations) {
	if n := s.ExpiresInDays; n < 0 || n > 365 {
		v.add("sync.invitations.expires_in_days", "must be between 1 and 365, and is %d", n)
	}
	if _, ok := s.FirstDayFrom.SinceMidnight(); !ok {
		v.add("sync.invitations.first_day_from", "%q is not a time such as 07:00", s.FirstDayFrom)
	}
	if u := s.Inviter; u != "" && !strings.HasPrefix(u, "user_") {
		v.add("sync.invitations.inviter", "%q is not a user id such as user_2abc", u)
	}
	if s.ResendAfter < 0 {
		v.add("sync.invitations.resend_after", "must not be negative, and is %s", s.ResendAfter)
	}
	if s.ResendMost < 1 && s.ResendAfter > 0 {
		v.add("sync.invitations.resend_most", "must be 1 or more, and is %d; to send no invitation again, set resend_after: 0s", s.ResendMost)
	}
	oneOf(v, "sync.invitations.when_changed", s.WhenChanged, ChangedKeep, ChangedRenew)
}

// entries refuses empty entries, patterns that match nothing, and wildcards that
// match more than addresses.
func (v *validator) entries(at string, list []string) {
	for i, entry := range list {
		_, err := path.Match(entry, "x")
		wide := strings.ContainsAny(entry, "*?[") && !strings.Contains(entry, "@")
		if err != nil || wide || strings.TrimSpace(entry) == "" {
			v.add(fmt.Sprintf("%s[%d]", at, i), "%q is not a user id, an external id, an address or a glob that matches addresses", entry)
		}
	}
}

func (v *validator) guards(g Guards) {
	for name, l := range g.all() {
		at := "guards." + name
		if l.Percent < 0 || l.Percent > 100 {
			v.add(at+".percent", "must be between 0 and 100, and is %d", l.Percent)
		}
		if l.People < 0 || l.Half < 0 || l.Run < 0 {
			v.add(at, "limits must not be negative")
		}
		if l.Half == 1 {
			v.add(at+".half", "must be 2 or more, or 0 to turn it off: with 1, every change of a single person waits for approval")
		}
	}
	if l := g.SourceShrink; l.Percent < 0 || l.Percent > 100 || l.People < 0 {
		v.add("guards.source_shrink", "percent must be between 0 and 100, and people must not be negative")
	}
}

func (v *validator) rule(at string, r *CompiledRule) {
	v.groups(at+".groups", r.Groups)
	v.limits(at, r)
	captures := CaptureNames(r.Groups)
	v.template(at+".organization", r.Organization, r.OrganizationTemplate, captures)
	v.organizations(at+".organizations", r)
	v.template(at+".role", r.Role, r.RoleTemplate, captures)
	oneOf(v, at+".roles_mode", r.RolesMode, RolesExact, RolesAtLeast, RolesOnAdd)
	switch t := r.RoleTemplate; {
	case len(t.Names()) > 0 && len(r.Roles) == 0:
		v.add(at+".roles", "missing: the role comes from a group name, so list the roles that are allowed (S21)")
	case len(t.parts) > 0 && len(t.Names()) == 0 && !roleKey.MatchString(r.Role):
		v.add(at+".role", "%q is not a role key such as org:member", r.Role)
	}
	for i, key := range r.Roles {
		if !roleKey.MatchString(key) {
			v.add(fmt.Sprintf("%s.roles[%d]", at, i), "%q is not a role key such as org:member", key)
		}
	}
	for i, name := range r.AllowEmpty {
		if !r.Groups.matches(name) && !slices.Contains(r.ExceptGroups, name) && !slices.Contains(r.AllGroups, name) {
			v.add(fmt.Sprintf("%s.allow_empty[%d]", at, i), "%q is not one of the rule's group names; allow_empty works for single groups, not for a whole pattern (S15)%s", name,
				source.DidYouMean(name, slices.Concat(r.Groups.Names, r.ExceptGroups, r.AllGroups)))
		}
	}
	for _, x := range []struct {
		key    string
		object map[string]any
	}{{"public", r.Metadata.Public}, {"private", r.Metadata.Private}} {
		if _, err := json.Marshal(x.object); err != nil {
			v.add(at+".metadata."+x.key, "cannot be written as JSON: %v", err)
		}
	}
	if _, ok := r.Metadata.Private[plan.MarkerKey]; ok {
		v.add(at+".metadata.private."+plan.MarkerKey, "is reserved: rollcall writes its marker there; use another key")
	}
}

// organizations checks the list of organizations that a capture may lead to. A
// list that limits nothing is refused, because somebody relies on it (S21).
func (v *validator) organizations(at string, r *CompiledRule) {
	switch {
	case r.Organizations == nil:
		return
	case len(r.OrganizationTemplate.parts) > 0 && !r.Captures():
		v.add(at, "has no effect, because this rule names one organization; it limits organizations from a group name, such as {org}")
	case len(r.Organizations) == 0:
		v.add(at, "is empty: list the organizations that the pattern may use, or remove the key")
	}
	for i, name := range r.Organizations {
		if !organizationName.MatchString(name) {
			v.add(fmt.Sprintf("%s[%d]", at, i), "%q is not a slug or an org_ id: list each organization by its exact slug or id", name)
		}
	}
}

func (v *validator) groups(at string, g GroupPattern) {
	kinds := 0
	for _, set := range []bool{len(g.Names) > 0, g.Match != "", g.Glob != ""} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		v.add(at, "must be a list of names, or a mapping with match or glob")
	}
	for i, name := range g.Names {
		if strings.TrimSpace(name) == "" {
			v.add(fmt.Sprintf("%s[%d]", at, i), "is empty")
		}
	}
	if g.Match != "" {
		_, err := regexp.Compile(g.Match)
		if _, whole := source.CompileWhole(g.Match); err == nil {
			err = whole // an open \Q, say, is lawful alone and swallows the anchor
		}
		if err != nil {
			v.add(at+".match", "%v", err)
		}
	}
	if _, err := path.Match(g.Glob, ""); err != nil {
		v.add(at+".glob", "%q is not a valid glob: %v", g.Glob, err)
	}
}

// limits checks the groups that limit a rule. A name that is a group of the rule too
// would undo it, or say nothing.
func (v *validator) limits(at string, r *CompiledRule) {
	for _, x := range []struct {
		key   string
		names []string
	}{{"except_groups", r.ExceptGroups}, {"all_groups", r.AllGroups}} {
		if x.names != nil && len(x.names) == 0 {
			v.add(at+"."+x.key, "is empty: list exact group names, or remove the key")
		}
		for i, name := range x.names {
			here := fmt.Sprintf("%s.%s[%d]", at, x.key, i)
			switch {
			case strings.TrimSpace(name) == "":
				v.add(here, "is empty")
			case slices.Contains(x.names[:i], name):
				v.add(here, "%q is listed twice", name)
			case slices.Contains(r.Groups.Names, name):
				v.add(here, "%q is one of the rule's own groups", name)
			case x.key == "all_groups" && slices.Contains(r.ExceptGroups, name):
				v.add(here, "%q is in except_groups too, so the rule would reach nobody", name)
			}
		}
	}
}

// matches reports whether a group name is one of the pattern's.
func (g GroupPattern) matches(name string) bool {
	if slices.Contains(g.Names, name) {
		return true
	}
	for _, s := range selectorsOf(Rule{Groups: g}) {
		if _, ok := s.MatchName(name); ok && s.Pattern() && name != s.String() {
			return true
		}
	}
	return false
}

// template refuses names that are no captures. Organizations and roles come from
// group names only, never from what people can write about themselves.
func (v *validator) template(at, s string, t Template, captures []string) {
	if s == "" {
		v.add(at, "missing")
		return
	}
	if x := t.Placeholder(); x != nil && (x.As != "" || x.then == nil) {
		v.add(at, "%s does not give a text; as and comparisons without ? work in metadata only", t)
	}
	for _, name := range t.Names() {
		if !slices.Contains(captures, name) {
			v.add(at, "{%s} is not a named group in the rule's match%s", name, DidYouMean(name, captures))
		}
	}
}
