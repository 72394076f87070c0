//go:build unix

package serve

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// ListenForSignals receives the signals of an admin. SIGTERM and SIGINT end the
// context of the command.
func ListenForSignals() (Signals, func()) {
	runNow, reload := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(runNow, syscall.SIGUSR1)
	signal.Notify(reload, syscall.SIGHUP)
	return Signals{RunNow: runNow, Reload: reload}, func() { signal.Stop(runNow); signal.Stop(reload) }
}

// reloading says since when; systemd orders what it hears by that clock.
func (s *System) reloading() {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return
	}
	s.tell(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Nano()/int64(time.Microsecond)))
}
