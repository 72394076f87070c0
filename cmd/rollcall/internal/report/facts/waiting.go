package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/guard"
	"rollcall/sync/plan"
)

// Block is something that waits: what one approval lifts, or what an
// organization waits for until its cause is fixed. Its changes are exactly those.
type Block struct {
	Title string
	// Why are the guards and rules that hold it, each as a sentence.
	Why []string
	// Figures are those of Why that count the changes of this block.
	Figures []string
	// Note is what else somebody has to know who is about to approve it.
	Note string
	// Parts are the organizations with the changes that wait.
	Parts []plan.Organization
	// Hash approves the block. It is empty if no approval lifts it, or if not all of
	// its changes are shown.
	Hash string
	// Ways are the commands that end the waiting.
	Ways []Way
	// Known are the reasons that Why has said already.
	Known plan.Reasons
	Heads plan.Headcount
	// Places are the organizations, also those of which no change waits.
	Places []string
	// Missing are the groups and organizations of rules that do not exist.
	Missing []string
	// Follows says that the changes go with others that wait: nothing has to be done here.
	Follows bool
}

// Blocks are all that waits. What can be approved comes first: whoever becomes
// admin (S43), then the block in which most people lose access.
func (p *Facts) Blocks() (approvable, others []Block) {
	return waiter{p, joining(p.Report.Plan)}.blocks()
}

// waiter finds the blocks.
type waiter struct {
	*Facts
	// joining are the people who get a membership in the plan, now or later.
	joining map[string]bool
}

func (p waiter) blocks() (approvable, others []Block) {
	made := p.Report.Plan
	taken := map[string]bool{}
	for _, set := range guard.WaitingSets(made) {
		b := p.approvable(&set)
		approvable = append(approvable, b)
		for _, c := range set.Changes() {
			taken[c.Key()] = true
		}
	}
	for i := range made.Organizations {
		if b, waits := p.unapprovable(&made.Organizations[i], taken); waits {
			others = p.merge(others, b)
		}
	}
	for _, h := range p.Elsewhere {
		if h.Approval == "" {
			others = append(others, Block{Title: elsewhereTitle(h), Why: HoldTexts([]plan.Hold{h}), Known: plan.Reasons(0).With(h.Reason), Missing: missingNames([]plan.Hold{h})})
		}
	}
	for _, list := range [][]Block{approvable, others} {
		for i := range list {
			leaversFirst(list[i].Parts)
		}
		slices.SortStableFunc(list, func(a, b Block) int { return CompareWaiting(&a.Heads, &b.Heads) })
	}
	return approvable, others
}

// CompareWaiting orders what waits, by its people: whoever becomes admin comes first
// (S43), then the set in which most people lose access. Everything that numbers sets
// uses it.
func CompareWaiting(a, b *plan.Headcount) int {
	return cmp.Or(cmp.Compare(b.NewAdmins.All(), a.NewAdmins.All()), cmp.Compare(leavers(b).All(), leavers(a).All()))
}

// leaversFirst puts who loses access before the others: lists are cut at their end.
func leaversFirst(parts []plan.Organization) {
	rank := func(c plan.Change) int {
		if c.Action == plan.Remove {
			return 0
		}
		return 1
	}
	for i := range parts {
		slices.SortStableFunc(parts[i].Changes, func(a, b plan.Change) int { return rank(a) - rank(b) })
	}
}

func (p waiter) approvable(s *guard.WaitingSet) Block {
	place := s.Organization
	if place != "" {
		place = p.Report.Plan.LabelOf(place)
	}
	b := p.blockOf(place, s.Holds, s.Parts)
	if !s.Whole {
		b.Title += " (a part of what waits together)"
		b.Ways = []Way{{"To see and approve all of it", []string{p.WholePlan()}}}
		return b
	}
	b.Title += membersNow(s.Parts)
	b.Hash = s.Hash
	if !p.Options.NoHints {
		b.Ways = []Way{{p.Options.toApprove(), []string{p.Approve(s.Hash)}}}
	}
	return b
}

// blockOf is a set that waits, by what its changes would do, with what holds it.
func (p waiter) blockOf(place string, holds []plan.Hold, parts []plan.Organization) Block {
	b := Block{Why: HoldTexts(holds), Known: reasonsOf(holds), Parts: parts, Heads: HeadcountOf(parts), Places: []string{placeOf(place, parts)}}
	b.Figures = HoldTexts(slices.DeleteFunc(slices.Clone(holds), func(h plan.Hold) bool { return h.Figure == 0 }))
	b.Title = p.titleOf(&b)
	return b
}

