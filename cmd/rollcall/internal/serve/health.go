package serve

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Progress notes a sign of progress of the run.
func (v *Service) Progress() { v.progress.Store(time.Now().UnixNano()) }

// beat notes that the loop works, and tells the init system.
func (v *Service) beat() {
	v.pulse.Store(time.Now().UnixNano())
	if v.Alive() == nil {
		v.system.alive()
	}
}

// loopTimeout is the longest time for one step of the loop: reading the
// configuration and its secrets again takes a moment.
const loopTimeout = time.Minute

// Alive says what does not work any more; nil is alive.
func (v *Service) Alive() error {
	if age := since(&v.pulse); age > loopTimeout {
		return fmt.Errorf("the service has not responded for %s", age.Round(time.Second))
	}
	if age := since(&v.progress); !v.Now().Running.IsZero() && age > v.settings.StuckAfter {
		return fmt.Errorf("the run has made no progress for %s", age.Round(time.Second))
	}
	return nil
}

func since(at *atomic.Int64) time.Duration { return time.Since(time.Unix(0, at.Load())) }
