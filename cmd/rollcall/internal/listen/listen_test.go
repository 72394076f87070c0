package listen

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// An address that another program has is said with how to find it. One that is free is
// taken.
func TestAddressOfAnotherProgram(t *testing.T) {
	first, err := On(t.Context(), "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := first.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = On(t.Context(), "--listen", address)
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.Taken() || !strings.HasPrefix(err.Error(), "--listen: cannot listen on "+address+": another program listens there already, maybe another rollcall; find it with ") ||
		!strings.Contains(err.Error(), ":"+port) || !strings.HasSuffix(err.Error(), " and end it, or set another address") {
		t.Errorf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := On(t.Context(), "--listen", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// What no address can be is said with what one looks like.
func TestAddressesThatCannotBe(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:4910":  "serve.listen: cannot listen on 192.0.2.1:4910: this machine does not have that address: set one that it has, such as 127.0.0.1:4910",
		"127.0.0.1:99999": "invalid port: set another address, such as 127.0.0.1:4910",
		"nowhere":         "missing port in address: set another address, such as 127.0.0.1:4910",
	} {
		_, err := On(t.Context(), "serve.listen", address)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Taken() || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", address, err)
		}
	}
	denied := &Error{"serve.listen", "127.0.0.1:80", os.NewSyscallError("bind", syscall.EACCES)}
	if want := "serve.listen: cannot listen on 127.0.0.1:80: this account may not use port 80: set a port from 1024 on"; denied.Error() != want || denied.Taken() {
		t.Errorf("got %v", denied)
	}
}
