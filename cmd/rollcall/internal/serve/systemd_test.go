package serve

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What is told goes to the socket that the init system names.
func TestSystemIsFoundByItsEnvironment(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // nothing is lost
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "20000000")
	s := NewSystem()
	if got := s.pulse(10 * time.Second); got != 20*time.Second/3 {
		t.Errorf("the watchdog wants a sign in 20 s, and is fed each %s", got)
	}
	s.ready()
	s.reloading()
	s.alive()
	s.stopping()
	for _, want := range []string{"READY=1", "RELOADING=1\nMONOTONIC_USEC=", "WATCHDOG=1", "STOPPING=1"} {
		buffer := make([]byte, 1<<10)
		n, err := l.Read(buffer)
		if got := string(buffer[:n]); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("heard %q, %v; want %q", got, err, want)
		}
	}
	t.Setenv("WATCHDOG_USEC", "")
	if s := NewSystem(); s.watchdog != 0 || s.pulse(10*time.Second) != 10*time.Second {
		t.Errorf("without a watchdog: %+v", s)
	}
	(&System{}).ready() // nobody is there
}
