package pages

import (
	"context"

	"rollcall/clerkapi/internal/wire"
)

// How a list is read whole that others change meanwhile
//
// Clerk pages by offset, without a cursor. Its default order is newest first. An
// insert would then push every row down, and one row would show twice. So lists
// are read in ascending order of creation, where inserts land at the end.
//
// The first page gives the count. The other pages are read in parallel, each
// into its slot. The last page is read last, because its count is then as new as
// the whole list.
//
// A delete pulls rows up, and one row can slip between two pages. So the number
// of different rows is compared with the last count, and a count that ever went
// down is not trusted either. A list that does not add up is read again, three
// times, and is then incomplete (S16).
//
// A delete that an insert balances is not noticed. That is harmless: nobody is
// removed because a row is missing here, and adding a member who exists does
// nothing.
//
// In the code: All → AllFrom → Read (→ Fetch, readGrownPages, compareTotals) →
// merge.

const (
	// MaxRereads is how often a list that does not add up is read again.
	MaxRereads = 3
	// maxGrownPages is how many pages a list may grow while it is read.
	maxGrownPages = 10
)

// Count is how many pages a list of n records has: ⌈n/500⌉, and at least one,
// because an empty list has to be read too.
func Count(n int) int { return max(1, (n+wire.PageLimit-1)/wire.PageLimit) }

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Total is the number of records in the whole list.
	Total int
}

// List is a list that is read page by page.
type List[T any] struct {
	// Fetch reads one page of at most limit rows.
	Fetch func(ctx context.Context, offset, limit int) (Page[T], error)
	ID    func(*T) string
	// Incomplete makes the error of a list that does not add up: how many
	// different rows were read, and how many were counted.
	Incomplete func(got, want int) error
}

// First reads the first page.
func (l *List[T]) First(ctx context.Context) (Page[T], error) {
	return l.Fetch(ctx, 0, wire.PageLimit)
}

// Pass is one pass over all pages.
type Pass[T any] struct {
	Pages  []Page[T]
	Total  int  // by the last page
	Shrank bool // a count went down between pages
}

// Read makes one pass; first is its first page.
func (l *List[T]) Read(ctx context.Context, first Page[T]) (*Pass[T], error) {
	n := Count(first.Total)
	r := &Pass[T]{Pages: make([]Page[T], n)}
	r.Pages[0] = first
	err := Parallel(ctx, max(0, n-2), func(ctx context.Context, i int) error {
		page, err := l.Fetch(ctx, (i+1)*wire.PageLimit, wire.PageLimit)
		r.Pages[i+1] = page
		return err
	})
	if err != nil {
		return nil, err
	}
	if n > 1 {
		if r.Pages[n-1], err = l.Fetch(ctx, (n-1)*wire.PageLimit, wire.PageLimit); err != nil {
			return nil, err
		}
	}
	if err := l.readGrownPages(ctx, r); err != nil {
		return nil, err
	}
	r.compareTotals()
	return r, nil
}

// readGrownPages reads the pages that appeared while the list was read.
func (l *List[T]) readGrownPages(ctx context.Context, r *Pass[T]) error {
	for range maxGrownPages {
		n := len(r.Pages)
		if r.Pages[n-1].Total <= n*wire.PageLimit {
			return nil
		}
		page, err := l.Fetch(ctx, n*wire.PageLimit, wire.PageLimit)
		if err != nil {
			return err
		}
		r.Pages = append(r.Pages, page)
	}
	return nil
}

func (r *Pass[T]) compareTotals() {
	r.Total = r.Pages[len(r.Pages)-1].Total
	highest, lowest := r.Total, r.Pages[0].Total
	for i := range r.Pages {
		highest = max(highest, r.Pages[i].Total)
		lowest = min(lowest, r.Pages[i].Total)
	}
	r.Shrank = r.Total < highest || lowest < r.Pages[0].Total
}

// merge joins the pages and drops repeated rows.
func (l *List[T]) merge(r *Pass[T]) []T {
	all := make([]T, 0, r.Total)
	for i := range r.Pages {
		all = append(all, r.Pages[i].Items...)
		r.Pages[i].Items = nil
	}
	return Unique(all, l.ID)
}

// All reads the list until it adds up.
func (l *List[T]) All(ctx context.Context) ([]T, error) {
	first, err := l.First(ctx)
	if err != nil {
		return nil, err
	}
	return l.AllFrom(ctx, first)
}

// AllFrom is All for callers that have the first page
// already.
func (l *List[T]) AllFrom(ctx context.Context, first Page[T]) ([]T, error) {
	for attempt := 0; ; attempt++ {
		r, err := l.Read(ctx, first)
		if err != nil {
			return nil, err
		}
		rows := l.merge(r)
		if len(rows) == r.Total && !r.Shrank {
			return rows, nil
		}
		if attempt == MaxRereads {
			return nil, l.Incomplete(len(rows), r.Total)
		}
		if first, err = l.First(ctx); err != nil {
			return nil, err
		}
	}
}
