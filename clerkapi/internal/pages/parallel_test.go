package pages

import (
	"context"
	"strings"
	"testing"
)

func TestPanicInAWorkerIsAnError(t *testing.T) {
	err := Parallel(t.Context(), 3, func(_ context.Context, i int) error {
		if i == 1 {
			panic("boom")
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("%v", err)
	}
}
