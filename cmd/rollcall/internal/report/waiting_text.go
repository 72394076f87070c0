package report

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
)

// setPrinter writes the sets that wait.
type setPrinter struct{ *printer }

// approvals shows what somebody may approve, each with exactly its people and its
// one command.
func (p setPrinter) approvals(approvable []facts.Block) {
	if len(approvable) > 0 {
		p.line("", "%s", p.Paint(terminal.Magenta, fmt.Sprintf("Waits for approval (%d)", len(approvable))))
		p.Line("")
	}
	p.hoist(approvable)
	shown := p.shownBlocks(approvable)
	for i := range approvable[:shown] {
		p.block(fmt.Sprintf("%d. ", i+1), &approvable[i])
	}
	if shown < len(approvable) {
		p.titles(approvable[shown:], shown)
	} else {
		p.approveAll(approvable)
	}
}

// causes shows what waits until its cause is fixed. It comes first: it is the
// likelier trouble, and no approval ends it.
func (p setPrinter) causes(blocks []facts.Block) {
	if len(blocks) == 0 {
		return
	}
	p.Line("%s", p.Paint(terminal.Magenta, fmt.Sprintf("Waits until the cause is fixed (%d)", len(blocks))))
	p.Line("")
	shown := len(blocks)
	if p.isShort() {
		shown = min(shown, shortList)
	}
	for i := range blocks[:shown] {
		p.block("", &blocks[i])
	}
	if shown == len(blocks) {
		return
	}
	for i := range blocks[shown:] {
		p.line("", "%s", blocks[shown+i].Title)
	}
	p.Line("")
	p.line("", "What these %d wait for: %s", len(blocks)-shown, p.whole())
	p.Line("")
}

// shownBlocks is how many blocks are shown with their people: on a terminal the
// first of a large plan, and all that make an admin (S43), which come first.
func (p setPrinter) shownBlocks(blocks []facts.Block) int {
	if !p.isShort() {
		return len(blocks)
	}
	n := min(len(blocks), shortList)
	for n < len(blocks) && blocks[n].Heads.NewAdmins.All() > 0 {
		n++
	}
	return n
}

// titles lists blocks without their people, and so without their commands.
func (p setPrinter) titles(blocks []facts.Block, before int) {
	for i := range blocks {
		p.line("", "%d. %s", before+i+1, blocks[i].Title)
	}
	p.Line("")
	where := p.whole()
	if p.Options.Kept {
		where = p.Command("approve") + ", which asks about each set, or " + where
	}
	p.line("", "The people and commands of these %d: %s", len(blocks), where)
	p.Line("")
}

func (p setPrinter) block(number string, b *facts.Block) {
	p.line("", "%s", number+p.Paint(terminal.Bold, b.Title))
	for _, why := range b.Why {
		p.line("   ", "%s", why)
	}
	if b.Note != "" {
		p.line("   ", "%s", b.Note)
	}
	if len(b.Places) > max(1, len(b.Parts)) {
		p.line("   ", "in %s", strings.Join(b.Places, ", "))
	}
	for i := range b.Parts {
		o := &b.Parts[i]
		if len(b.Parts) > 1 {
			p.line("     ", "%s", escape.Brief(o.Label()))
		}
		p.some(facts.Shown(o), "     ", b.Known)
	}
	for _, w := range b.Ways {
		p.command("   ", w.When+": ", strings.Join(w.Commands, ", then "))
	}
	p.Line("")
}

// hoist says once, above the blocks, what all of them wait for. Figures stay with each:
// they count its changes, also where two blocks have the same ones.
func (p setPrinter) hoist(blocks []facts.Block) {
	if len(blocks) < 2 {
		return
	}
	common := slices.DeleteFunc(slices.Clone(blocks[0].Why), func(why string) bool {
		return slices.Contains(blocks[0].Figures, why) || slices.ContainsFunc(blocks, func(b facts.Block) bool { return !slices.Contains(b.Why, why) })
	})
	for _, why := range common {
		p.line("", "All of them: %s", why)
	}
	if len(common) > 0 {
		p.Line("")
	}
	for i := range blocks {
		blocks[i].Why = slices.DeleteFunc(slices.Clone(blocks[i].Why), func(why string) bool { return slices.Contains(common, why) })
	}
}

// approveAll is one command for several sets.
func (p setPrinter) approveAll(blocks []facts.Block) {
	var hashes []string
	for i := range blocks {
		if blocks[i].Hash != "" {
			hashes = append(hashes, blocks[i].Hash)
		}
	}
	if len(hashes) < 2 || p.Options.NoHints {
		return
	}
	p.command("", fmt.Sprintf("To approve all %d: ", len(hashes)), p.Approve(hashes...))
	p.Line("")
}
