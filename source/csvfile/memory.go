package csvfile

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"rollcall/source"
	"rollcall/source/file"
)

// maxInterned bounds the interner: values that are all different gain nothing
// from it.
const maxInterned = 1 << 16

// interner keeps one copy of texts and attributes that repeat from row to row:
// a million people share a few hundred departments. The copies do not
// refer to the record that they came from. They are shared and must not be changed.
type interner struct {
	texts map[string]string
	attrs map[string]source.Attributes
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

// lengthEstimate foretells how long a list becomes from how much of the files was
// read: growing it step by step would hold it twice, and a list of a million
// people is the largest thing in memory.
type lengthEstimate struct{ in *file.Input }

// growToEstimate grows a full list to the length it will have, or to the most that
// it may have: a file whose first rows are short foretells too many.
func growToEstimate[T any](f *lengthEstimate, list []T, most int) []T {
	if len(list) < cap(list) || len(list) < 4096 || f.in == nil {
		return list
	}
	read := f.in.Before + f.in.N
	if read == 0 || read >= f.in.Size {
		return list
	}
	total := float64(len(list)) / float64(read) * float64(f.in.Size)
	return slices.Grow(list, max(0, min(int(total*1.02), most)-len(list)))
}

// attributes gives the values of several columns under their keys; an empty
// cell is a key without values, so that what vanished from the file is known.
func (n *interner) attributes(columns []keyColumn, cell func(int) string) source.Attributes {
	n.key = n.key[:0]
	for _, c := range columns {
		n.key = append(n.key, c.key...)
		n.key = strconv.AppendQuote(append(n.key, 0), cell(c.column))
	}
	if known, ok := n.attrs[string(n.key)]; ok {
		return known
	}
	var list source.Attributes
	for _, c := range columns {
		var values []string
		if v := cell(c.column); v != "" {
			values = []string{n.text(v)}
		}
		list = append(list, source.Attribute{Name: c.key, Values: values})
	}
	if n.attrs == nil {
		n.attrs = map[string]source.Attributes{}
	}
	if len(n.attrs) < maxInterned {
		n.attrs[string(n.key)] = list
	}
	return list
}

// grownMap copies a map that is to become so large, before it grows step by step.
func grownMap(m map[string]int, n int) map[string]int {
	if len(m) == 0 {
		return m
	}
	out := make(map[string]int, n)
	maps.Copy(out, m)
	return out
}

// permute puts list[order[i]] at i, for all i, cycle by cycle; it uses order up.
func permute[T any](list []T, order []int32) {
	for start := range order {
		if order[start] < 0 {
			continue
		}
		held, at := list[start], start
		for int(order[at]) != start {
			next := int(order[at])
			list[at], order[at] = list[next], -1
			at = next
		}
		list[at], order[at] = held, -1
	}
}
