package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"

	"rollcall/source/platform"
)

// Error says that a server did not get its address.
type Error struct {
	// Setting is the flag or the key of the configuration that sets the address.
	Setting, Address string
	Err              error
}

// On listens on an address, host:port, which the setting has.
func On(ctx context.Context, setting, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &Error{setting, address, err}
	}
	return l, nil
}

// Error says what failed, why, and what to do.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: cannot listen on %s: ", e.Setting, e.Address)
	_, port, _ := net.SplitHostPort(e.Address)
	switch {
	case e.Taken():
		return text + "another program listens there already, maybe another rollcall; find it with " + finder(port) + " and end it, or set another address"
	case errors.Is(e.Err, platform.PortDenied):
		return text + "this account may not use port " + port + ": set a port from 1024 on"
	case errors.Is(e.Err, platform.AddressNotHere):
		return text + "this machine does not have that address: set one that it has, such as 127.0.0.1:" + port
	}
	return text + e.Err.Error() + ": set another address, such as 127.0.0.1:4910"
}

func (e *Error) Unwrap() error { return e.Err }

// Taken reports whether another program has the address. That can pass; all other
// addresses stay wrong until somebody changes the setting.
func (e *Error) Taken() bool { return errors.Is(e.Err, platform.AddressInUse) }

// finder is a command that shows which program listens on a port.
func finder(port string) string {
	switch runtime.GOOS {
	case "linux":
		return fmt.Sprintf("ss -ltnp 'sport = :%s' (as root)", port)
	case "windows":
		return "netstat -ano | findstr :" + port
	}
	return fmt.Sprintf("lsof -nP -iTCP:%s -sTCP:LISTEN", port)
}
