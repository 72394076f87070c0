package escape

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"rollcall/source"
)

// Text makes a value safe to show, see [source.Escape] (S35).
func Text(s string) string { return source.Escape(s) }

// Line makes a line safe to show whose parts stand between tabs.
func Line(s string) string {
	cells := strings.Split(s, "\t")
	for i := range cells {
		cells[i] = Text(cells[i])
	}
	return strings.Join(cells, "\t")
}

// Controls makes a value safe for a file that a program reads back, see
// [source.EscapeControls] (S35).
func Controls(s string) string { return source.EscapeControls(s) }

// OneLine is an error that may have several lines as one, safe to show.
func OneLine(s string) string { return Text(Joined(s)) }

// Joined is a text of several lines as one.
func Joined(s string) string {
	var parts []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, " ")
}

// Address is an address as a line of text shows it. Letters of several scripts may
// look alike or change places, so their numbers stand beside such an address (S35).
func Address(s string) string { return Brief(s) + LookAlike(s) }

// LookAlike is what stands beside an address with letters of several scripts; empty
// for all others.
func LookAlike(address string) string {
	address = Text(address) // what is shown
	if !source.MixedScripts(address) {
		return ""
	}
	var b strings.Builder
	for _, r := range address {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			source.WriteEscape(&b, r)
		}
	}
	return " (mixed scripts: " + Brief(b.String()) + ")"
}

// longest is how much of a value a line of text shows: a cell of a CSV may hold
// 256 KB. JSON has it whole.
const longest = 800

// Brief is a value as a line of text shows it.
func Brief(s string) string {
	if len(s) <= longest {
		return Text(s)
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return Text(s[:cut]) + fmt.Sprintf("… (%d bytes in all)", len(s))
}
