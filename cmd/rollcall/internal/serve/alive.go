package serve

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Progress says that a run gets on.
func (v *Service) Progress() { v.progress.Store(time.Now().UnixNano()) }

// beat says that the loop goes round, and tells the init system.
func (v *Service) beat() {
	v.pulse.Store(time.Now().UnixNano())
	if v.Alive() == nil {
		v.system.alive()
	}
}

// patience is how long the loop may take to go round: reading the
// configuration and its secrets again takes a moment.
const patience = time.Minute

// Alive says what is stuck; nil is nothing.
func (v *Service) Alive() error {
	if age := since(&v.pulse); age > patience {
		return fmt.Errorf("the service has not moved for %s", age.Round(time.Second))
	}
	if age := since(&v.progress); !v.Now().Running.IsZero() && age > v.settings.StuckAfter {
		return fmt.Errorf("the run has made no progress for %s", age.Round(time.Second))
	}
	return nil
}

func since(at *atomic.Int64) time.Duration { return time.Since(time.Unix(0, at.Load())) }
