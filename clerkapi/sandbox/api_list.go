package sandbox

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// order is a parsed order_by.
type order struct {
	key        string
	descending bool
}

// order reads order_by; without a sign the order is ascending. Only the first of
// several values counts, as Clerk documents for users.
func (q *request) order(allowed ...string) (order, *failure) {
	text := q.query.Get("order_by")
	if text == "" {
		return order{"created_at", true}, nil
	}
	key, descending := strings.TrimPrefix(text, "+"), false
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		key, descending = rest, true
	}
	if !slices.Contains(allowed, key) {
		return order{}, badValue("order_by", text)
	}
	return order{key, descending}, nil
}

// listing is the rows of a list in the order of the answer. Lists of a million
// rows are read backwards by default, so the reverse order is a flag and no
// copy.
type listing[T any] struct {
	rows     []T
	reversed bool
}

func (l listing[T]) at(i int) T {
	if l.reversed {
		return l.rows[len(l.rows)-1-i]
	}
	return l.rows[i]
}

// sorted puts rows, which are in the order of creation, into another order. Rows
// with equal keys stay in the order of creation. text gives the key.
func sorted[T any](rows []T, o order, text func(T) string) listing[T] {
	if o.key == "created_at" {
		return listing[T]{rows, o.descending}
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b T) int {
		if o.descending {
			a, b = b, a
		}
		return cmp.Compare(text(a), text(b))
	})
	return listing[T]{rows, false}
}

// page is the requested part of a list.
type page struct {
	limit, offset int
}

const (
	defaultLimit = 10
	maxLimit     = 500
)

func (q *request) page() (page, *failure) {
	limit, f := q.integer("limit", defaultLimit)
	if f != nil {
		return page{}, f
	}
	if limit < 1 || limit > maxLimit {
		return page{}, badValue("limit", limit)
	}
	offset, f := q.integer("offset", 0)
	if f != nil {
		return page{}, f
	}
	if offset < 0 {
		return page{}, badValue("offset", offset)
	}
	return page{int(limit), int(offset)}, nil
}

// pageRows returns the indexes of the page's rows among n, and the total of the
// answer. A list fault distorts both.
func (c *call) pageRows(p page, n int) (indexes []int, total int) {
	var distortion ListFault
	if c.fault != nil && c.fault.List != nil {
		distortion = *c.fault.List
	}
	from := min(max(0, p.offset+distortion.Shift), n)
	to := min(n, from+p.limit)
	for i := from; i < max(from, to-distortion.Short); i++ {
		indexes = append(indexes, i)
	}
	for i := range min(distortion.Repeat, len(indexes)/2) {
		indexes[len(indexes)-1-i] = indexes[i]
	}
	return indexes, max(0, n+distortion.TotalCount)
}

// list answers {"data", "total_count"} with one page of rows.
func list[T any](c *call, l listing[T], render func([]byte, T) []byte) *failure {
	p, f := c.page()
	if f != nil {
		return f
	}
	indexes, total := c.pageRows(p, len(l.rows))
	c.out = append(c.out, `{"data":`...)
	c.out = appendRows(c.out, l, indexes, render)
	c.out = append(c.out, `,"total_count":`...)
	c.out = strconv.AppendInt(c.out, int64(total), 10)
	c.out = append(c.out, '}')
	return nil
}

func appendRows[T any](b []byte, l listing[T], indexes []int, render func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, at := range indexes {
		if i > 0 {
			b = append(b, ',')
		}
		b = render(b, l.at(at))
	}
	return append(b, ']')
}

// filterRows keeps the rows that satisfy the condition.
func filterRows[T any](rows []T, ok func(T) bool) []T {
	var kept []T
	for _, r := range rows {
		if ok(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// signedValues holds the values of a filter, split by their signs: + (or none)
// includes, - excludes.
type signedValues struct {
	in, out map[string]bool
}

func (q *request) signedValues(name string) (signedValues, *failure) {
	values, f := q.values(name)
	if f != nil || len(values) == 0 {
		return signedValues{}, f
	}
	s := signedValues{map[string]bool{}, map[string]bool{}}
	for _, v := range values {
		if rest, ok := strings.CutPrefix(v, "-"); ok {
			s.out[rest] = true
			continue
		}
		s.in[strings.TrimPrefix(v, "+")] = true
	}
	return s, nil
}

// allows reports whether a row with these keys passes the filter.
func (s signedValues) allows(keys ...string) bool {
	included := len(s.in) == 0
	for _, k := range keys {
		if s.out[k] {
			return false
		}
		included = included || s.in[k]
	}
	return included
}

func (s signedValues) empty() bool { return len(s.in) == 0 && len(s.out) == 0 }

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