// membersNow is how many members the one organization of a set has.
func membersNow(parts []plan.Organization) string {
	if len(parts) != 1 || parts[0].IsAccounts() {
		return ""
	}
	return fmt.Sprintf(" (%s now)", Count(parts[0].Members, "member"))
}

// KeptBlock is a set that waits as somebody sees it who is about to approve it.
func (p *Facts) KeptBlock(organization string, holds []plan.Hold, parts []plan.Organization) Block {
	b := waiter{p, nil}.blockOf(organization, holds, parts)
	b.Title += membersNow(parts)
	b.Note = FirstText(holds)
	return b
}

// FirstText says what to do before anybody approves what waits, as a sentence; empty for
// nothing.
func FirstText(holds []plan.Hold) string {
	if text := lookFirst(holds, ""); text != "" {
		return "First " + text + "."
	}
	return ""
}

// lookFirst says to look at a source or a group that has shrunk, or at a state directory
// that is new: a mistake is likelier than so many leavers. It is empty where neither is.
func lookFirst(holds []plan.Hold, state string) string {
	reasons := reasonsOf(holds)
	switch {
	case reasons.Has(plan.SourceShrink):
		return "look at the source: much less is in it than before; if that is wrong, correct the source and plan again; approve nothing"
	case reasons.Has(plan.NewState):
		return strings.TrimSpace("check the state directory "+escape.Brief(state)) + ": it is new; if there is an older one, use that and plan again; approve nothing"
	}
	return ""
}

// manyLeave says the same of a source whose size no earlier run knows, where what waits
// would end a third of all memberships.
func manyLeave(made *plan.Plan) string {
	const few = 10
	members, ending := 0, 0
	for i := range made.Organizations {
		members += made.Organizations[i].Members
	}
	for _, c := range made.Changes() {
		if c.Action == plan.Remove && c.State == plan.Held {
			ending++
		}
	}
	if ending < few || ending*3 < members || reasonsOf(made.Holds).Has(plan.SourceShrink) {
		return ""
	}
	return fmt.Sprintf("look at the source: %s of %s would end; if that is wrong, correct the source and plan again; approve nothing", Count(ending, "membership"), Number(members))
}

// Approve is the command that approves a set. Only where the journal has the sets
// does approve know them.
func (p *Facts) Approve(hashes ...string) string {
	if !p.Options.Kept {
		var words []string
		for _, h := range hashes {
			words = append(words, "--approve", h)
		}
		return p.ApplyNow(words...)
	}
	words := append(p.program(), "approve")
	for _, h := range hashes {
		words = append(words, plan.ShortHash(h))
	}
	return ShellLine(append(words, p.Flags...)...) + ` --reason "…"`
}

// SetTitle names a set that waits, by what its changes would do.
func SetTitle(organization string, parts []plan.Organization) string {
	heads := HeadcountOf(parts)
	return titleOf([]string{placeOf(organization, parts)}, &heads)
}

// placeOf is where a set waits: in the organization that its changes are in, else in
// the one of that name, else in all.
func placeOf(organization string, parts []plan.Organization) string {
	switch {
	case len(parts) == 1:
		return escape.Brief(parts[0].Label())
	case organization != "":
		return escape.Brief(organization)
	}
	return "all organizations"
}

// reasonsOf are the reasons of holds.
func reasonsOf(holds []plan.Hold) (all plan.Reasons) {
	for _, h := range holds {
		all = all.With(h.Reason)
	}
	return all
}

// unapprovable is what waits in an organization until its cause is fixed.
func (p waiter) unapprovable(o *plan.Organization, taken map[string]bool) (b Block, waits bool) {
	var holds []plan.Hold
	for _, h := range p.Holds[o.ID] {
		if h.Approval == "" {
			holds = append(holds, h)
		}
	}
	part := *o
	part.Changes, part.Notes = nil, nil
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == plan.Held && !taken[c.Key()] {
			part.Changes = append(part.Changes, *c)
		}
	}
	if len(holds)+len(part.Changes) == 0 {
		return Block{}, false
	}
	few, others := p.named(holds)
	b = Block{Why: append(HoldTexts(few), others...), Known: reasonsOf(holds), Ways: p.Rebinds(few), Heads: HeadcountOf([]plan.Organization{part}), Places: []string{escape.Brief(o.Label())}, Missing: missingNames(holds)}
	b.Follows = o.IsAccounts()
	if b.Follows {
		b.Why = append(b.Why, "each step waits for the removal of the person")
	}
	if len(part.Changes) > 0 {
		b.Parts = []plan.Organization{part}
	}
	b.Title = p.titleOf(&b)
	return b, true
}

