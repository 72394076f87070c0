//go:build unix

package program

import (
	"os/exec"
	"syscall"
)

// ownSession gives the program a session and a process group of its own, with no
// terminal: it cannot ask for a password there, and Ctrl-C reaches rollcall alone.
func ownSession(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return nil
}

// terminate asks all processes of the group to end.
func (r *process) terminate() { r.signal(syscall.SIGTERM) }

// kill ends all processes of the group.
func (r *process) kill() { r.signal(syscall.SIGKILL) }

// signal reaches the whole group. There may be nobody left in it.
func (r *process) signal(s syscall.Signal) { _ = syscall.Kill(-r.cmd.Process.Pid, s) }
