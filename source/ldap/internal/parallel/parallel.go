// Package parallel does the same for many items at once. It imports panics only: a
// panic in one of its goroutines is an error of the whole.
package parallel

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"rollcall/source/internal/panics"
)

// Each does something for each item, as many at a time as limit says, and
// hands the results to take, which runs in one goroutine. The first error ends
// all of it.
func Each[T, R any](ctx context.Context, limit int, items []T, do func(context.Context, T) (R, error), take func(T, R) error) error {
	type result struct {
		item T
		of   R
	}
	g, inner := errgroup.WithContext(ctx)
	todo, results := make(chan T), make(chan result)
	g.Go(func() error { return sendAll(inner, todo, items) })
	var workers sync.WaitGroup
	for range min(limit, len(items)) {
		workers.Add(1)
		g.Go(func() (err error) {
			defer workers.Done()
			defer panics.Recover(&err)
			for item := range todo {
				of, err := do(inner, item)
				if err != nil {
					return err
				}
				select {
				case results <- result{item, of}:
				case <-inner.Done():
					return context.Cause(inner)
				}
			}
			return nil
		})
	}
	go func() {
		workers.Wait()
		close(results)
	}()
	g.Go(func() (err error) {
		defer panics.Recover(&err)
		for r := range results {
			if err := take(r.item, r.of); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// sendAll sends the items and closes the channel.
func sendAll[T any](ctx context.Context, to chan<- T, items []T) error {
	defer close(to)
	for _, item := range items {
		select {
		case to <- item:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