// missingNames are the groups and organizations that holds miss, each once.
func missingNames(holds []plan.Hold) []string {
	var names []string
	for _, h := range holds {
		name := "group " + quoted(h.Missing)
		if h.Reason == plan.UnknownOrganization {
			name = "organization " + quoted(h.Missing)
		}
		if h.Missing != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// merge adds a block, to the one that waits for the same reasons if there is one:
// a source that failed holds many organizations.
func (p waiter) merge(blocks []Block, b Block) []Block {
	i := slices.IndexFunc(blocks, func(other Block) bool { return len(b.Ways) == 0 && slices.Equal(other.Why, b.Why) && len(b.Why) > 0 })
	if i < 0 {
		return append(blocks, b)
	}
	to := &blocks[i]
	to.Places = append(to.Places, b.Places...)
	to.Parts = append(to.Parts, b.Parts...)
	to.Heads = HeadcountOf(to.Parts)
	to.Title = p.titleOf(to)
	return blocks
}

// titleOf is the title of a block, with how many of its leavers are, or will be, in
// another organization.
func (p waiter) titleOf(b *Block) string {
	title, moving := titleOf(b.Places, &b.Heads), map[string]bool{}
	for i := range b.Parts {
		for j := range b.Parts[i].Changes {
			if c := &b.Parts[i].Changes[j]; c.Action == plan.Remove && (c.Stays || p.joining[c.Subject()]) {
				moving[c.Subject()] = true
			}
		}
	}
	switch n := len(moving); {
	case n == 0:
		return title
	case n == 1 && leavers(&b.Heads).All() == 1:
		return title + " (who has another organization)"
	case n == leavers(&b.Heads).All():
		return title + " (all of them have another organization)"
	case n == 1:
		return title + " (1 of them has another organization)"
	default:
		return fmt.Sprintf("%s (%s of them have another organization)", title, Number(n))
	}
}

// leavers are the people who leave the organizations of a block, whether or not
// they have another one.
func leavers(h *plan.Headcount) plan.Figure {
	return plan.Figure{Now: h.Leave.Now + h.Stay.Now, Waiting: h.Leave.Waiting + h.Stay.Waiting}
}

func joining(made *plan.Plan) map[string]bool {
	people := map[string]bool{}
	for _, c := range made.Changes() {
		if c.State != plan.Skipped && (c.Action == plan.Add || c.Action == plan.CreateUser || c.Action == plan.Invite) {
			people[c.Subject()] = true
		}
	}
	return people
}

// titleOf names the organizations of a block, or how many they are, and what
// would happen there.
func titleOf(places []string, heads *plan.Headcount) string {
	title := places[0]
	if len(places) > 1 {
		title = Count(len(places), "organization")
	}
	if text := HeldText(heads); text != "" {
		title += ": " + text
	}
	return title
}

// HeadcountOf counts the people of some changes, whatever state they are in.
func HeadcountOf(parts []plan.Organization) plan.Headcount {
	made := plan.Plan{Organizations: parts}
	return made.Headcount(func(*plan.Change) bool { return true })
}

// HeldText says what the changes of a block would do.
func HeldText(h *plan.Headcount) string {
	var parts []string
	for _, f := range []figure{{h.NewAdmins, gainsAdmin}, {leavers(h), leavesHere}, {h.Move, moves}, {h.Join, joins}, {h.Invite, invited},
		{h.Change, changes}, {h.Adopt, adopted}, {h.FormerAdmins, losesAdmin}, {h.Close, closes}, {h.Open, opens}} {
		if f.All() == 0 {
			continue
		}
		n := Number(f.All())
		if len(parts) == 0 {
			n = Count(f.All(), "person")
		}
		parts = append(parts, n+" "+f.would)
	}
	if n := h.Revoke.All(); n > 0 {
		parts = append(parts, Count(n, "invitation")+" would be revoked")
	}
	return strings.Join(parts, ", ")
}
