package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Result codes of RFC 4511 that say that the server has trouble.
const (
	codeTimeLimit   = 3
	codeBusy        = 51
	codeUnavailable = 52
	codeOther       = 80
)

// Result codes that no server sends: the client side has them from the C API
// (draft-ietf-ldapext-ldap-c-api), and admins know them from its tools.
const (
	codeServerDown = 81
	codeLocal      = 82
	codeDecoding   = 84
	codeTimeout    = 85
	codeCancelled  = 88
)

// LDAPError says that a directory could not be read. Nothing may be concluded
// from such a read (S09). It never holds a password.
type LDAPError struct {
	// Op is what was tried: connect, start TLS, bind, search.
	Op string
	// Server is the address that was spoken to, Base and Filter what was
	// asked; empty where it did not come to asking.
	Server string
	Base   string
	Filter string
	// Code is the result code of RFC 4511, or one of the C API where no
	// server answered: 81 connection lost, 82 a problem on this machine, 84 not understood, 85 timed out,
	// 88 cancelled.
	Code    int
	Meaning string
	// Hint says what to do next; it can be empty.
	Hint string
	// Err is what the library or the system said; nil for a finding of ours.
	Err error
}

// Error gives the whole in one line.
func (e *LDAPError) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + " " + e.Server)
	if e.Op == opSearch {
		fmt.Fprintf(&b, " for %s below %q", cleanText(e.Filter), e.Base)
	}
	fmt.Fprintf(&b, ": code %d, %s", e.Code, e.Meaning)
	if e.Err != nil {
		b.WriteString(" (" + cleanText(e.Err.Error()) + ")")
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap gives the cause, context.Canceled among them.
func (e *LDAPError) Unwrap() error { return e.Err }

// The operations that an [LDAPError] names.
const (
	opConnect  = "connect to"
	opStartTLS = "start TLS with"
	opBind     = "bind to"
	opSearch   = "search"
)

type codeText struct{ meaning, hint string }

// codeTexts covers the codes that a read meets; the library knows the others' names.
var codeTexts = map[int]codeText{
	1:  {"operations error", "Active Directory answers this to a search before a bind: set bind_dn"},
	3:  {"time limit exceeded", "raise the server's time limit for the bind DN, or index what the filter names"},
	4:  {"size limit exceeded", "raise the server's size limit for the bind DN, or allow it paged results"},
	7:  {"authentication method not supported", "the server does not offer this kind of bind: bind: external needs a client certificate or ldapi://"},
	8:  {"stronger authentication required", "use ldaps:// or leave tls at starttls"},
	10: {"referral to another server", "name the server that holds this base, or narrow base_dn"},
	11: {"administrative limit exceeded", "lower page_size, or raise the server's limits for the bind DN"},
	12: {"critical extension unavailable", "the server does not support a control that the read needs"},
	13: {"confidentiality required", "use ldaps:// or leave tls at starttls"},
	32: {"no such object", "check the base DN, and whether the bind DN may see it"},
	34: {"invalid DN", "check base_dn and the DNs of the rules"},
	48: {"inappropriate authentication", "the server refuses this kind of bind"},
	49: {"invalid credentials", "check bind_dn and the content of bind_password_file"},
	50: {"insufficient access rights", "let the bind DN read and search this base"},
	51: {"server busy", "try again later"},
	52: {"server unavailable", "try again later, or name further servers in urls"},
	53: {"server unwilling to perform", "ask the server's log why"},
	80: {"other error of the server", "ask the server's log why"},

	codeServerDown: {"connection failed or was lost", "check that the server runs and can be reached; nothing of this read was used"},
	codeLocal:      {"problem on this machine", ""},
	codeDecoding:   {"answer not understood", "nothing of this read was used"},
	codeTimeout:    {"timed out", "check the server, or raise connect_timeout, bind_timeout or request_timeout"},
	codeCancelled:  {"cancelled", ""},
}

// ldapFailure turns whatever went wrong into an [LDAPError]. An error that
// already is one keeps its own words, unless it is the echo of a cancellation.
func ldapFailure(ctx context.Context, at LDAPError, err error) error {
	if known, ok := errors.AsType[*LDAPError](err); ok {
		if ctx.Err() == nil || errors.Is(known, ctx.Err()) {
			return known
		}
		at.Op, at.Server, at.Base, at.Filter = known.Op, known.Server, known.Base, known.Filter
	}
	at.Code, at.Err = classify(ctx, err)
	text, ok := codeTexts[at.Code]
	if !ok {
		text.meaning = strings.ToLower(ldap.LDAPResultCodeMap[uint16(at.Code)])
	}
	at.Meaning, at.Hint = text.meaning, text.hint
	if hint := tlsHint(err); hint != "" && ctx.Err() == nil {
		at.Meaning, at.Hint = "TLS failed", hint
	}
	if _, ok := errors.AsType[*startTLSRefused](err); ok && ctx.Err() == nil {
		at.Hint = "the server refused StartTLS, so no password was sent: use ldaps://, or mend its TLS (tls: off would send everything in clear text)"
	}
	return &at
}

// classify finds the code. The context goes first: closing the connection on
// cancellation makes every other error, and all of them are its echo.
func classify(ctx context.Context, err error) (int, error) {
	if ctx.Err() != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return codeTimeout, context.Cause(ctx)
		}
		return codeCancelled, context.Cause(ctx)
	}
	if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
		return int(e.ResultCode), e.Err
	}
	if e, ok := errors.AsType[*startTLSRefused](err); ok {
		return e.code, err
	}
	if isLocalFault(err) {
		return codeLocal, err
	}
	if errors.Is(err, errTimedOut) || errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err) {
		return codeTimeout, err
	}
	if errors.Is(err, errMalformed) {
		return codeDecoding, err
	}
	return codeServerDown, err
}

var (
	errTimedOut  = errors.New("no answer in time")
	errMalformed = errors.New("malformed answer")
	// errCertRefused is what a server does that wants another client certificate.
	errCertRefused = errors.New("the server asked for a client certificate and closed the connection")
)

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// tlsHint says in words what is wrong with a certificate; empty for errors
// that are not about TLS.
func tlsHint(err error) string {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "the server's certificate has expired or is not valid yet: renew it, or check this machine's clock"
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the server's certificate is not for %q: connect by the name it bears, or set server_name", e.Host)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "nobody whom this machine trusts signed the server's certificate: set ca_file to its CA"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak TLS here: use ldap:// for StartTLS, or another port"
	}
	text := err.Error()
	if errors.Is(err, errCertRefused) || strings.Contains(text, "certificate required") || strings.Contains(text, "tls: bad certificate") ||
		strings.Contains(text, "tls: unknown certificate") {
		return "the server wants another client certificate: set cert_file and key_file to one that it trusts"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the server's certificate cannot be verified"
	}
	return ""
}

// cleanText keeps a server's free text from steering a terminal (S35).
func cleanText(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		if hasInvisibleRune(string(r)) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.TrimSpace(s)
}

func asLDAPError(err error) (*LDAPError, bool) { return errors.AsType[*LDAPError](err) }
