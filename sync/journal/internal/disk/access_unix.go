//go:build unix

package disk

import "golang.org/x/sys/unix"

// MayWrite reports whether this process can make files in a directory.
func MayWrite(dir string) bool { return unix.Access(dir, unix.W_OK|unix.X_OK) == nil }
