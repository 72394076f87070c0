//go:build unix

package suite

import "syscall"

// NamedPipe makes a named pipe.
func NamedPipe(name string) error { return syscall.Mkfifo(name, 0o600) }
