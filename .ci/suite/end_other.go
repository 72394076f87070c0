//go:build !linux

package suite

import "os/exec"

// EndWithTest is not known here: a server whose test is killed goes on.
func EndWithTest(*exec.Cmd) {}
