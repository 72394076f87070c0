package pages

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi/internal/limit"
)

// maxParallel bounds the goroutines of one listing. The limiter decides how many
// requests are in flight.
const maxParallel = limit.MaxConcurrency

// Parallel runs fn for 0 to n-1, several at a time. The first error ends the
// others and is the result. A panic becomes an error.
func Parallel(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(maxParallel)
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
