//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// signals are those that a script sends to a service.
var signals = map[string]os.Signal{"USR1": syscall.SIGUSR1, "HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}

// takeTerminal makes the terminal of a program its own.
func takeTerminal(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} }

// mostMemory is what a process had in memory at most, in bytes; 0 is not known.
func mostMemory(s *os.ProcessState) int64 {
	if usage, ok := s.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss << 10
	}
	return 0
}
