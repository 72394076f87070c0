package filter

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"rollcall/source"
	"rollcall/source/csvfile/spreadsheet"
)

// mostOthers bounds the values that are kept of those that are not listed.
const mostOthers = 1 << 16

// Condition is one column of where.
type Condition struct {
	Heading string
	// Values are those of the rows that count.
	Values []string
	// folded has the listed values by what they are without letter case and blanks.
	folded map[string]string
	// Holds says that an empty cell that is not listed tells nothing (S10).
	Holds bool
	// seen are the listed values that a row has. others are some of those that are
	// not listed.
	seen, others map[string]bool
}

// New makes the conditions of a where. holds says that empty cells tell nothing.
func New(where map[string][]string, holds bool) []Condition {
	var list []Condition
	for _, heading := range slices.Sorted(maps.Keys(where)) {
		c := Condition{Heading: heading, Values: where[heading], Holds: holds,
			folded: map[string]string{}, seen: map[string]bool{}, others: map[string]bool{}}
		for _, value := range c.Values {
			c.folded[FoldValue(value)] = value
		}
		list = append(list, c)
	}
	return list
}

// FoldValue makes one text of values that look alike: in letter case, blanks, or how
// an accent is stored.
func FoldValue(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(s)), " "))
}

// Judge reports whether a value chooses its row, or what is wrong with it.
func (c *Condition) Judge(value string) (chosen bool, problem string) {
	if slices.Contains(c.Values, value) {
		c.seen[value] = true
		return true, ""
	}
	if spreadsheet.IsError(value) {
		return false, spreadsheet.Problem
	}
	if like, ok := c.folded[FoldValue(value)]; ok {
		return false, fmt.Sprintf("differs from %q only in letter case or blanks, so nobody knows whether the row counts: fix the cell, or list this value under where too", like)
	}
	if len(c.others) < mostOthers {
		c.others[strings.Clone(value)] = true
	}
	return false, ""
}

// Unseen lists the values that no row has.
func (c *Condition) Unseen() []string {
	return slices.DeleteFunc(slices.Clone(c.Values), func(v string) bool { return c.seen[v] })
}

// Near is the value of a row that a listed one was likely meant to be.
func (c *Condition) Near(value string) string {
	for _, other := range slices.Sorted(maps.Keys(c.others)) {
		if source.Similar(other, value) {
			return other
		}
	}
	return ""
}
