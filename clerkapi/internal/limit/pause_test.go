package limit

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestGateLetsOneProbeThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newPauseGate(time.Hour)
		if probe, ok := g.tryEnter(); probe || !ok {
			t.Fatal("an open gate lets everybody through")
		}
		if news := g.rejected(time.Second, false); !news || g.rejected(0, false) {
			t.Error("the first rejection is news, the next of the same flight is not")
		}
		if _, ok := g.tryEnter(); ok {
			t.Error("a closed gate was passed")
		}
		time.Sleep(time.Second)
		if probe, ok := g.tryEnter(); !probe || !ok {
			t.Error("a ripe gate lets a probe through")
		}
		if _, ok := g.tryEnter(); ok {
			t.Error("a second probe went through")
		}
		g.probeDone(false)
		if probe, _ := g.tryEnter(); !probe {
			t.Error("a probe without an answer passes the task on")
		}
		if news := g.rejected(time.Second, true); !news {
			t.Error("a rejected probe is news")
		}
		time.Sleep(time.Second)
		_, _ = g.tryEnter()
		g.probeDone(true)
		if probe, ok := g.tryEnter(); probe || !ok {
			t.Error("an answered probe opens the gate")
		}
	})
}
