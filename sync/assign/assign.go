package assign

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Assigner has the rules.
type Assigner struct {
	Config policy.Config
	Rules  *policy.Ruleset
}

// Assign decides who should be where, and what of it waits because of what was
// read.
func (r *Assigner) Assign(read *directory.Reading, m *memory.Memory) *Assignments {
	a := FromRules(r.Rules, read.Directory, r.Config, m)
	a.Read = read
	a.blockFailedSources()
	pastHolds{a}.holdByMemory()
	pastHolds{a}.addRetired()
	a.noteIdleBlocks()
	a.Exceptions().add()
	return a
}

// FromRules applies the rules to the sources. It has no side effects but that it
// releases the rows, and notes the problem of a person whom a group that limits a rule
// names by address only.
func FromRules(set *policy.Ruleset, d *directory.Directory, config policy.Config, m *memory.Memory) *Assignments {
	a := &Assignments{by: map[string][]Assignment{}, Blocks: map[string][]plan.Block{}, GroupSizes: groupSizes{},
		Unreadable: map[string][]plan.DirectoryID{}, FedBefore: map[string]bool{}, Mappings: Mappings{set, map[string]string{}}, pastBlocks: map[string][]plan.Block{}, Reviews: Reviews{Decisions: map[string]map[string]*source.Decision{}, ReviewBlocks: map[string][]plan.Block{}}, Memory: m, rules: set, config: config, Expired: map[string]map[*directory.Person]*source.Period{}, Now: d.Now, mistyped: mistyped{}, Exclusions: newExclusions(set, d)}
	for i := range d.Snapshots {
		a.addGroups(d, i)
		a.addRows(d, i, len(set.Rules))
		a.Notes = append(a.Notes, a.addDecisions(d.Snapshots[i])...)
	}
	a.holdMissing(d)
	limitedRules{a}.hold(d)
	limitedRules{a}.addSizes(d)
	for _, s := range d.Snapshots { // a group of one may have members of another
		a.holdNoRemovals(s)
	}
	a.Notes = append(a.Notes, a.mistyped.notes()...)
	return a
}

// GoneOrganizations are assignments of nobody, for organizations that may be
// missing in Clerk without a hold. Undo uses them.
func GoneOrganizations(names []string) *Assignments {
	a := &Assignments{FedBefore: map[string]bool{}}
	for _, name := range names {
		a.FedBefore[name] = true
	}
	return a
}

// Assignments is what the rules make of the sources, by the name of the
// organization in the configuration or the data.
type Assignments struct {
	by map[string][]Assignment
	// Blocks are the blocks of organizations because of what was read.
	Blocks map[string][]plan.Block
	// All is a block of every organization.
	All        []plan.Block
	Notes      []plan.Note
	GroupSizes groupSizes
	// Unreadable are people whom a group lists and the read does not show, by the
	// organization's name. They keep what they have (S10).
	Unreadable map[string][]plan.DirectoryID
	Memory     *memory.Memory
	Read       *directory.Reading
	rules      *policy.Ruleset
	config     policy.Config
	// Expired are the last periods of people whose end date in an organization has
	// passed, by its name (S28).
	Expired map[string]map[*directory.Person]*source.Period
	Now     time.Time
	// Dated says that an assignment has a start or an end date.
	Dated    bool
	mistyped mistyped
	// Exclusions are the people whom a limit of a rule keeps out.
	Exclusions Exclusions
	Mappings   Mappings
	// Grants are what the groups and the rows give, in the order of the sources.
	Grants []*Grant
	// FedBefore are the ids of organizations that only earlier runs fed (S15).
	FedBefore map[string]bool
	// pastBlocks are the blocks of these organizations.
	pastBlocks map[string][]plan.Block
	Reviews
	exceptions
}

// block adds a block of an organization, once.
func (a *Assignments) block(organization string, b plan.Block) {
	if !slices.Contains(a.Blocks[organization], b) {
		a.Blocks[organization] = append(a.Blocks[organization], b)
	}
}

// Organizations lists the names that rules and sources give, sorted.
func (a *Assignments) Organizations() []string {
	names := a.rules.LiteralOrganizations()
	names = slices.AppendSeq(names, maps.Keys(a.by))
	names = slices.AppendSeq(names, maps.Keys(a.Blocks))
	names = slices.AppendSeq(names, maps.Keys(a.FedBefore))
	slices.Sort(names)
	return slices.Compact(names)
}

