package calls

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strconv"

	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/pages"
	"rollcall/clerkapi/internal/wire"
)

// OldestFirst is the order in which lists are read, see package pages.
const OldestFirst = "+created_at"

// Pager knows how to ask for a page of a list, and what the rows are. Package
// pages reads the list with it.
type Pager[W, T any] struct {
	What, Organization string
	Path               string
	Args               []string
	Query              url.Values
	Order              string // empty where Clerk takes none
	Convert            func([]W) ([]T, error)
	ID                 func(*T) string
	Limits             limit.Key
	// Fast decodes a page faster than encoding/json, or reports false; see
	// Call.Fast.
	Fast func([]byte, *wire.Page[W]) bool
}

// Page reads one page of at most limit rows.
func (l *Pager[W, T]) Page(ctx context.Context, s Sender, offset, limit int) (pages.Page[T], error) {
	query := url.Values{}
	maps.Copy(query, l.Query)
	query.Set("limit", strconv.Itoa(limit))
	query.Set("offset", strconv.Itoa(offset))
	if l.Order != "" {
		query.Set("order_by", l.Order)
	}
	var out wire.Page[W]
	k := &Call{Method: "GET", Path: l.Path, Args: l.Args, Query: query, Out: &out, Repeat: Always, Limits: l.Limits, LeastCounted: true}
	if l.Fast != nil {
		k.Fast = func(body []byte) bool { return l.Fast(body, &out) }
	}
	if err := s.Do(ctx, k); err != nil {
		return pages.Page[T]{}, err
	}
	pages.ReportRows(ctx, len(out.Data))
	items, err := l.Convert(out.Data)
	if err != nil {
		return pages.Page[T]{}, fmt.Errorf("GET %s: %w", l.Path, err)
	}
	return pages.Page[T]{Items: items, Total: int(*out.Total)}, nil
}

// Kind names the calls that read the list.
func (l *Pager[W, T]) Kind() string { return "GET " + l.Path }

// List is the list that these pages make.
func (l *Pager[W, T]) List(s Sender) *pages.List[T] {
	return &pages.List[T]{
		Fetch: func(ctx context.Context, offset, limit int) (pages.Page[T], error) {
			return l.Page(ctx, s, offset, limit)
		},
		ID: l.ID,
		Incomplete: func(got, want int) error {
			return &IncompleteError{Organization: l.Organization, What: l.What, Got: got, Want: want}
		},
	}
}

// All reads the list until it adds up, and counts the least number of requests.
func (l *Pager[W, T]) All(ctx context.Context, s Sender) ([]T, error) {
	rows, err := l.List(s).All(ctx)
	s.CountLeast(l.Kind(), pages.Count(len(rows)))
	return rows, err
}

// Rows converts each row.
func Rows[W, T any](rows []W, one func(*W) T) []T {
	items := make([]T, len(rows))
	for i := range rows {
		items[i] = one(&rows[i])
	}
	return items
}

// IncompleteError is a listing that did not add up, also when it was read again
// (S16).
type IncompleteError struct {
	// Organization is the org_ id; empty for lists of the whole instance.
	Organization string
	// What was listed, such as "memberships".
	What string
	// Got is how many different records were read, Want what Clerk counted.
	Got, Want int
}

// Error says what is missing and what that means.
func (e *IncompleteError) Error() string {
	where := "the instance"
	if e.Organization != "" {
		where = e.Organization
	}
	return fmt.Sprintf("list %s of %s: read %d of %d records, in a second try as well: the list changes too fast, or an answer was cut short; run again", e.What, where, e.Got, e.Want)
}
