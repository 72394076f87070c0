package assign

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// blockFailedSources blocks the organizations that the rules of a failed source
// name, or all organizations if a pattern or the rows of the source could have
// named any (S14). A source without its canaries is treated alike (S13).
func (a *Assignments) blockFailedSources() {
	for _, f := range a.Read.Failures {
		text := fmt.Sprintf("source %s could not be read, and whoever is missing here may be in it", f.Source)
		a.blockSource(f.Source, plan.Block{Reason: plan.FailedSource, Text: text})
	}
	for _, s := range a.Read.Directory.Snapshots {
		if len(s.MissingCanaries) > 0 {
			text := fmt.Sprintf("source %s does not show %s, which is listed in canaries, so the read is incomplete: find out why, or fix the canaries",
				s.Source, strings.Join(s.MissingCanaries, ", "))
			a.blockSource(s.Source, plan.Block{Reason: plan.Canaries, Text: text})
		}
	}
}

// noteIdleBlocks says why every organization is blocked if there is none yet: a
// pattern that matches no group, or a source without its canaries. Without the
// note such a plan would say "No changes" (S13, S15). Failed sources have their
// own place in the report.
func (a *Assignments) noteIdleBlocks() {
	if len(a.Organizations()) > 0 {
		return
	}
	for _, b := range a.All {
		if b.Reason != plan.FailedSource {
			a.Notes = append(a.Notes, plan.Note{Rule: b.Reason.Rule(), Text: b.Text + "; until then rollcall changes no organization"})
		}
	}
}

// blockSource blocks all organizations that a source feeds, or could feed: those
// that its rules name, and those that it fed in the last good run. Without history
// those are all organizations if a pattern or rows may lead anywhere (S14).
func (a *Assignments) blockSource(source string, b plan.Block) {
	limitedRules{a}.widen(source, b)
	organizations, literal := a.rules.OrganizationsOf(source)
	fed := a.Memory.OrganizationsByGroup(source)
	if !literal {
		var known bool
		if fed, known = a.Memory.OrganizationsOf(source); !known {
			a.All = append(a.All, b)
			return
		}
		organizations = append(organizations, a.organizationsOf(source)...)
	}
	for _, id := range fed {
		if a.config.RetireOf(a.Memory.Organizations[id].Slug, id) != policy.RetireKeep {
			organizations = append(organizations, id)
		}
	}
	for _, name := range policy.Unique(append(organizations, a.GroupSizes.across(source, false)...)) {
		a.block(name, b)
	}
}

// organizationsOf lists the organizations that a source feeds in this run.
func (a *Assignments) organizationsOf(source string) []string {
	var names []string
	for name, list := range a.by {
		if slices.ContainsFunc(list, func(x Assignment) bool {
			return x.person.From.Source == source ||
				slices.ContainsFunc(x.person.Aliases(), func(id plan.DirectoryID) bool { return id.Source == source })
		}) {
			names = append(names, name)
		}
	}
	return names
}

// holdUnusable blocks losses if a member of a group cannot be read (S10).
func (a *Assignments) holdUnusable(d *directory.Directory, organization string, s *source.Snapshot, group *source.Group) {
	if len(group.Unusable) == 0 {
		return
	}
	open := a.unknownMembers(organization, s, group, d.LinkedFailed(s.Source))
	first := group.Unusable[0]
	if len(open) > 0 {
		first = open[0]
	}
	text := fmt.Sprintf("group %s lists %s that cannot be read, the first: %s (%s)",
		group.Name, plan.Count(len(group.Unusable), "member"), first.Ref, first.Why)
	if a.config.IgnoreUnreadable[s.Source] || len(open) == 0 {
		a.Notes = append(a.Notes, plan.Note{Rule: "S10", Organization: organization, Text: text})
		return
	}
	a.block(organization, plan.Block{Reason: plan.UnreadableMembers, Scope: plan.Losses,
		Text: text + "; fix the entry, or set unreadable_members: ignore"})
}

// unknownMembers are the unusable members that earlier runs do not know. A
// member that they know keeps what it has. One that they have never read may be somebody
// whom they know by another name, if a source with the same ids could not be read.
func (a *Assignments) unknownMembers(organization string, s *source.Snapshot, group *source.Group, linkedFailed bool) []source.Unusable {
	var open []source.Unusable
	for _, u := range group.Unusable {
		ids, standing := a.Memory.Identify(s.Source, u.Ref, a.config.Removals)
		switch {
		case u.Group || standing == memory.Unknown, linkedFailed && standing == memory.NeverOurs:
			open = append(open, u)
		case standing == memory.Recognized:
			a.Unreadable[organization] = append(a.Unreadable[organization], ids...)
		}
	}
	return open
}

