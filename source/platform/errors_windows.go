package platform

import "golang.org/x/sys/windows"

// Errors of connections and of listening. The numbers in package syscall with Unix
// names are invented, and no call returns them.
const (
	ConnectionRefused = windows.WSAECONNREFUSED
	ConnectionReset   = windows.WSAECONNRESET
	AddressInUse      = windows.WSAEADDRINUSE
	AddressNotHere    = windows.WSAEADDRNOTAVAIL
	PortDenied        = windows.WSAEACCES
)
