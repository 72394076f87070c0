package parallel

import (
	"context"
	"errors"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

// Each item is done once, its result taken in one goroutine, and the first
// error ends the rest.
func TestEach(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	items := make([]int, 100)
	for i := range items {
		items[i] = i
	}
	double := func(_ context.Context, n int) (int, error) { return 2 * n, nil }
	for _, limit := range []int{1, 3, 1000} {
		var got []int
		err := Each(t.Context(), limit, items, double, func(n, twice int) error {
			if twice != 2*n {
				t.Errorf("%d gives %d", n, twice)
			}
			got = append(got, n)
			return nil
		})
		if slices.Sort(got); err != nil || !slices.Equal(got, items) {
			t.Errorf("limit %d: %v, %v", limit, got, err)
		}
	}
	broken := errors.New("broken")
	fail := func(_ context.Context, n int) (int, error) {
		if n == 50 {
			return 0, broken
		}
		return n, nil
	}
	if err := Each(t.Context(), 3, items, fail, func(int, int) error { return nil }); !errors.Is(err, broken) {
		t.Errorf("a search that fails: %v", err)
	}
	if err := Each(t.Context(), 3, items, double, func(int, int) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a result that cannot be taken: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	wait := func(ctx context.Context, n int) (int, error) { <-ctx.Done(); return n, ctx.Err() }
	if err := Each(ended, 3, items, wait, func(int, int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancellation: %v", err)
	}
	if err := Each(t.Context(), 3, nil, double, func(int, int) error { return broken }); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}
