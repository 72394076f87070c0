package serve

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// System is the init system that started the service, systemd or what speaks
// like it. The zero value is none.
type System struct {
	say      func(state string)
	watchdog time.Duration // how often it wants a sign of life; 0 is never
}

// NewSystem finds the init system by its environment.
func NewSystem() *System {
	s := &System{say: func(state string) { _, _ = daemon.SdNotify(false, state) }} // it may be gone
	if every, err := daemon.SdWatchdogEnabled(false); err == nil {
		s.watchdog = every
	}
	return s
}

func (s *System) tell(state string) {
	if s.say != nil {
		s.say(state)
	}
}

// pulse is how often the loop must go round so that the watchdog is fed in time.
func (s *System) pulse(usual time.Duration) time.Duration {
	const signs = 3
	if s.watchdog > 0 {
		return min(usual, s.watchdog/signs)
	}
	return usual
}

func (s *System) ready()    { s.tell(daemon.SdNotifyReady) }
func (s *System) stopping() { s.tell(daemon.SdNotifyStopping) }

func (s *System) alive() {
	if s.watchdog > 0 {
		s.tell(daemon.SdNotifyWatchdog)
	}
}

// status is one line for systemctl status.
func (s *System) status(now *Now) {
	text := "no run is due"
	switch {
	case now.Stopping:
		text = "stopping"
	case !now.Running.IsZero():
		text = "running since " + now.Running.UTC().Format(time.RFC3339)
	case !now.Next.IsZero():
		text = "next run " + now.Next.UTC().Format(time.RFC3339)
	}
	if now.Refused != nil {
		text += "; the configuration file has problems, so an older configuration is used"
	}
	s.tell("STATUS=" + text)
}
