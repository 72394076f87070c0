package sync

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
)

// roleKey is how Clerk writes role keys.
var roleKey = regexp.MustCompile(`^org:[a-z0-9_-]+$`)

// Validate finds all problems of the sync and rules sections, joined
// *FieldError values; paths begin with sync, guards or rules.
func Validate(config Config, rules []Rule) error {
	v := &validator{}
	v.sync(config)
	v.guards(config.Guards)
	for i := range rules {
		v.rule(fmt.Sprintf("rules[%d]", i), rules[i])
	}
	_, problems := compileRules(rules)
	return errors.Join(append(v.problems, problems...)...)
}

type validator struct{ problems []error }

func (v *validator) add(path, problem string, args ...any) {
	v.problems = append(v.problems, &FieldError{path, fmt.Sprintf(problem, args...)})
}

// oneOf refuses a value that is not in the list; an empty one has its default.
func oneOf[T ~string](v *validator, path string, value T, allowed ...T) {
	if value == "" || slices.Contains(allowed, value) {
		return
	}
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	v.add(path, "%q is none of %s", string(value), strings.Join(words, ", "))
}

func (v *validator) sync(c Config) {
	if c.Removals == "" {
		v.add("sync.removals", "is missing: choose none, managed (only members that rollcall added) or all")
	}
	if c.Owner == "" || strings.ContainsFunc(c.Owner, func(r rune) bool { return r < ' ' }) {
		v.add("sync.owner", "must name this installation")
	}
	oneOf(v, "sync.removals", c.Removals, RemovalsNone, RemovalsManaged, RemovalsAll)
	oneOf(v, "sync.ambiguous", c.Ambiguous, AmbiguousSkip, AmbiguousHold)
	oneOf(v, "sync.id_changed", c.IDChanged, IDChangedHold, IDChangedSame, IDChangedNew)
	oneOf(v, "sync.adopt", c.Adopt, AdoptNone, AdoptMatched)
	v.missing(c)
	for _, name := range slices.Sorted(maps.Keys(c.Retire)) {
		oneOf(v, "sync.retire."+name, c.Retire[name], RetireKeep, RetireRemove)
	}
	if c.MinAdmins < 0 {
		v.add("sync.min_admins", "%d is negative", c.MinAdmins)
	}
	if c.Grace < 0 {
		v.add("sync.grace", "%s is negative", c.Grace)
	}
	switch {
	case c.DemoteFirst != "" && !roleKey.MatchString(c.DemoteFirst):
		v.add("sync.demote_first", "%q is no role key such as org:guest", c.DemoteFirst)
	case c.DemoteFirst != "" && c.Grace == 0:
		v.add("sync.demote_first", "says what people have during the grace, and there is none: set grace, such as 72h")
	}
	if c.ErrorBudget < 1 || c.ErrorBudget > 100 {
		v.add("sync.error_budget", "%d is no percentage between 1 and 100", c.ErrorBudget)
	}
	v.entries("sync.protect", c.Protect)
	v.entries("sync.deny", c.Deny)
	for i, key := range c.AdminRoles {
		if !roleKey.MatchString(key) {
			v.add(fmt.Sprintf("sync.admin_roles[%d]", i), "%q is no role key such as org:admin", key)
		}
	}
}

// missing checks what happens to people without a Clerk user (S07).
func (v *validator) missing(c Config) {
	oneOf(v, "sync.missing_users", c.MissingUsers, MissingReport, MissingInvite, MissingCreate)
	if c.MissingUsers != "" && c.MissingUsers != MissingReport && len(c.EmailDomains) == 0 {
		v.add("sync.email_domains", "is missing: missing_users: %s reaches only addresses of the domains that it lists (S07)", c.MissingUsers)
	}
	for i, domain := range c.EmailDomains {
		if _, err := source.FoldEmail("x@" + domain); err != nil || strings.Contains(domain, "@") {
			v.add(fmt.Sprintf("sync.email_domains[%d]", i), "%q is no domain such as corp.example", domain)
		}
	}
	v.invitations(c.Invitations)
}

