package access

import (
	"cmp"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/webpage"
)

// Most people of a list have their access by the same rule and since the same run. They
// stand below one heading that says so, and their rows say who they are: a page of
// 50,000 members is half as large. Rows that share it with few others say all of it
// themselves.

// line is one member or invitation. Row is what stands in its row of the CSV between
// organization and decision; it is empty if the cells of the page are the same.
type line struct {
	Who, Name, User, Seen, Row string
	shared

	membership string
	admin      bool
}

// shared is what the rows of a group may have in common.
type shared struct{ Role, Marks, Why, Since string }

// of adds the row of the CSV.
func (l line) of(row []string) line {
	l.Row = undecidedRow(row)
	l.membership = row[slices.Index(header, "membership_id")]
	return l
}

// isPlain reports whether the cells of the page are those of the CSV.
func (l *line) isPlain() bool {
	return l.Role == strings.TrimSpace(l.Role) && l.Row == strings.Join([]string{l.Role, l.Who, l.User, l.membership}, ",")
}

// group is rows below one heading. In a group whose rows say all of it the heading is
// empty.
type group struct {
	shared
	Rows []line

	columns columns
}

// columns are what the rows of a table say beside who it is.
type columns int

const (
	whoOnly columns = iota
	withSince
	withRole // and the reason
)

// fewRows is up to how many rows have no heading of their own, and in a short list how
// many share one at least, on average.
const fewRows = 2

// grouped are the rows of a list in groups. Those with admins come first (S43), then
// those with the fewest columns.
func grouped(rows []line) []group {
	byReason := splitBy(rows, func(l *line) shared { return shared{l.Role, l.Marks, l.Why, ""} })
	if len(rows) <= longList {
		return oneTable(rows, byReason)
	}
	var out []group
	var rest []line
	for _, alike := range byReason {
		var others []line
		for _, same := range splitBy(alike, func(l *line) shared { return l.shared }) {
			if len(same) > fewRows {
				out = append(out, group{same[0].shared, same, whoOnly})
			} else {
				others = append(others, same...)
			}
		}
		if len(others) > fewRows {
			common := others[0].shared
			common.Since = ""
			out = append(out, group{common, others, withSince})
		} else {
			rest = append(rest, others...)
		}
	}
	if len(rest) > 0 {
		out = append(out, group{Rows: rest, columns: withRole})
	}
	sortGroups(out)
	return out
}

// oneTable are the groups of a short list, which have the same columns: the head of a
// second table would be as large as a few rows, and there may be thousands of such lists.
func oneTable(rows []line, byReason [][]line) []group {
	if len(byReason)*fewRows > len(rows) {
		return []group{{Rows: rows, columns: withRole}}
	}
	columns := whoOnly
	for _, alike := range byReason {
		if slices.ContainsFunc(alike, func(l line) bool { return l.Since != alike[0].Since }) {
			columns = withSince
		}
	}
	var out []group
	for _, alike := range byReason {
		common := alike[0].shared
		if columns == withSince {
			common.Since = ""
		}
		out = append(out, group{common, alike, columns})
	}
	sortGroups(out)
	return out
}

func sortGroups(groups []group) {
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Or(a.rank()-b.rank(), int(a.columns-b.columns)) })
}

// rank is 0 for a group with an admin.
func (g *group) rank() int {
	if slices.ContainsFunc(g.Rows, func(l line) bool { return l.admin }) {
		return 0
	}
	return 1
}

// splitBy puts rows of one key together, in the order in which the first of each comes.
func splitBy(rows []line, key func(*line) shared) [][]line {
	var out [][]line
	place := map[shared]int{}
	for i := range rows {
		k := key(&rows[i])
		at, known := place[k]
		if !known {
			at = len(out)
			place[k] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], rows[i])
	}
	return out
}

// Memberships are the ids that the CSV needs beside the cells of the page: what all of
// them begin with, and then the rest of each.
func (g group) Memberships() string {
	begin := "orgmem_" // as Clerk names them
	for i := range g.Rows {
		if !strings.HasPrefix(g.Rows[i].membership, begin) {
			begin = ""
		}
	}
	ids, some := []string{begin}, false
	for i := range g.Rows {
		id := ""
		if g.Rows[i].Row == "" {
			id = strings.TrimPrefix(g.Rows[i].membership, begin)
		}
		some = some || id != ""
		ids = append(ids, id)
	}
	if !some {
		return ""
	}
	return strings.Join(ids, ",")
}

// part is a table: so many rows as a browser lays out at once.
type part struct {
	Heading string
	// Whole says that the list has no other part.
	Whole  bool
	Groups []group
}

// HasSince reports whether each row says since when.
func (p part) HasSince() bool {
	return p.Groups[0].columns != whoOnly && slices.ContainsFunc(p.Groups, func(g group) bool {
		return slices.ContainsFunc(g.Rows, func(l line) bool { return l.Since != "" })
	})
}

// HasRole reports whether each row has its role and its reason.
func (p part) HasRole() bool { return p.Groups[0].columns == withRole }

// Columns is how many columns a heading spans: all but that of the user ids, which a
// desktop shows only when asked.
func (p part) Columns() int {
	if p.HasSince() {
		return 5
	}
	return 4
}

func (p part) rows() int {
	n := 0
	for i := range p.Groups {
		n += len(p.Groups[i].Rows)
	}
	return n
}

// Parts are the rows in tables of their own.
func (l list) Parts() []part {
	parts := cut(grouped(l.Rows))
	from := 1
	for i := range parts {
		to := from + parts[i].rows() - 1
		parts[i].Heading, parts[i].Whole = webpage.PartHeading(l.Heading, from, to, len(l.Rows)), len(parts) == 1
		from = to + 1
	}
	return parts
}

// cut makes tables of groups. A group that does not fit goes on in the next one.
func cut(groups []group) []part {
	var out []part
	room := 0
	for _, g := range groups {
		for left := g.Rows; len(left) > 0; {
			if room == 0 || out[len(out)-1].Groups[0].columns != g.columns {
				out, room = append(out, part{}), webpage.PartLength
			}
			n := min(room, len(left))
			some := group{g.shared, left[:n], g.columns}
			some.leaveOutRows()
			to := &out[len(out)-1]
			to.Groups = append(to.Groups, some)
			left, room = left[n:], room-n
		}
	}
	return out
}

// leaveOutRows leaves out the rows of the CSV that the cells of the page say.
func (g *group) leaveOutRows() {
	for i := range g.Rows {
		if l := &g.Rows[i]; l.isPlain() {
			l.Row = ""
		}
	}
}
