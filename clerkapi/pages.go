package clerkapi

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strconv"

	"rollcall/clerkapi/internal/pages"
	"rollcall/clerkapi/internal/wire"
)

const oldestFirst = "+created_at"

// pager knows how to ask for a page of a list, and what the rows are. Package
// pages reads the list with it.
type pager[W, T any] struct {
	what, organization string
	path               string
	args               []string
	query              url.Values
	order              string
	convert            func([]W) ([]T, error)
	id                 func(*T) string
	// fast decodes a page faster than encoding/json, or reports false; see
	// call.fast.
	fast func([]byte, *wire.Page[W]) bool
}

// page reads one page of at most limit rows.
func (l *pager[W, T]) page(ctx context.Context, s *sender, offset, limit int) (pages.Page[T], error) {
	query := url.Values{}
	maps.Copy(query, l.query)
	query.Set("limit", strconv.Itoa(limit))
	query.Set("offset", strconv.Itoa(offset))
	if l.order != "" {
		query.Set("order_by", l.order)
	}
	var out wire.Page[W]
	k := &call{method: "GET", path: l.path, args: l.args, query: query, out: &out, repeat: always, leastCounted: true}
	if l.fast != nil {
		k.fast = func(body []byte) bool { return l.fast(body, &out) }
	}
	if err := s.do(ctx, k); err != nil {
		return pages.Page[T]{}, err
	}
	pages.ReportRows(ctx, len(out.Data))
	items, err := l.convert(out.Data)
	if err != nil {
		return pages.Page[T]{}, fmt.Errorf("GET %s: %w", l.path, err)
	}
	return pages.Page[T]{Items: items, Total: int(*out.Total)}, nil
}

func (l *pager[W, T]) kind() string { return "GET " + l.path }

// list is the list that these pages make.
func (l *pager[W, T]) list(s *sender) *pages.List[T] {
	return &pages.List[T]{
		Fetch: func(ctx context.Context, offset, limit int) (pages.Page[T], error) {
			return l.page(ctx, s, offset, limit)
		},
		ID: l.id,
		Incomplete: func(got, want int) error {
			return &IncompleteError{Organization: l.organization, What: l.what, Got: got, Want: want}
		},
	}
}

// all reads the list until it adds up, and counts the least number of requests.
func (l *pager[W, T]) all(ctx context.Context, s *sender) ([]T, error) {
	rows, err := l.list(s).All(ctx)
	s.countLeast(l.kind(), pages.Count(len(rows)))
	return rows, err
}
