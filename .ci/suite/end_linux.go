package suite

import (
	"os/exec"
	"syscall"
)

// EndWithTest has the kernel kill a server when the process of the tests ends.
func EndWithTest(server *exec.Cmd) {
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
