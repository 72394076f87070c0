package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/sync/exception"
	"rollcall/sync/policy"
)

// check gathers what each section finds wrong with itself, and what is wrong between them.
func (c *Config) check(r *report) {
	r.addAll("clerk", c.Clerk.Validate())
	for i := range c.Sources {
		r.addAll(fmt.Sprintf("sources[%d]", i), c.Sources[i].Validate())
	}
	c.checkSources(r)
	c.checkShared(r)
	c.checkRules(r)
	c.checkGuards(r)
	if c.Sync.Removals == "" {
		r.add("sync.removals", "missing: choose none (never remove), managed (remove only members that rollcall added) or all")
	}
	r.addAll("sync", policy.Validate(c.Sync, c.Rules))
	r.addAll("metrics", c.Metrics.Validate())
	r.addAll("serve", c.Serve.Validate())
	if key := c.Sync.NeedsHistory(); key != "" && c.State == "none" {
		r.add(key, "needs the history of earlier runs, but state is none: set state to a directory (S29)")
	}
	if c.Sync.IDChanged == policy.IDChangedNew && c.State == "none" {
		r.add("sync.id_changed", "must not be new while state is none: after a leaver is removed, only the history of earlier runs says whose account it was; set state to a directory, or use hold (S02)")
	}
	if c.KeepHistory < leastKept {
		r.add("keep_history", fmt.Sprintf("must be 48h or more, and is %s: the guards look back over 24 hours", c.KeepHistory))
	}
}

// leastKept is what the journal keeps whatever is configured.
const leastKept = 48 * time.Hour

func (c *Config) checkSources(r *report) {
	if len(c.Sources) == 0 {
		r.add("sources", "missing: name at least one ldap or csv source")
	}
	seen := map[string]int{}
	for i, s := range c.Sources {
		if s.Name == exception.Source {
			r.add(fmt.Sprintf("sources[%d].name", i), fmt.Sprintf("%q marks those to whom rollcall grant gave a role: use another name", s.Name))
		}
		if s.RenamedFrom == exception.Source {
			r.add(fmt.Sprintf("sources[%d].renamed_from", i), fmt.Sprintf("%q is the marker of those to whom rollcall grant gave a role, and was no source", exception.Source))
		}
		if first, twice := seen[s.Name]; twice && s.Name != "" {
			r.add(fmt.Sprintf("sources[%d].name", i), fmt.Sprintf("%q is already the name of sources[%d]: each source needs its own name, which goes into the markers", s.Name, first))
			continue
		}
		seen[s.Name] = i
	}
}

// checkPrograms checks the variables that programs get: each has a value (S36), and
// none is the Clerk key (S38).
func (c *Config) checkPrograms(r *report, lookup func(string) (string, bool)) {
	for i, s := range c.Sources {
		if s.CSV == nil {
			continue
		}
		for j, name := range s.CSV.Environment {
			path := fmt.Sprintf("sources[%d].csv.environment[%d]", i, j)
			if name == c.Clerk.SecretKeyEnv {
				r.add(path, "is the Clerk key, which no program gets")
			} else if _, set := lookup(name); !set {
				r.add(path, fmt.Sprintf("the environment variable %s is not set", name))
			}
		}
	}
}

// sameIDs leads each source that shares its ids to the first in the list of
// those that share them.
func (c *Config) sameIDs() map[string]string {
	class := map[string]string{}
	rank := map[string]int{}
	for i, s := range slices.Backward(c.Sources) {
		rank[s.Name] = i
	}
	for _, s := range c.Sources {
		if _, known := rank[s.SameIDsAs]; !known || s.SameIDsAs == s.Name {
			continue
		}
		a, b := cmp.Or(class[s.Name], s.Name), cmp.Or(class[s.SameIDsAs], s.SameIDsAs)
		if rank[b] < rank[a] {
			a, b = b, a
		}
		class[s.Name], class[s.SameIDsAs] = a, a
		for name, of := range class {
			if of == b {
				class[name] = a
			}
		}
	}
	return class
}

