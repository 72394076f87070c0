package program

import (
	"errors"

	"golang.org/x/sys/unix"
)

// awaitEnd waits for the end of the program, and ends what it left behind. Until
// it is reaped, no other process can get its number, which is that of its group:
// so no signal reaches a stranger.
func (r *process) awaitEnd(release func()) error {
	for errors.Is(unix.Waitid(unix.P_PID, r.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	release()
	r.kill()
	r.endMessages()
	return r.cmd.Wait()
}
