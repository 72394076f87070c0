package source

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
)

// Elsewhere are the people whom a file has and the snapshot does not, because they
// are in no group that was asked for, with the groups that they are in. It tells who
// moved from who left. Of each person it keeps 16 bytes: there may be a million.
type Elsewhere struct {
	entries []elsewhere // by hash
	texts   []string
	counts  []int // people by text
}

type elsewhere struct {
	hash uint64 // of an id or an address: two that have the same would be told the same
	text uint32
}

// elsewhereSeed is one for all: two reads of one file have the same entries.
var elsewhereSeed = maphash.MakeSeed()

// NewElsewhere takes ids and addresses, each with the number of the text that names
// its groups.
func NewElsewhere(texts []string, people iter.Seq2[string, uint32]) *Elsewhere {
	e := &Elsewhere{texts: texts}
	for id, text := range people {
		e.entries = append(e.entries, elsewhere{maphash.String(elsewhereSeed, id), text})
	}
	slices.SortFunc(e.entries, func(a, b elsewhere) int { return cmp.Compare(a.hash, b.hash) })
	return e
}

// WithCounts adds how many people there are of each text.
func (e *Elsewhere) WithCounts(counts []int) *Elsewhere {
	e.counts = counts
	return e
}

// Count is how many of the people are in a group. A person in very many groups may not
// be counted.
func (e *Elsewhere) Count(group string) int {
	if e == nil {
		return 0
	}
	n := 0
	for text, people := range e.counts {
		if slices.Contains(strings.Split(e.texts[text], ", "), group) {
			n += people
		}
	}
	return n
}

// Groups names the groups of a person; found is false for somebody whom the file
// does not have, or who is in the snapshot.
func (e *Elsewhere) Groups(id string) (groups string, found bool) {
	if len(e.entries) == 0 || id == "" {
		return "", false
	}
	i, found := slices.BinarySearchFunc(e.entries, maphash.String(elsewhereSeed, id), func(x elsewhere, hash uint64) int { return cmp.Compare(x.hash, hash) })
	if !found {
		return "", false
	}
	return e.texts[e.entries[i].text], true
}

// Equal reports whether both name the same groups of the same people.
func (e *Elsewhere) Equal(other *Elsewhere) bool {
	if e == nil || other == nil {
		return e == other
	}
	return slices.EqualFunc(e.entries, other.entries, func(a, b elsewhere) bool { return a.hash == b.hash && e.texts[a.text] == other.texts[b.text] })
}
