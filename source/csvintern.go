package source

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxInterned bounds the interner: values that are all different gain nothing
// from it.
const maxInterned = 1 << 16

// interner keeps one copy of texts and attributes that repeat from row to row:
// a million people share a few hundred departments. Whatever it hands out is
// free of the record it came from, and shared: nobody may change it.
type interner struct {
	texts map[string]string
	attrs map[string]Attributes
	key   []byte
}

func (n *interner) text(s string) string {
	if s == "" {
		return ""
	}
	if known, ok := n.texts[s]; ok {
		return known
	}
	s = strings.Clone(s)
	if n.texts == nil {
		n.texts = map[string]string{}
	}
	if len(n.texts) < maxInterned {
		n.texts[s] = s
	}
	return s
}

// forecast foretells how long a list becomes from how much of the files was
// read: growing it step by step would hold it twice, and a list of a million
// people is the largest thing in memory.
type forecast struct {
	size int64        // of all files; 0 when nobody knows
	done int64        // of the files before the present one
	raw  *countReader // the present one
}

// foretell grows a full list to the length it will have.
func foretell[T any](f *forecast, list []T) []T {
	if len(list) < cap(list) || len(list) < 4096 || f.raw == nil {
		return list
	}
	read := f.done + f.raw.n
	if read == 0 || read >= f.size {
		return list
	}
	total := float64(len(list)) / float64(read) * float64(f.size)
	return slices.Grow(list, int(total*1.02)-len(list))
}

// attributes gives the values of several columns under their keys; an empty
// cell is a key without values, so that what vanished from the file is known.
func (n *interner) attributes(columns []keyColumn, cell func(int) string) Attributes {
	n.key = n.key[:0]
	for _, c := range columns {
		n.key = append(n.key, c.key...)
		n.key = strconv.AppendQuote(append(n.key, 0), cell(c.column))
	}
	if known, ok := n.attrs[string(n.key)]; ok {
		return known
	}
	var list Attributes
	for _, c := range columns {
		var values []string
		if v := cell(c.column); v != "" {
			values = []string{n.text(v)}
		}
		list = append(list, Attribute{Name: c.key, Values: values})
	}
	if n.attrs == nil {
		n.attrs = map[string]Attributes{}
	}
	if len(n.attrs) < maxInterned {
		n.attrs[string(n.key)] = list
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// quote shows a heading in a message, with what cannot be seen escaped (S35).
func quote(s string) string { return strconv.Quote(s) }
