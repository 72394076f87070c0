package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// What may be wrong with a file that came over a network. Nothing of it was
// used; trying again later can help.
var (
	// ErrIncomplete says that less arrived than the server has.
	ErrIncomplete = errors.New("file did not arrive whole")
	// ErrChecksum says that what arrived is not what the checksum was made of.
	ErrChecksum = errors.New("checksum differs")
)

// FetchError says that a file behind a URL could not be read. It holds neither
// a password nor a token nor the query of the URL.
type FetchError struct {
	// URL is the address without its query.
	URL     string
	Problem string
	// Hint says what to do next; it can be empty.
	Hint string
	// Err is what the library or the system said; nil for a finding of ours.
	Err error
	// again says that it may be different a moment later.
	again bool
	// outage says that the server or the way to it failed, see [Outage].
	outage bool
}

// Error gives the whole in one line.
func (e *FetchError) Error() string {
	text := "fetch " + e.URL + ": " + e.Problem
	if e.Err != nil {
		text += " (" + cleanText(e.Err.Error()) + ")"
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap gives the cause, context.Canceled among them.
func (e *FetchError) Unwrap() error { return e.Err }

// errTransferTime ends a transfer that takes longer than it may.
var errTransferTime = errors.New("the transfer took longer than transfer_timeout")

// fetchFailure turns whatever ended a transfer into a [FetchError]. ctx is the
// one of the transfer: what it was ended for comes before the errors that its
// end makes.
func fetchFailure(ctx context.Context, shown string, err error) error {
	if known, ok := errors.AsType[*FetchError](err); ok && ctx.Err() == nil {
		known.URL = or(known.URL, shown)
		return known
	}
	e := &FetchError{URL: shown, Err: err}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTransferTime):
		e.Problem, e.Err, e.Hint, e.outage = "timed out", cause, "look at the server, or raise transfer_timeout", true
	case cause != nil:
		e.Problem, e.Err = "cancelled", cause
	case isLocalFault(err):
		e.Problem = "problem on this machine"
	case tlsHint(err) != "" || isAlert(err):
		e.Problem, e.Hint, e.outage = "TLS failed", tlsHint(err), true
	case isTimeout(err):
		e.Problem, e.Hint, e.outage = "timed out", "look at the server, or raise connect_timeout", true
	case errors.Is(err, errTooLarge):
		e.Problem, e.Err, e.Hint = err.Error(), nil, "raise max_megabytes if the file may be that large"
	case brokenOff(err):
		e.Problem, e.Err, e.again = "the connection broke off", fmt.Errorf("%w: %w", ErrIncomplete, e.Err), true
		e.outage, e.Hint = true, "nothing of it was used; look at the server and at what stands before it"
	default:
		e.Problem, e.again = "no connection, or it was lost", true
		e.outage, e.Hint = true, "check that the server runs and can be reached"
	}
	return e
}

// brokenOff reports whether a connection ended before the answer did.
func brokenOff(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "stream error") ||
		strings.Contains(err.Error(), "connection broken") || strings.Contains(err.Error(), "unexpected EOF")
}

// isAlert reports whether one side of the TLS handshake refused the other.
func isAlert(err error) bool {
	_, alert := errors.AsType[tls.AlertError](err)
	return alert || strings.Contains(err.Error(), "tls: ")
}

// readSecret reads a file that holds a password or a token, anew for each
// transfer, so that a rotated one counts. Editors and echo leave a line end.
func readSecret(key, file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", &localFault{fmt.Errorf("read %s: %w", key, err)}
	}
	text := strings.TrimRight(string(b), "\r\n")
	switch {
	case text == "":
		return "", &localFault{fmt.Errorf("read %s %s: it is empty", key, file)}
	case strings.ContainsAny(text, "\r\n\x00"):
		return "", &localFault{fmt.Errorf("read %s %s: it has more than one line", key, file)}
	}
	return text, nil
}
