package sync

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/source"
)

// assignment is one reason for somebody to be in an organization.
type assignment struct {
	person *person
	role   string
	// rank orders assignments: the rule higher in the list wins; within a rule
	// the role that its roles list first.
	rank, listed    int32
	public, private map[string]any
	terms           []*source.Term // when it holds; none is always
	reason
}

// reason is why somebody is assigned: because of a rule and a group, or of a
// row. There may be a million, so what they share is held once.
type reason struct {
	*grounds
	line, column int32 // of a row
}

// grounds are what many reasons share.
type grounds struct {
	text string
	mode RolesMode
	rank int32 // of the rule, or of the source of rows, as assignment has it
	// pattern is the feed's key of a group that a pattern found; else empty (S21).
	pattern string
	origin  source.Origin // of rows, without their line and column
}

// because is the reason as plans and notes give it.
func (r reason) because() string {
	if r.line == 0 {
		return r.text
	}
	o := r.origin
	o.Line, o.Column = int(r.line), int(r.column)
	return "row " + o.String()
}

// compare orders reasons in any way that does not depend on the order in
// which a source answers.
func (r reason) compare(other reason) int {
	if r.grounds != other.grounds {
		return cmp.Compare(r.because(), other.because())
	}
	return cmp.Or(cmp.Compare(r.line, other.line), cmp.Compare(r.column, other.column))
}

// assignments is what the rules make of the sources, by the organization's
// name as the configuration or the data wrote it.
type assignments struct {
	by map[string][]assignment
	// blocks are holds that the sources themselves call for.
	blocks map[string][]block
	// all is a block of every organization.
	all   []block
	notes []Note
	feeds feeds
	// known are people whom a group lists and the read does not show: what they
	// have stays as it is, by the organization's name (S10).
	known  map[string][]identity
	memory *memory
	// over are people whose time in an organization has ended, by its name (S28).
	over map[string]map[*person]*source.Term
	now  time.Time
	// dated says that somebody's membership has a date.
	dated bool
	// oddities are values that are not of the type a template asks for.
	oddities map[*template]*oddity
	// past are the ids of organizations that only earlier runs fed (S15).
	past map[string]bool
	// decided are what access reviews say, by the organization's name and membership.
	decided map[string]map[string]*source.Decision
	// doubted are blocks of what those reviews decide, by the same names.
	doubted map[string][]block
}

// block keeps changes of an organization waiting, whatever they are.
type block struct {
	rule string
	// scope says which changes wait.
	scope scope
	text  string
}

// scope is the part of an organization's changes that a block keeps waiting.
type scope uint8

const (
	everything scope = iota
	losses           // removals, demotions and nulls
	gains            // whoever is let in or up
)

func (s scope) has(c *Change) bool {
	return s == everything || s == losses && c.loses() || s == gains && c.gives()
}

func (a *assignments) block(organization string, b block) {
	if !slices.Contains(a.blocks[organization], b) {
		a.blocks[organization] = append(a.blocks[organization], b)
	}
}

// assign applies the rules to the sources. It is pure.
func assign(set *ruleset, d *directory, config Config, m *memory) *assignments {
	a := &assignments{by: map[string][]assignment{}, blocks: map[string][]block{}, feeds: feeds{},
		known: map[string][]identity{}, past: map[string]bool{}, decided: map[string]map[string]*source.Decision{}, doubted: map[string][]block{}, memory: m, over: map[string]map[*person]*source.Term{}, now: d.now, oddities: map[*template]*oddity{}}
	for i := range d.snapshots {
		a.addGroups(set, d, i, config)
		a.addRows(d, i, len(set.rules))
		a.addDecisions(d.snapshots[i])
		a.holdNoRemovals(set, d.snapshots[i])
	}
	a.holdMissing(set, d)
	a.noteOddities()
	return a
}

