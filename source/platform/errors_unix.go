//go:build unix

package platform

import "syscall"

// Errors of connections and of listening.
const (
	ConnectionRefused = syscall.ECONNREFUSED
	ConnectionReset   = syscall.ECONNRESET
	AddressInUse      = syscall.EADDRINUSE
	AddressNotHere    = syscall.EADDRNOTAVAIL
	PortDenied        = syscall.EACCES
)
