package accounts

import (
	"context"

	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/pages"
)

// Calls are the calls of this package.
type Calls struct{ Sender calls.Sender }

// shortList is a list of what one user has: hardly ever more than a page. Its
// pages are read one after the other.
type shortList[T any] struct {
	what  string
	kind  string
	limit int // rows of a page
	// fetch reads a page; a negative total is unknown.
	fetch func(ctx context.Context, offset int) (rows []T, total int, err error)
	id    func(*T) string
}

// all reads the list until it adds up (S16), and counts the least number of
// requests.
func (l *shortList[T]) all(ctx context.Context, s calls.Sender) ([]T, error) {
	for attempt := 0; ; attempt++ {
		rows, want, err := l.once(ctx)
		if err != nil || len(rows) == want {
			s.CountLeast(l.kind, max(1, (len(rows)+l.limit-1)/l.limit))
			return rows, err
		}
		if attempt == pages.MaxRereads {
			return nil, &calls.IncompleteError{What: l.what, Got: len(rows), Want: want}
		}
	}
}

// once reads all pages once. A list without a total ends with the first page that
// is not full.
func (l *shortList[T]) once(ctx context.Context) ([]T, int, error) {
	var all []T
	for offset := 0; ; offset += l.limit {
		rows, total, err := l.fetch(ctx, offset)
		if err != nil {
			return nil, 0, err
		}
		pages.ReportRows(ctx, len(rows))
		all = append(all, rows...)
		if len(rows) < l.limit || total >= 0 && offset+len(rows) >= total {
			all = pages.Unique(all, l.id)
			if total < 0 {
				total = len(all)
			}
			return all, total, nil
		}
	}
}