func (v *validator) invitations(s Invitations) {
	if n := s.ExpiresInDays; n < 0 || n > 365 {
		v.add("sync.invitations.expires_in_days", "%d is not between 1 and 365", n)
	}
	if u := s.Inviter; u != "" && !strings.HasPrefix(u, "user_") {
		v.add("sync.invitations.inviter", "%q is no user id such as user_2abc", u)
	}
	if s.ResendAfter < 0 {
		v.add("sync.invitations.resend_after", "%s is negative", s.ResendAfter)
	}
	if s.ResendMost < 1 && s.ResendAfter > 0 {
		v.add("sync.invitations.resend_most", "%d sends nothing again: use 1 or more, or resend_after: 0s for never", s.ResendMost)
	}
	oneOf(v, "sync.invitations.when_changed", s.WhenChanged, ChangedKeep, ChangedRenew)
}

// entries refuses patterns that could not match and empty ones that would surprise.
func (v *validator) entries(at string, list []string) {
	for i, entry := range list {
		_, err := path.Match(entry, "x")
		wide := strings.ContainsAny(entry, "*?[") && !strings.Contains(entry, "@")
		if err != nil || wide || strings.TrimSpace(entry) == "" {
			v.add(fmt.Sprintf("%s[%d]", at, i), "%q is no user id, external id, address or glob over addresses", entry)
		}
	}
}

func (v *validator) guards(g Guards) {
	for _, x := range guards {
		l, at := x.limit(g), "guards."+x.name
		if l.Percent < 0 || l.Percent > 100 {
			v.add(at+".percent", "%d is not between 0 and 100", l.Percent)
		}
		if l.People < 0 || l.Half < 0 || l.Run < 0 {
			v.add(at, "limits cannot be negative")
		}
		if l.Half == 1 {
			v.add(at+".half", "1 would hold every change of a single person; use 2 or more, or 0 for off")
		}
	}
	if l := g.SourceShrink; l.Percent < 0 || l.Percent > 100 || l.People < 0 {
		v.add("guards.source_shrink", "percent must lie between 0 and 100, and people cannot be negative")
	}
}

func (v *validator) rule(at string, r Rule) {
	v.groups(at+".groups", r.Groups)
	captures := captureNames(r.Groups)
	v.template(at+".organization", r.Organization, captures)
	v.template(at+".role", r.Role, captures)
	oneOf(v, at+".roles_mode", r.RolesMode, RolesExact, RolesAtLeast, RolesOnAdd)
	if t, err := parseTemplate(r.Role); err == nil {
		switch {
		case len(t.names()) > 0 && len(r.Roles) == 0:
			v.add(at+".roles", "is missing: a role that comes from a group's name must be one of a list (S21)")
		case len(t.names()) == 0 && r.Role != "" && !roleKey.MatchString(r.Role):
			v.add(at+".role", "%q is no role key such as org:member", r.Role)
		}
	}
	for i, key := range r.Roles {
		if !roleKey.MatchString(key) {
			v.add(fmt.Sprintf("%s.roles[%d]", at, i), "%q is no role key such as org:member", key)
		}
	}
	for i, name := range r.AllowEmpty {
		if !r.Groups.means(name) {
			v.add(fmt.Sprintf("%s.allow_empty[%d]", at, i), "%q is not one of the rule's group names; a whole pattern cannot be allowed to be empty (S15)", name)
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
	if _, ok := r.Metadata.Private[markerKey]; ok {
		v.add(at+".metadata.private."+markerKey, "is reserved for the marker")
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
		v.add(at+".glob", "%q is no glob: %v", g.Glob, err)
	}
}

// means reports whether a single group name is one of the pattern's.
func (g GroupPattern) means(name string) bool {
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

// template refuses names that are no captures: organizations and roles come
// from group names only, never from what people can write about themselves.
func (v *validator) template(at, s string, captures []string) {
	if s == "" {
		v.add(at, "is missing")
		return
	}
	t, err := parseTemplate(s)
	if err != nil {
		return // compileRules reports it
	}
	if x := t.lone(); x != nil && (x.as != "" || x.then == nil) {
		v.add(at, "%s makes no text; as and comparisons without ? belong to metadata", t)
	}
	for _, name := range t.names() {
		if !slices.Contains(captures, name) {
			v.add(at, "{%s} is no named capture of the rule's match%s", name, meant(name, captures))
		}
	}
}
