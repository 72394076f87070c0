package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestBoundOfMemoryGivesWay holds more than the bound and wants it raised.
func TestBoundOfMemoryGivesWay(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	held := make([]byte, 8<<20)
	debug.SetMemoryLimit(4 << 20)
	afterEachCollection(4 << 20)
	for range 1000 {
		runtime.GC()
		if debug.SetMemoryLimit(-1) >= 10<<20 {
			runtime.KeepAlive(held)
			return
		}
		time.Sleep(time.Millisecond) // finalizers have a goroutine of their own
	}
	t.Errorf("the bound is %d with %d in use", debug.SetMemoryLimit(-1), len(held))
}

func TestBoundOfMemoryIsNeverLowered(t *testing.T) {
	if got := raised(1000, 100); got != 1000 {
		t.Errorf("%d, want 1000", got)
	}
	if got := raised(1000, 960); got != 1080 {
		t.Errorf("%d, want 1080", got)
	}
}
