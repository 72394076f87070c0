package source

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Revision is the newest change that a server showed when it was read (S12), in
// a form that can be stored and later compared with [Revision.OlderThan], and that
// has no other meaning. It is empty where the server shows none, and
// for files.
//
// It holds one or more clocks, each with its kind: contextCSN (OpenLDAP; a
// value for each server that takes writes), usn (Active Directory; the highest
// update sequence number for each invocation id that the server has caught up
// with), or time (the newest modifyTimestamp or whenChanged of what was read).
type Revision string

// OlderThan reports whether a server shows an older directory than the one that
// was read earlier: it lacks changes that were seen then. It is not known
// where the two have no clock in common.
func (n Revision) OlderThan(than Revision) (older, known bool) {
	now, then := n.clocks(), than.clocks()
	for _, kind := range clockKinds {
		if older, known = olderClock(now[kind], then[kind]); known {
			return older, true
		}
	}
	return false, false
}

// WentBack reports whether the same address shows an older directory than before: it was
// restored from a backup, or it is one name of several servers, and another of them has
// answered. Only contextCSN tells. Timestamps go back with the person who leaves, and two
// domain controllers count changes that they never tell each other. It is not known if the
// address shows an origin that it did not have.
func (n Revision) WentBack(from Revision) bool {
	now, then, back := n.clocks()[ClockCSN], from.clocks()[ClockCSN], false
	for origin, value := range now {
		was, known := then[origin]
		if !known {
			return false
		}
		back = back || compareTicks(value, was) < 0
	}
	return back
}

// The kinds of clocks, the more exact first.
const (
	ClockCSN  = "contextCSN"
	ClockUSN  = "usn"
	ClockTime = "time"
)

var clockKinds = []string{ClockCSN, ClockUSN, ClockTime}

// Clock is the newest change of each origin.
type Clock map[string]string

// olderClock compares two clocks of one kind. An origin that the later read
// does not show counts as not caught up with, unless the two have no origin in
// common: then one of them shows only its own changes.
func olderClock(now, then Clock) (older, known bool) {
	for origin, value := range then {
		mine, ok := now[origin]
		known = known || ok
		older = older || compareTicks(mine, value) < 0
	}
	return older && known, known
}

// compareTicks compares numbers by size, and texts of one form by their order.
func compareTicks(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

// clocks reads what String of the parts wrote: "kind origin=value …; kind …".
func (n Revision) clocks() map[string]Clock {
	out := map[string]Clock{}
	for part := range strings.SplitSeq(string(n), ";") {
		fields := strings.Fields(part)
		if len(fields) == 0 {
			continue
		}
		c := Clock{}
		for _, f := range fields[1:] {
			origin, value, _ := strings.Cut(f, "=")
			c[origin] = value
		}
		out[fields[0]] = c
	}
	return out
}

// At is what one clock shows of one origin; empty where it shows nothing.
func (n Revision) At(kind, origin string) string { return n.clocks()[kind][origin] }

// Merge is the newer tick of each origin of two revisions of one server.
func (n Revision) Merge(other Revision) Revision {
	mine, theirs, out := n.clocks(), other.clocks(), Revision("")
	for _, kind := range clockKinds {
		both := Clock{}
		maps.Copy(both, mine[kind])
		for origin, tick := range theirs[kind] {
			if compareTicks(both[origin], tick) < 0 {
				both[origin] = tick
			}
		}
		out = out.With(kind, both)
	}
	return out
}

// With adds a clock; a clock without a value is left out.
func (n Revision) With(kind string, c Clock) Revision {
	if len(c) == 0 {
		return n
	}
	var b strings.Builder
	b.WriteString(string(n))
	if n != "" {
		b.WriteString("; ")
	}
	b.WriteString(kind)
	for _, origin := range slices.Sorted(maps.Keys(c)) {
		b.WriteString(" " + origin + "=" + c[origin])
	}
	return Revision(b.String())
}