func (a *assignments) addGroups(set *ruleset, d *directory, snapshot int, config Config) {
	s := d.snapshots[snapshot]
	for g := range s.Groups {
		group := &s.Groups[g]
		for _, m := range group.Matches {
			rule := &set.rules[set.owner[m.Selector]]
			organization, role, ok := a.target(rule, group, m)
			if !ok {
				continue
			}
			a.feeds.group(s.Source, group, organization)
			a.addMembers(feeding{rule, s, group, d.people[snapshot], a.lacks(rule)}, m, organization, role)
			a.holdEmpty(organization, set, group, m)
			a.holdUnusable(organization, s, group, config)
		}
	}
}

// target renders the rule's organization and role for a group (S21).
func (a *assignments) target(rule *compiledRule, group *source.Group, m source.Match) (organization, role string, ok bool) {
	get := func(name string) []string { return capture(m, name) }
	organization, okOrg := rule.organization.text(get)
	role, okRole := rule.role.text(get)
	if !okOrg || organization == "" {
		a.notes = append(a.notes, Note{Rule: "S21", Text: fmt.Sprintf("rule %d: group %s gives no organization", rule.number, group.Name)})
		return "", "", false
	}
	if !okRole || len(rule.Roles) > 0 && !slices.Contains(rule.Roles, role) {
		// Who relies on this group is unknown: nobody may lose anything over it.
		a.block(organization, block{rule: "S21", scope: losses, text: fmt.Sprintf(
			"rule %d: group %s asks for the role %q, which is not in the rule's roles; rename the group or list the role", rule.number, group.Name, role)})
		return "", "", false
	}
	return organization, role, true
}

// capture is the value of a named capture; one that took part in no match is absent.
func capture(m source.Match, name string) []string {
	if v := m.Captures[name]; v != "" {
		return []string{v}
	}
	return nil
}

// feeding is a rule that meets a group.
type feeding struct {
	rule     *compiledRule
	snapshot *source.Snapshot
	group    *source.Group
	people   []*person
	lacks    func(p *person, name string) bool
}

func (a *assignments) addMembers(f feeding, m source.Match, organization, role string) {
	rule, group := f.rule, f.group
	direct := &grounds{text: fmt.Sprintf("rule %d: %s", rule.number, group.Name), mode: rule.RolesMode, rank: int32(rule.number)}
	if len(rule.Groups.Names) == 0 {
		direct.pattern = feedKey(group.Origin.Source, group.ID)
	}
	listed := slices.Index(rule.Roles, role)
	for i := range group.Members {
		member := &group.Members[i]
		p := f.people[member.Person]
		terms := f.snapshot.TermsOf(member)
		if a.ended(organization, p, terms) || p.Disabled != "" {
			continue
		}
		x := assignment{person: p, role: role, terms: terms, rank: int32(rule.number), listed: int32(listed), reason: reason{grounds: direct}}
		if member.Via != "" {
			x.grounds = &grounds{text: direct.text + " → " + member.Via, mode: rule.RolesMode, rank: direct.rank, pattern: direct.pattern}
		}
		get := func(name string) []string {
			if _, ok := m.Captures[name]; ok {
				return capture(m, name)
			}
			return p.Attributes.Get(name)
		}
		render := renderer{get, func(name string) bool { return f.lacks(p, name) }, func(t *template) { a.odd(t, p) }}
		x.public, x.private = render.object(rule.public), render.object(rule.private)
		a.by[organization] = append(a.by[organization], x)
	}
}

// holdUnusable keeps losses waiting where a listed member cannot be read (S10).
func (a *assignments) holdUnusable(organization string, s *source.Snapshot, group *source.Group, config Config) {
	if len(group.Unusable) == 0 {
		return
	}
	open := a.unexplained(organization, s, group, config)
	first := group.Unusable[0]
	if len(open) > 0 {
		first = open[0]
	}
	text := fmt.Sprintf("group %s lists %s that cannot be used, the first: %s (%s)",
		group.Name, count(len(group.Unusable), "member"), first.Ref, first.Why)
	if config.IgnoreUnreadable[s.Source] || len(open) == 0 {
		a.notes = append(a.notes, Note{Rule: "S10", Organization: organization, Text: text})
		return
	}
	a.block(organization, block{rule: "S10", scope: losses,
		text: text + "; repair the entry, or set unreadable_members: ignore"})
}

