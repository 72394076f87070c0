//go:build !unix

package program

import (
	"errors"
	"os/exec"
)

// ownSession refuses a system on which a program could leave processes behind.
func ownSession(*exec.Cmd) error {
	return errors.New("csv.command needs a Unix system, where a program and all that it starts can be ended together; have the program write a file, and name the file with csv.path")
}

func (r *process) terminate() { r.kill() }

func (r *process) kill() { _ = r.cmd.Process.Kill() }