// addGroups applies the rules to the groups of one source.
func (a *Assignments) addGroups(d *directory.Directory, snapshot int) {
	s := d.Snapshots[snapshot]
	for g := range s.Groups {
		group := &s.Groups[g]
		for _, m := range group.Matches {
			if a.rules.Limits(m.Selector) {
				continue
			}
			rule := &a.rules.Rules[a.rules.RuleIndex[m.Selector]]
			organization, role, complaint := Target(rule, group, m)
			if complaint != nil {
				a.complain(complaint)
				a.newGrant(Grant{Source: s.Source, Group: group.Name, Rule: rule.Number})
				continue
			}
			if named, _ := rule.Named(); rule.Captures() && len(named) == 0 {
				a.Mappings.add(organization, fmt.Sprintf("rule %d: group %s", rule.Number, group.Name))
			}
			a.GroupSizes.addGroup(s.Source, group, organization)
			a.addMembers(ruleGroup{rule, s, group, d.People[snapshot], namesMissing(rule)}, m, organization, role)
			a.holdEmpty(organization, group, m)
			a.holdUnusable(d, organization, s, group)
		}
	}
}

// ruleGroup is a group that a rule matches.
type ruleGroup struct {
	rule     *policy.CompiledRule
	snapshot *source.Snapshot
	group    *source.Group
	people   []*directory.Person
	lacks    func(p *directory.Person, name string) bool
}

// addMembers assigns the members of a group.
func (a *Assignments) addMembers(f ruleGroup, m source.Match, organization, role string) {
	rule, group := f.rule, f.group
	direct := &SharedReason{Text: fmt.Sprintf("rule %d: %s", rule.Number, group.Name), Mode: rule.RolesMode, rank: int32(rule.Number)}
	if len(rule.Groups.Names) == 0 {
		direct.Pattern = groupKey(group.Origin.Source, group.ID)
	}
	listed := slices.Index(rule.Roles, role)
	direct.grant = a.newGrant(Grant{Source: f.snapshot.Source, Group: group.Name, Rule: rule.Number, Organization: organization, Role: role})
	for i := range group.Members {
		member := &group.Members[i]
		p := f.people[member.Person]
		terms := f.snapshot.PeriodsOf(member)
		if a.expired(organization, p, terms) || p.Disabled != "" {
			continue
		}
		// Who may not count may be in no group of except_groups either. They get nothing new
		// anyway (S10).
		if why := a.Exclusions.Why(rule, p); why != "" && p.Unclear() == "" {
			a.Exclusions.add(organization, p, why)
			a.by[organization] = slices.Clip(a.by[organization]) // it is fed, even if everybody is kept out
			continue
		}
		if doubt := a.Exclusions.limits.doubt(rule, p); doubt != nil && p.Problem == nil {
			p.Problem = doubt
		}
		x := Assignment{person: p, Role: role, Periods: terms, precedence: int32(rule.Number), listed: int32(listed), Reason: Reason{SharedReason: direct}}
		if member.Via != "" {
			x.SharedReason = &SharedReason{Text: direct.Text + " → " + member.Via, Mode: rule.RolesMode, rank: direct.rank, Pattern: direct.Pattern, grant: direct.grant}
		}
		direct.grant.count(&x, a)
		get := func(name string) []string {
			if _, ok := m.Captures[name]; ok {
				return captureValues(m, name)
			}
			return p.Attributes.Get(name)
		}
		render := policy.Renderer{Get: get, Lacks: func(name string) bool { return f.lacks(p, name) }, Mistyped: func(t *policy.Template) { a.mistyped.add(t, p) }}
		x.public, x.private = render.Object(rule.Public), render.Object(rule.Private)
		a.by[organization] = append(a.by[organization], x)
	}
}

// namesMissing returns a function that reports whether the source of a person
// cannot have a name of the rule's templates. Nearly always every source has all
// names.
func namesMissing(rule *policy.CompiledRule) func(p *directory.Person, name string) bool {
	names := append(rule.Public.Names(), rule.Private.Names()...)
	missing := map[*source.Snapshot][]string{}
	return func(p *directory.Person, name string) bool {
		list, known := missing[p.From]
		if !known {
			captures := policy.CaptureNames(rule.Groups)
			for _, n := range names {
				if !slices.Contains(captures, n) && !p.From.Has(n) {
					list = append(list, n)
				}
			}
			missing[p.From] = list
		}
		return slices.Contains(list, name)
	}
}