// holdNoRemovals blocks losses if the source itself says that its read is
// incomplete (S11, S12). The block is for all that the source feeds or could
// feed, since the missing part may be all that an organization had of it.
func (a *Assignments) holdNoRemovals(s *source.Snapshot) {
	for _, why := range s.NoRemovals {
		b := plan.Block{Reason: plan.IncompleteSource, Scope: plan.Losses, Text: "source " + s.Source + ": " + why}
		if len(s.Decisions) == 0 {
			a.blockSource(s.Source, b)
			continue
		}
		a.blockDecisions(s, b)
	}
}

// holdEmpty blocks the organization of a group that a pattern found and that is
// empty: the other groups of the pattern say nothing about it (S15).
func (a *Assignments) holdEmpty(organization string, group *source.Group, m source.Match) {
	rule := &a.rules.Rules[a.rules.RuleIndex[m.Selector]]
	if len(group.Members)+len(group.Unusable) > 0 || !a.rules.Request.Groups[m.Selector].Pattern() || slices.Contains(rule.AllowEmpty, group.Name) {
		return
	}
	a.block(organization, plan.Block{Reason: plan.MissingGroup, Text: fmt.Sprintf(
		"rule %d: group %s is empty; add members to it, or list it under allow_empty", rule.Number, group.Name)})
}

// holdMissing blocks organizations if the group of a rule is missing or empty
// (S15).
func (a *Assignments) holdMissing(d *directory.Directory) {
	found := map[int]int{} // groups of a pattern, members of a name, by selector
	for _, s := range d.Snapshots {
		for g := range s.Groups {
			for _, m := range s.Groups[g].Matches {
				found[m.Selector] += len(s.Groups[g].Members) + len(s.Groups[g].Unusable)
				if a.rules.Request.Groups[m.Selector].Pattern() {
					found[m.Selector]++ // holdEmpty handles groups without members
				}
			}
		}
	}
	meant := map[int]string{}
	for _, s := range d.Snapshots {
		maps.Copy(meant, s.Meant)
	}
	for i, selector := range a.rules.Request.Groups {
		rule := &a.rules.Rules[a.rules.RuleIndex[i]]
		if found[i] > 0 || slices.Contains(rule.AllowEmpty, selector.String()) && !selector.Pattern() {
			continue
		}
		if d.Failed[rule.Source] || rule.Source == "" && len(d.Failed) > 0 {
			continue // what the source feeds waits for that (S14)
		}
		b := plan.Block{Reason: plan.MissingGroup, Missing: selector.String(), Text: fmt.Sprintf("rule %d: group %s is missing or empty; check its name, or list it under allow_empty", rule.Number, selector)}
		if near := meant[i]; near != "" {
			b.Text = fmt.Sprintf("rule %d: there is no group %s; did you mean %q? Fix the name, or list it under allow_empty", rule.Number, selector, near)
			if b.People = inNoOtherGroup(d, near); b.People > 0 {
				b.Text += fmt.Sprintf(". %s in %s and in no group that a rule uses", areIn(b.People), near)
			}
		}
		if selector.Pattern() {
			b.Text = fmt.Sprintf("rule %d: no group matches %s; fix the pattern, or remove the rule", rule.Number, selector)
		}
		limitedRules{a}.blockRule(rule, b) // the groups that are gone could have fed any organization
	}
}

// inNoOtherGroup counts the people of a group that no rule uses who are in no group of
// a rule either, as far as the sources say it.
func inNoOtherGroup(d *directory.Directory, group string) int {
	n := 0
	for _, s := range d.Snapshots {
		n += s.Elsewhere.Count(group)
	}
	return n
}

func areIn(people int) string {
	if people == 1 {
		return "1 person is"
	}
	return fmt.Sprintf("%d people are", people)
}

// PeopleFor is whom the rules want today in an organization that does not exist, so
// that nobody has asked for them yet.
func PeopleFor(a *Assignments, organization string) map[*directory.Person]bool {
	people := map[*directory.Person]bool{}
	for i := range a.by[organization] {
		if x := &a.by[organization][i]; x.Holds(a.Now) {
			people[x.person] = true
		}
	}
	return people
}
