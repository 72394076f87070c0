package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

// layout makes lines of the progress of a run.
type layout struct {
	terminal.Style
	budget clerkapi.Rate
}

const (
	margin                 = "         " // below the name of a stage
	shortestBar            = 8
	longestBar             = 34
	widest                 = 100 // a line that is longer is hard to read
	reading, applyingStage = "Read", "Apply"
)

// ended is the line of a stage that has ended, with how long it took; empty for
// one without a line of its own.
func (l layout) ended(s *stages, columns int) string {
	took := s.last.Sub(s.began)
	switch {
	case s.now.Stage == plan.ReadClerk:
		var counts []string
		for _, p := range append(s.counted, s.now) {
			if p.Total > 0 {
				counts = append(counts, part(p))
			}
		}
		for len(counts) > 1 && len(margin+"Clerk: "+strings.Join(counts, ", "))+len(" 1m 00s") >= columns {
			counts = counts[:len(counts)-1]
		}
		return l.timed(reading, "Clerk: "+strings.Join(counts, ", "), took, columns)
	case s.now.Stage == plan.Applying && s.now.Total > 0:
		said := part(s.now) + ": "
		return l.timed(applyingStage, said+l.tally(s.now.Tally, min(columns, widest)-len(margin+said+" 1m 00s")-1), took, columns)
	}
	return ""
}

// source is the line of a source whose read has ended.
func (l layout) source(p plan.Progress, took time.Duration, columns int) string {
	said := fmt.Sprintf("%s: %s", escape.Brief(p.Source), people(p.People))
	if p.Failed {
		said = escape.Brief(p.Source) + ": " + l.Paint(terminal.Red, "could not be read")
	}
	return l.timed(reading, said, took, columns)
}

// timed puts a duration at the end of a line.
func (l layout) timed(name, said string, took time.Duration, columns int) string {
	after := tenths(took)
	room := max(0, min(columns-1, widest)-len(after)-1)
	line := text.Snip(text.Pad(name, len(margin), ' ')+said, room, "…")
	return text.Pad(line, room, ' ') + " " + after
}

// live are the lines of the stage that goes on.
func (l layout) live(s *stages, at time.Time, columns int) []string {
	p, elapsed := s.now, at.Sub(s.unitBegan)
	if p.Total == 0 {
		if p.Stage != plan.ReadClerk {
			return nil
		}
		return []string{fmt.Sprintf("%s Clerk: %s … %s", text.Pad(reading, len(margin)-1, ' '), p.Unit, seconds(at.Sub(s.began)))}
	}
	name := reading
	if p.Stage == plan.Applying {
		name = applyingStage
	}
	lines := []string{text.Pad(name, len(margin), ' ') + l.bar(p, l.figures(p, elapsed), columns)}
	if p.Stage == plan.Applying {
		lines = append(lines, indent(columns)+l.tally(p.Tally, columns-len(indent(columns))-1))
	}
	return lines
}

// figures are what stands behind a bar, from the most words to the fewest.
func (l layout) figures(p plan.Progress, elapsed time.Duration) []string {
	done := fmt.Sprintf("  %s of %s", thousands(p.Done), count(p.Total, p.Unit))
	speed, rest := rate(p.Done, elapsed), left(p, elapsed, l.budget)
	switch {
	case perRequest[p.Unit] == 0:
		return []string{done + "  " + seconds(elapsed), done}
	case rest < time.Second:
		return []string{strings.TrimRight(done+"  "+speed, " "), done}
	case speed == "":
		return []string{done + "  " + seconds(rest) + " left", done}
	}
	return []string{done + "  " + speed + "  " + seconds(rest) + " left", done + "  " + seconds(rest) + " left", done}
}

// bar is a bar with figures behind it: the most words that leave room for a bar.
func (l layout) bar(p plan.Progress, figures []string, columns int) string {
	room := min(columns-1, widest) - len(margin)
	said := figures[len(figures)-1]
	for _, words := range figures {
		if len(words)+shortestBar <= room {
			said = words
			break
		}
	}
	width := min(longestBar, room-len(said))
	if width < shortestBar {
		return strings.TrimSpace(said)
	}
	full := width * p.Done / p.Total
	return l.Paint(terminal.Green, strings.Repeat("█", full)) + l.Paint(terminal.Dim, strings.Repeat("░", width-full)) + said
}

// tally counts changes by kind: those that there are, and the failed ones always. The
// first one has the unit if there is room, since reports count people: somebody who
// joins two organizations gets two memberships.
func (l layout) tally(t plan.Tally, room int) string {
	if text := l.kinds(t, "memberships "); terminal.Width(text) <= room {
		return text
	}
	return l.kinds(t, "")
}

func (l layout) kinds(t plan.Tally, unit string) string {
	var words []string
	for _, k := range []struct {
		n      int
		word   string
		colour terminal.Colour
	}{{t.Joined, "added", terminal.Green}, {t.Invited, "invited", terminal.Green}, {t.Changed, "changed", terminal.Yellow},
		{t.Left, "removed", terminal.Red}, {t.Skipped, "skipped", terminal.Yellow}} {
		if k.n > 0 {
			if k.n == 1 {
				unit = strings.Replace(unit, "s ", " ", 1)
			}
			words = append(words, l.Paint(k.colour, thousands(k.n)+" "+unit+k.word))
			unit = ""
		}
	}
	failed := thousands(t.Failed) + " failed"
	if t.Failed > 0 {
		failed = l.Paint(terminal.Red, failed)
	}
	return strings.Join(append(words, failed), ", ")
}

// indent begins a line below a bar. A narrow terminal needs the room.
func indent(columns int) string {
	const narrow = 70
	if columns < narrow {
		return ""
	}
	return margin
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return thousands(n) + " people"
}

// part is what is done: "3 users", or "3 of 5 users".
func part(p plan.Progress) string {
	if p.Done < p.Total {
		of := count(p.Total, p.Unit)
		if p.Unit == plan.Changes { // their kinds follow
			of = thousands(p.Total)
		}
		return thousands(p.Done) + " of " + of
	}
	return count(p.Total, p.Unit)
}

// count is a number of units: "1 user", "48,922 memberships".
func count(n int, unit plan.Unit) string {
	if n == 1 {
		return "1 " + strings.TrimSuffix(unit.String(), "s")
	}
	return thousands(n) + " " + unit.String()
}
