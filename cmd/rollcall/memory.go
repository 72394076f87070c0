package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// memoryBound keeps the plan of a million memberships, of which 700 MB are in
// use at the end, under a gigabyte. Go would let as much garbage pile up as is
// in use; with a bound the collector works more often, and only near it.
const memoryBound = 890 << 20

// boundMemory sets the bound, unless GOMEMLIMIT does. The bound gives way to
// what is really in use: a larger instance takes more memory, not more time.
func boundMemory() {
	if _, set := os.LookupEnv("GOMEMLIMIT"); set {
		return
	}
	debug.SetMemoryLimit(memoryBound)
	afterEachCollection(memoryBound)
}

// raised is the bound that leaves the collector a ninth to work with.
func raised(bound, inUse int64) int64 { return max(bound, inUse+inUse/8) }

// cycle is collected in each cycle, as nobody refers to it.
type cycle struct{ *cycle }

func afterEachCollection(bound int64) {
	runtime.SetFinalizer(&cycle{}, func(*cycle) {
		if now := raised(bound, inUse()); now > bound {
			bound = now
			debug.SetMemoryLimit(bound)
		}
		afterEachCollection(bound)
	})
}

// inUse is what the last collection found in use.
func inUse() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(sample[0].Value.Uint64())
}
