package file

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"rollcall/source"
	"rollcall/source/internal/tlsfile"
	"rollcall/source/platform"
)

// What may be wrong with a file that came over a network. Nothing of it was
// used; trying again later can help.
var (
	// ErrIncomplete says that less arrived than the server has.
	ErrIncomplete = errors.New("the file did not arrive completely")
	// ErrChecksum says that what arrived is not what the checksum was made of.
	ErrChecksum = errors.New("the checksum differs")
)

// FetchError says that a file behind a URL could not be read. It holds neither
// a password nor a token nor the query of the URL.
type FetchError struct {
	// URL is the address without its query.
	URL     string
	Problem string
	// Hint says what to do next; it can be empty.
	Hint string
	// Err is what the library or the system said; nil if rollcall found the problem itself.
	Err error
	// retry says that it may be different a moment later.
	retry bool
	// outage says that the server or the way to it failed, see [source.Outage].
	outage bool
}

// Error gives the whole in one line.
func (e *FetchError) Error() string {
	text := "fetch " + e.URL + ": " + e.Problem + source.Said(e.Err)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap gives the cause, context.Canceled among them.
func (e *FetchError) Unwrap() error { return e.Err }

// Outage reports whether the server or the way to it failed, see [source.Outage].
func (e *FetchError) Outage() bool { return e.outage }

// CommandError says that a program did not write a whole file. It holds no
// argument of the program, and nothing that the program wrote.
type CommandError struct {
	Program string
	Problem string
	// Hint says what to do next; it can be empty.
	Hint string
	// Err is the cause; nil if the problem says it.
	Err error
}

// Error gives the whole in one line.
func (e *CommandError) Error() string {
	text := "run " + source.Escape(e.Program) + ": " + e.Problem + source.Said(e.Err)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap gives the cause, context.Canceled among them.
func (e *CommandError) Unwrap() error { return e.Err }

// errTransferTime ends a transfer that takes longer than it may.
var errTransferTime = errors.New("the transfer took longer than transfer_timeout")

// fetchFailure turns the error that ended a transfer into a [FetchError]. ctx is the
// one of the transfer: what it was ended for comes before the errors that its
// end makes.
func fetchFailure(ctx context.Context, shown string, err error) error {
	if known, ok := errors.AsType[*FetchError](err); ok && ctx.Err() == nil {
		known.URL = cmp.Or(known.URL, shown)
		return known
	}
	e := &FetchError{URL: shown, Err: err}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTransferTime):
		e.Problem, e.Err, e.Hint, e.outage = "timed out", cause, "check the server, or raise transfer_timeout", true
	case cause != nil:
		e.Problem, e.Err = "cancelled", cause
	case tlsfile.IsLocalFault(err):
		e.Problem = "problem on this machine"
	case tlsfile.Hint(err) != "" || isAlert(err):
		e.Problem, e.Hint, e.outage = "TLS failed", cmp.Or(tlsfile.Hint(err), tlsfile.UnreadableHint(err)), true
	case tlsfile.IsTimeout(err):
		e.Problem, e.Hint, e.outage = "timed out", "check the server, or raise connect_timeout", true
	case errors.Is(err, errTooLarge):
		e.Problem, e.Err, e.Hint = err.Error(), nil, "if that size is expected, raise max_megabytes"
	case brokenOff(err):
		e.Problem, e.Err, e.retry = "the connection was lost during the transfer", fmt.Errorf("%w: %w", ErrIncomplete, e.Err), true
		e.outage, e.Hint = true, "nothing from it was used; check the server, and any proxy in front of it"
	default:
		e.Problem, e.retry = "the connection failed or was lost", true
		e.outage, e.Hint = true, "check that the server runs and can be reached"
	}
	return e
}

// brokenOff reports whether a connection ended before the answer did.
func brokenOff(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, platform.ConnectionReset) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "stream error") ||
		strings.Contains(err.Error(), "connection broken") || strings.Contains(err.Error(), "unexpected EOF")
}

// isAlert reports whether one side of the TLS handshake refused the other.
func isAlert(err error) bool {
	_, alert := errors.AsType[tls.AlertError](err)
	return alert || strings.Contains(err.Error(), "tls: ")
}