// unexplained are the unusable members of whom earlier runs know nothing;
// whom they know stays as they are.
func (a *assignments) unexplained(organization string, s *source.Snapshot, group *source.Group, config Config) []source.Unusable {
	var open []source.Unusable
	for _, u := range group.Unusable {
		ids, standing := a.memory.judge(s.Source, u.Ref, config.Removals)
		switch {
		case u.Group || standing == unknown:
			open = append(open, u)
		case standing == knownAs:
			a.known[organization] = append(a.known[organization], ids...)
		}
	}
	return open
}

// holdNoRemovals keeps losses waiting where the source itself says so (S11,
// S12): in all that it feeds or could feed, since what was cut off may be all
// that an organization had of it.
func (a *assignments) holdNoRemovals(set *ruleset, s *source.Snapshot) {
	for _, why := range s.NoRemovals {
		b := block{rule: "S11", scope: losses, text: "source " + s.Source + ": " + why}
		if len(s.Decisions) == 0 {
			a.blockFed(set, s.Source, b)
			continue
		}
		a.doubt(s, b)
	}
}

// holdEmpty holds the organization of a group that a pattern found empty: the
// other groups of the pattern do not speak for it (S15).
func (a *assignments) holdEmpty(organization string, set *ruleset, group *source.Group, m source.Match) {
	rule := &set.rules[set.owner[m.Selector]]
	if len(group.Members)+len(group.Unusable) > 0 || !set.request.Groups[m.Selector].Pattern() || slices.Contains(rule.AllowEmpty, group.Name) {
		return
	}
	a.block(organization, block{rule: "S15", text: fmt.Sprintf(
		"rule %d: group %s is empty; fill it, or list it under allow_empty", rule.number, group.Name)})
}

// holdMissing holds organizations whose rule's group is missing or empty (S15).
func (a *assignments) holdMissing(set *ruleset, d *directory) {
	found := map[int]int{} // groups of a pattern, members of a name, by selector
	for _, s := range d.snapshots {
		for g := range s.Groups {
			for _, m := range s.Groups[g].Matches {
				found[m.Selector] += len(s.Groups[g].Members) + len(s.Groups[g].Unusable)
				if set.request.Groups[m.Selector].Pattern() {
					found[m.Selector]++ // holdEmpty sees to those without members
				}
			}
		}
	}
	meant := map[int]string{}
	for _, s := range d.snapshots {
		maps.Copy(meant, s.Meant)
	}
	for i, selector := range set.request.Groups {
		rule := &set.rules[set.owner[i]]
		if found[i] > 0 || slices.Contains(rule.AllowEmpty, selector.String()) && !selector.Pattern() {
			continue
		}
		if d.failed[rule.Source] || rule.Source == "" && len(d.failed) > 0 {
			continue // what the source feeds waits for that (S14)
		}
		text := fmt.Sprintf("rule %d: group %s is missing or empty; check its name, or list it under allow_empty", rule.number, selector)
		if near := meant[i]; near != "" {
			text = fmt.Sprintf("rule %d: there is no group %s; did you mean %q? Correct the name, or list it under allow_empty", rule.number, selector, near)
		}
		if selector.Pattern() {
			text = fmt.Sprintf("rule %d: no group matches %s; correct the pattern, or drop the rule", rule.number, selector)
		}
		b := block{rule: "S15", text: text}
		if len(rule.organization.names()) > 0 {
			a.all = append(a.all, b) // the groups that are gone could have fed any organization
			continue
		}
		a.block(rule.Organization, b)
	}
}

// count says "1 member" or "3 members".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
