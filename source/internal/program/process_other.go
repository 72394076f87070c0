//go:build !unix

package program

import (
	"errors"
	"os/exec"
)

// ownSession refuses a system on which a program could leave processes behind.
func ownSession(*exec.Cmd) error {
	return errors.New("programs as sources need a Unix system")
}

func (r *process) terminate() { r.kill() }

func (r *process) kill() { _ = r.cmd.Process.Kill() }
