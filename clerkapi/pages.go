package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"

	"golang.org/x/sync/errgroup"
)

// Paging through a list that others change meanwhile
//
// Clerk pages by offset, without a cursor. Newest first, its default, an
// insert would push every row down and a row would show twice; so lists are
// read in ascending order of creation, where inserts land at the end. The
// first page gives the count, the others are read together, each into its
// slot, and the last page is read last, because only its count is as new as
// the whole. A delete pulls rows up and one row slips between two pages: the
// number of different rows is then compared with that last count, and a count
// that ever went down is distrusted too. What does not add up is read again,
// three times, and is then an [IncompleteError] (S16).
//
// A delete that an insert balances can slip through. That is harmless: nobody
// is removed for being absent here, and an add that exists is absorbed.

const (
	relists = 3
	// pagesAtOnce bounds the goroutines of one listing; how many requests
	// are in flight is the flow's decision.
	pagesAtOnce = maxFlow
	// overrun is how many pages a list may grow while it is read.
	overrun = 10
	// maxTotal bounds the records that a list may claim: pages are reserved,
	// and asked for, by what the first of them says (S37).
	maxTotal  = 100_000_000
	byAge     = "+created_at"
	createdAt = "created_at"
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Total is the number of records in the whole list.
	Total int
}

// wirePage is Clerk's form of a page. Both keys are required: without them a
// foreign answer with status 200 would pass for an empty list (S09).
type wirePage[W any] struct {
	Data  []W    `json:"data"`
	Total *int64 `json:"total_count"`
}

func (p *wirePage[W]) check() error {
	if p.Data == nil || p.Total == nil || *p.Total < 0 {
		return errors.New("no page: data or total_count is missing")
	}
	if *p.Total > maxTotal {
		return errTooLarge
	}
	return checkAll(p.Data)
}

func checkAll[W any](rows []W) error {
	for i := range rows {
		if c, ok := any(&rows[i]).(checker); ok {
			if err := c.check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// pager reads a paged list: how to ask for a page, and what its rows are.
type pager[W, T any] struct {
	what, organization string
	path               string
	args               []string
	query              url.Values
	order              string
	convert            func([]W) ([]T, error)
	id                 func(*T) string
}

// page reads one page of at most limit rows.
func (l *pager[W, T]) page(ctx context.Context, c *Client, offset, limit int) (Page[T], error) {
	query := url.Values{}
	maps.Copy(query, l.query)
	query.Set("limit", strconv.Itoa(limit))
	query.Set("offset", strconv.Itoa(offset))
	if l.order != "" {
		query.Set("order_by", l.order)
	}
	var out wirePage[W]
	if err := c.do(ctx, &call{method: "GET", path: l.path, args: l.args, query: query, out: &out, repeat: always, part: true}); err != nil {
		return Page[T]{}, err
	}
	items, err := l.convert(out.Data)
	if err != nil {
		return Page[T]{}, fmt.Errorf("GET %s: %w", l.path, err)
	}
	return Page[T]{Items: items, Total: int(*out.Total)}, nil
}

func (l *pager[W, T]) first(ctx context.Context, c *Client) (Page[T], error) {
	return l.page(ctx, c, 0, PageLimit)
}

// reading is one pass over all pages.
type reading[T any] struct {
	pages  []Page[T]
	total  int  // by the last page
	shrank bool // a count went down between pages
}

// read makes one pass; first is its first page.
func (l *pager[W, T]) read(ctx context.Context, c *Client, first Page[T]) (*reading[T], error) {
	n := Pages(first.Total)
	r := &reading[T]{pages: make([]Page[T], n)}
	r.pages[0] = first
	err := together(ctx, max(0, n-2), func(ctx context.Context, i int) error {
		page, err := l.page(ctx, c, (i+1)*PageLimit, PageLimit)
		r.pages[i+1] = page
		return err
	})
	if err != nil {
		return nil, err
	}
	if n > 1 {
		if r.pages[n-1], err = l.page(ctx, c, (n-1)*PageLimit, PageLimit); err != nil {
			return nil, err
		}
	}
	if err := l.follow(ctx, c, r); err != nil {
		return nil, err
	}
	r.judge()
	return r, nil
}

// follow reads the pages that appeared while the list was read.
func (l *pager[W, T]) follow(ctx context.Context, c *Client, r *reading[T]) error {
	for range overrun {
		n := len(r.pages)
		if r.pages[n-1].Total <= n*PageLimit {
			return nil
		}
		page, err := l.page(ctx, c, n*PageLimit, PageLimit)
		if err != nil {
			return err
		}
		r.pages = append(r.pages, page)
	}
	return nil
}

func (r *reading[T]) judge() {
	r.total = r.pages[len(r.pages)-1].Total
	highest, lowest := r.total, r.pages[0].Total
	for i := range r.pages {
		highest = max(highest, r.pages[i].Total)
		lowest = min(lowest, r.pages[i].Total)
	}
	r.shrank = r.total < highest || lowest < r.pages[0].Total
}

// merge joins the pages and drops repeated rows.
func (l *pager[W, T]) merge(r *reading[T]) []T {
	all := make([]T, 0, r.total)
	for i := range r.pages {
		all = append(all, r.pages[i].Items...)
		r.pages[i].Items = nil
	}
	return unique(all, l.id)
}

// unique drops later rows with an id that was seen before, in place.
func unique[T any](rows []T, id func(*T) string) []T {
	seen := make(map[string]struct{}, len(rows))
	kept := rows[:0]
	for i := range rows {
		key := id(&rows[i])
		if _, again := seen[key]; again {
			continue
		}
		seen[key] = struct{}{}
		kept = append(kept, rows[i])
	}
	return kept
}

func (l *pager[W, T]) kind() string { return "GET " + l.path }

// whole reads the list until it adds up.
func (l *pager[W, T]) whole(ctx context.Context, c *Client) ([]T, error) {
	rows, err := l.settled(ctx, c)
	c.expect(l.kind(), Pages(len(rows)))
	return rows, err
}

// settled is whole for who says what it needs at least.
func (l *pager[W, T]) settled(ctx context.Context, c *Client) ([]T, error) {
	first, err := l.first(ctx, c)
	if err != nil {
		return nil, err
	}
	return l.wholeFrom(ctx, c, first)
}

// wholeFrom is settled for who has the first page already.
func (l *pager[W, T]) wholeFrom(ctx context.Context, c *Client, first Page[T]) ([]T, error) {
	incomplete := &IncompleteError{Organization: l.organization, What: l.what}
	for attempt := 0; ; attempt++ {
		r, err := l.read(ctx, c, first)
		if err != nil {
			return nil, err
		}
		rows := l.merge(r)
		if len(rows) == r.total && !r.shrank {
			return rows, nil
		}
		incomplete.Got, incomplete.Want = len(rows), r.total
		if attempt == relists {
			return nil, incomplete
		}
		if first, err = l.first(ctx, c); err != nil {
			return nil, err
		}
	}
}

// together runs fn for 0 to n-1, several at a time. The first error ends the
// others and is the result; a panic is an error like any other.
func together(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(pagesAtOnce)
	for i := range n {
		if inner.Err() != nil {
			break
		}
		group.Go(func() (err error) {
			defer func() {
				if v := recover(); v != nil {
					err = fmt.Errorf("panic in a worker: %v", v)
				}
			}()
			return fn(inner, i)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}
