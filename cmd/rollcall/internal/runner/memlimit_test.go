package runner

import (
	"context"
	"os"
	"runtime/debug"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync"
)

func TestMemoryLimit(t *testing.T) {
	for name, c := range map[string]struct {
		members     int
		inUse, want int64
	}{
		"a small instance":           {100, 20 << 20, leastMemory},
		"a million members":          {1_000_000, 0, leastMemory},
		"two million":                {2_000_000, 0, 1_860_000_000},
		"near to the limit":          {1_000_000, 880 << 20, leastMemory},
		"long metadata":              {100_000, 4 << 30, 5 << 30},
		"more members than are used": {2_000_000, 1 << 30, 1_860_000_000},
	} {
		if got := memoryLimit(c.members, c.inUse); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// limitRecorder lists nothing, and notes the limit that is in force meanwhile.
type limitRecorder struct {
	sync.Clerk
	limit int64
}

func (c *limitRecorder) ListMemberships(context.Context, []clerkapi.Organization) (*clerkapi.Listing, error) {
	c.limit = debug.SetMemoryLimit(-1)
	return &clerkapi.Listing{}, nil
}

func TestMemoryLimitIsSetBeforeTheListing(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	all := []clerkapi.Organization{{Members: 1_500_000}, {Members: 500_000}}
	for _, c := range []struct {
		set  string
		want int64
	}{{"", 1_860_000_000}, {"100MiB", before}} {
		debug.SetMemoryLimit(before)
		if t.Setenv("GOMEMLIMIT", c.set); c.set == "" {
			_ = os.Unsetenv("GOMEMLIMIT") // t.Setenv restores it
		}
		clerk := &limitRecorder{}
		if _, err := limitMemory(clerk).ListMemberships(t.Context(), all); err != nil || clerk.limit != c.want {
			t.Errorf("GOMEMLIMIT %q: the limit is %d, want %d; %v", c.set, clerk.limit, c.want, err)
		}
	}
}
