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

// order reads order_by; without a sign it is ascending. Only the first of
// several counts, as Clerk documents for users.
func (c *call) order(allowed ...string) (order, *failure) {
	text := c.query.Get("order_by")
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

// listing is rows in the order of an answer. Lists of a million rows are read
// backwards by default, so turning round is a flag and not a copy.
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

// sorted puts rows, which are in the order of creation, into another order;
// rows with equal keys stay in the order of creation. text picks the key.
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

// page is the part of a list that was asked for.
type page struct {
	limit, offset int
}

const (
	defaultLimit = 10
	maxLimit     = 500
)

func (c *call) page() (page, *failure) {
	limit, f := c.integer("limit", defaultLimit)
	if f != nil {
		return page{}, f
	}
	if limit < 1 || limit > maxLimit {
		return page{}, badValue("limit", limit)
	}
	offset, f := c.integer("offset", 0)
	if f != nil {
		return page{}, f
	}
	if offset < 0 {
		return page{}, badValue("offset", offset)
	}
	return page{int(limit), int(offset)}, nil
}

// pick returns the places of the page's rows among n, and the total to
// report: as they are, or as a list fault makes them.
func (c *call) pick(p page, n int) (places []int, total int) {
	var bent ListFault
	if c.fault != nil && c.fault.List != nil {
		bent = *c.fault.List
	}
	from := min(max(0, p.offset+bent.Shift), n)
	to := min(n, from+p.limit)
	for i := from; i < max(from, to-bent.Short); i++ {
		places = append(places, i)
	}
	for i := range min(bent.Repeat, len(places)/2) {
		places[len(places)-1-i] = places[i]
	}
	return places, max(0, n+bent.TotalCount)
}

// list answers {data, total_count} with one page of rows.
func list[T any](c *call, l listing[T], render func([]byte, T) []byte) *failure {
	p, f := c.page()
	if f != nil {
		return f
	}
	places, total := c.pick(p, len(l.rows))
	c.out = append(c.out, `{"data":`...)
	c.out = appendRows(c.out, l, places, render)
	c.out = append(c.out, `,"total_count":`...)
	c.out = strconv.AppendInt(c.out, int64(total), 10)
	c.out = append(c.out, '}')
	return nil
}

func appendRows[T any](b []byte, l listing[T], places []int, render func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, at := range places {
		if i > 0 {
			b = append(b, ',')
		}
		b = render(b, l.at(at))
	}
	return append(b, ']')
}

// where keeps the rows that satisfy the condition.
func where[T any](rows []T, ok func(T) bool) []T {
	var kept []T
	for _, r := range rows {
		if ok(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// signed splits values with + and - prefixes into included and excluded.
type signed struct {
	in, out map[string]bool
}

func (c *call) signed(name string) (signed, *failure) {
	values, f := c.values(name)
	if f != nil || len(values) == 0 {
		return signed{}, f
	}
	s := signed{map[string]bool{}, map[string]bool{}}
	for _, v := range values {
		if rest, ok := strings.CutPrefix(v, "-"); ok {
			s.out[rest] = true
			continue
		}
		s.in[strings.TrimPrefix(v, "+")] = true
	}
	return s, nil
}

// allows judges a row by the keys that it has.
func (s signed) allows(keys ...string) bool {
	included := len(s.in) == 0
	for _, k := range keys {
		if s.out[k] {
			return false
		}
		included = included || s.in[k]
	}
	return included
}

func (s signed) empty() bool { return len(s.in) == 0 && len(s.out) == 0 }

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
