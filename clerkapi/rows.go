package clerkapi

import (
	"context"

	"rollcall/clerkapi/internal/pages"
)

// WithRows returns a context whose listings and look-ups report each answer: how
// many rows of a list it brought, or how many values were looked up with it. A
// list that is read again reports its rows again. Several goroutines call the
// function at once.
func WithRows(ctx context.Context, report func(n int)) context.Context {
	return pages.WithRows(ctx, report)
}
