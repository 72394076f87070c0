package runner

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"

	"rollcall/clerkapi"
	"rollcall/sync"
)

const (
	// leastMemory is the limit while the number of members is not known, and that
	// of up to a million members. The sources are read under it.
	leastMemory = 890 << 20
	// bytesPerMember is what a run may use for each member. The plan of 1,000,000
	// memberships, with a person in a CSV file for each, had 740 to 810 bytes of
	// each in use once they were listed (figures of the collector in five runs,
	// November 2026); the rest is room for garbage. Without a limit the collector
	// let the process grow to 1,330 MB, with this one to about 900 MB.
	bytesPerMember = 930
)

// memoryClerk adapts the memory limit of the process when the number of members
// is known, which is before they are listed. Near to the limit the collector
// works more often.
type memoryClerk struct{ sync.Clerk }

// limitMemory sets the limit of a run, and returns the Clerk that adapts it. A
// GOMEMLIMIT of the admin stays.
func limitMemory(clerk sync.Clerk) sync.Clerk {
	if _, set := os.LookupEnv("GOMEMLIMIT"); set {
		return clerk
	}
	debug.SetMemoryLimit(leastMemory)
	return memoryClerk{clerk}
}

// ListMemberships sets the limit and lists. Members with long metadata may take
// more than the limit; then it is raised once.
func (c memoryClerk) ListMemberships(ctx context.Context, organizations []clerkapi.Organization) (*clerkapi.Listing, error) {
	members := 0
	for i := range organizations {
		members += max(0, organizations[i].Members)
	}
	debug.SetMemoryLimit(memoryLimit(members, 0))
	listing, err := c.Clerk.ListMemberships(ctx, organizations)
	debug.SetMemoryLimit(memoryLimit(members, memoryInUse()))
	return listing, err
}

// memoryLimit follows from the number of members. If more is in use already, it
// leaves the collector a quarter of that to work with: such a run takes more
// memory, not more time.
func memoryLimit(members int, inUse int64) int64 {
	limit := max(leastMemory, int64(members)*bytesPerMember)
	if inUse > limit {
		limit = inUse + inUse/4
	}
	return limit
}

// memoryInUse is what the last collection found in use.
func memoryInUse() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(sample[0].Value.Uint64())
}