// checkShared checks what sources say of each other.
func (c *Config) checkShared(r *report) {
	for i, s := range c.Sources {
		path := fmt.Sprintf("sources[%d].same_ids_as", i)
		at := slices.IndexFunc(c.Sources, func(other sources.Config) bool { return other.Name == s.SameIDsAs })
		switch {
		case s.SameIDsAs == "":
		case at < 0:
			r.add(path, c.unknownSource(s.SameIDsAs))
		case !c.Sources[at].StableIDs():
			r.add(path, fmt.Sprintf("source %q has no ids: set csv.columns.id there", s.SameIDsAs))
		}
	}
}

func (c *Config) checkRules(r *report) {
	if len(c.Rules) == 0 && !c.hasMembershipForm() && len(c.Sources) > 0 {
		r.add("rules", "missing: add at least one rule (only a csv source with organization and role columns needs no rules)")
	}
	for i, rule := range c.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		kind, known := c.kindOf(rule.Source)
		if !known {
			r.add(path+".source", c.unknownSource(rule.Source))
		}
		pattern := rule.Groups.Match != "" || rule.Groups.Glob != ""
		if pattern && rule.Groups.Base == "" && kind == "ldap" {
			r.add(path+".groups", "needs base for a pattern over LDAP: set it to the DN that contains the groups (S21)")
		}
	}
}

// kindOf is "ldap" when the rule reaches an LDAP source; known is false for a
// name that no source bears.
func (c *Config) kindOf(name string) (kind string, known bool) {
	known = name == ""
	for _, s := range c.Sources {
		if name != "" && s.Name != name {
			continue
		}
		known = true
		if s.LDAP != nil {
			kind = "ldap"
		}
	}
	return kind, known
}

func (c *Config) unknownSource(name string) string {
	names := sources.Names(c.Sources)
	if near := source.Nearest(name, names); near != "" {
		return fmt.Sprintf("no source is named %q: did you mean %q?", name, near)
	}
	return fmt.Sprintf("no source is named %q; the sources are %s", name, strings.Join(names, ", "))
}

func (c *Config) hasMembershipForm() bool {
	return slices.ContainsFunc(c.Sources, MembershipForm)
}

// MembershipForm reports whether the source is a CSV whose rows are
// memberships, which needs no rules.
func MembershipForm(s sources.Config) bool {
	return s.CSV != nil && s.CSV.Columns.Membership()
}

// foreignLimits lists the keys of each guard that its row of the table in S17
// does not have: accepting one would promise a limit that nobody keeps.
var foreignLimits = []string{
	"admin_losses.percent", "admin_grants.percent", "admin_grants.half",
	"adds.half", "role_changes.half", "metadata_nulls.half",
	"source_shrink.half", "source_shrink.run",
	"end_sessions.percent", "end_sessions.run", "revoke_api_keys.percent", "revoke_api_keys.run", "lock_or_ban.percent", "lock_or_ban.run",
}

func (c *Config) checkGuards(r *report) {
	for _, key := range foreignLimits {
		if _, set := r.places["guards."+key]; set {
			guard, limit, _ := strings.Cut(key, ".")
			r.add("guards."+key, fmt.Sprintf("the guard %s has no limit %q: remove it", guard, limit))
		}
	}
}

// addAll takes an error that a section's Validate gave apart and puts each
// problem at its place.
func (r *report) addAll(section string, err error) {
	switch e := err.(type) { //nolint:errorlint // the tree of joined errors is walked, not searched
	case nil:
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			r.addAll(section, one)
		}
	case interface{ YAMLPath() string }:
		problem := strings.TrimPrefix(err.Error(), e.YAMLPath()+": ")
		r.add(qualify(section, e.YAMLPath()), problem)
	default:
		r.add(section, err.Error())
	}
}

// qualify puts the section before a path. The rules and guards are checked
// together with the sync section but stand beside it in the file.
func qualify(section, path string) string {
	if section == "sync" && (strings.HasPrefix(path, "rules") || strings.HasPrefix(path, "guards") || strings.HasPrefix(path, "leavers") || strings.HasPrefix(path, "sync.")) {
		return path
	}
	return join(section, path)
}
