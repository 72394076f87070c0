package transport

import (
	"context"
	"errors"
	"net"
)

// NotConnected reports whether there was no connection, so that nothing was
// sent.
func NotConnected(err error) bool {
	if errors.Is(err, ErrProxyRefused) {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "dial" || op.Op == "proxyconnect")
}

// IsTimeout reports whether the time ran out before an answer was there.
func IsTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}
