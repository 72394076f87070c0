package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/internal/panics"
	"rollcall/source/internal/tlsfile"
	"rollcall/source/platform"
)

// Result codes of RFC 4511 that say that the server has trouble.
const (
	CodeTimeLimit   = 3
	CodeBusy        = 51
	CodeUnavailable = 52
	CodeOther       = 80
)

// Result codes of RFC 4511 that are about one answer of an admin.
const (
	codeOperations      = ldap.LDAPResultOperationsError
	codeStrongerAuth    = ldap.LDAPResultStrongAuthRequired
	codeConfidentiality = ldap.LDAPResultConfidentialityRequired
	codeInvalidDN       = ldap.LDAPResultInvalidDNSyntax
	codeAccessRights    = ldap.LDAPResultInsufficientAccessRights
)

// Result codes that no server sends: the client side has them from the C API
// (draft-ietf-ldapext-ldap-c-api), and admins know them from its tools.
const (
	CodeServerDown = 81
	CodeLocal      = 82
	CodeDecoding   = 84
	CodeTimeout    = 85
	CodeCancelled  = 88
)

// Error says that a directory could not be read. Nothing may be concluded
// from such a read (S09). It never holds a password.
type Error struct {
	// Op is what was tried: connect, start TLS, bind, search.
	Op string
	// Server is the address that was spoken to, Base and Filter what was
	// asked; empty where it did not come to asking.
	Server string
	Base   string
	Filter string
	// Account is the bind DN of a bind with a password; empty otherwise.
	Account string
	// Code is the result code of RFC 4511, or one of the C API where no
	// server answered: 81 connection lost, 82 a problem on this machine, 84 not understood, 85 timed out,
	// 88 cancelled.
	Code    int
	Meaning string
	// Hint says what to do next; it can be empty.
	Hint string
	// Err is what the library or the system said; nil if rollcall found the problem itself.
	Err error
}

// Error gives the whole in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + " " + e.Server)
	if e.Account != "" {
		b.WriteString(" as " + source.CleanText(e.Account))
	}
	if e.Op == OpSearch {
		if e.Filter != "" {
			b.WriteString(" for " + source.CleanText(e.Filter))
		}
		fmt.Fprintf(&b, " below %q", e.Base)
	}
	fmt.Fprintf(&b, ": code %d, %s", e.Code, e.Meaning)
	b.WriteString(source.Said(e.Err))
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Keys are the keys of the configuration whose values may be at fault, so that whoever
// has set them looks there first.
func (e *Error) Keys() []string {
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](e.Err); unknown {
		return []string{"ca_file"}
	}
	switch {
	case e.Op == OpConnect, e.Op == OpStartTLS, e.Outage(), e.Code == codeStrongerAuth, e.Code == codeConfidentiality:
		return []string{"urls"}
	case e.Op == OpBind && e.Code == CodeLocal:
		return []string{"bind_password_file"}
	case e.Op == OpBind && e.Code == codeInvalidDN:
		return []string{"bind_dn"}
	case e.Op == OpBind, e.Code == codeOperations, e.Code == codeAccessRights:
		return []string{"bind_dn", "bind_password_file"}
	}
	return []string{"base_dn"}
}

// Unwrap gives the cause, context.Canceled among them.
func (e *Error) Unwrap() error { return e.Err }

// The operations that an [Error] names.
const (
	OpConnect  = "connect to"
	OpStartTLS = "start TLS with"
	OpBind     = "bind to"
	OpSearch   = "search"
)

type codeText struct{ meaning, hint string }

// codeTexts covers the codes that a read meets; the library knows the others' names.
var codeTexts = map[int]codeText{
	1:  {"operations error", "Active Directory gives this answer to a search without a bind: set bind_dn"},
	3:  {"time limit exceeded", "raise the server's time limit for the bind DN, or index the attributes in the filter"},
	4:  {"size limit exceeded", "raise the server's size limit for the bind DN, or allow paged results for it"},
	7:  {"authentication method not supported", "the server does not support this bind method; bind: external needs a client certificate or ldapi://"},
	8:  {"stronger authentication required", "use ldaps:// or leave tls at starttls"},
	10: {"referral to another server", "set urls to the server that has this base, or use a narrower base_dn"},
	11: {"administrative limit exceeded", "lower page_size, or raise the server's limits for the bind DN"},
	12: {"critical extension unavailable", "the server does not support a control that rollcall needs"},
	13: {"confidentiality required", "use ldaps:// or leave tls at starttls"},
	32: {"no such object", "check the base DN, and check that the bind account can read it"},
	34: {"invalid DN", "check base_dn and the DNs of the rules"},
	48: {"inappropriate authentication", "the server refuses this bind method"},
	49: {"invalid credentials", "check that bind_dn exists and that bind_password_file has its password"},
	50: {"insufficient access rights", "allow the bind DN to read and search this base"},
	51: {"server busy", "try again later"},
	52: {"server unavailable", "try again later, or add more servers to urls"},
	53: {"server unwilling to perform", "check the server's log"},
	80: {"other server error", "check the server's log"},

	CodeServerDown: {"connection failed or was lost", "check that the server runs and can be reached; nothing from this read was used"},
	CodeLocal:      {"problem on this machine", ""},
	CodeDecoding:   {"the answer is not valid LDAP", "nothing from this read was used"},
	CodeTimeout:    {"timed out", "check the server, or raise connect_timeout, bind_timeout or request_timeout"},
	CodeCancelled:  {"cancelled", ""},
}

// Failure turns an error into an [Error]. An error that
// already is one keeps its own words, unless it is the echo of a cancellation.
func Failure(ctx context.Context, at Error, err error) error {
	if known, ok := errors.AsType[*Error](err); ok {
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
	if hint := tlsfile.Hint(err); hint != "" && ctx.Err() == nil {
		at.Meaning, at.Hint = "TLS failed", hint
	}
	if hint := tlsfile.UnreadableHint(err); hint != "" && ctx.Err() == nil {
		at.Meaning, at.Hint = "TLS failed", hint
	}
	if e, ok := errors.AsType[*otherCertificate](err); ok && ctx.Err() == nil {
		at.Meaning, at.Hint = "TLS failed", "the certificate has the SHA-256 "+e.is.String()+", which fingerprints does not list: it was renewed, or somebody else answers; ask the server's admin for the fingerprint before you change the list"
	}
	if hint := unreached(err); hint != "" && at.Code == CodeServerDown {
		at.Hint = hint
	}
	if at.Code == CodeServerDown && ldapOnTLSPort(at.Server) && ctx.Err() == nil {
		at.Hint = "this port usually expects TLS from the first byte: write ldaps:// instead of ldap://"
	}
	if e, ok := errors.AsType[*kdcFault](err); ok && ctx.Err() == nil {
		at.Meaning, at.Hint = e.meaning, e.hint
	}
	if _, ok := errors.AsType[*startTLSRefused](err); ok && ctx.Err() == nil {
		at.Hint = "the server refused StartTLS, so no password was sent: use ldaps://, or fix the server's TLS (tls: off would send everything in clear text)"
	}
	return &at
}

// unreached says what to check if there was no connection at all.
func unreached(err error) string {
	if _, unknown := errors.AsType[*net.DNSError](err); unknown {
		return "check the name of the server in urls, and the DNS of this machine"
	}
	if errors.Is(err, platform.ConnectionRefused) {
		return "nothing listens there: check the port in urls, that the server runs, and the firewall"
	}
	return ""
}

// ldapOnTLSPort reports whether an address names a port of ldaps, or of the
// global catalog over ldaps, with the scheme of plain LDAP.
func ldapOnTLSPort(server string) bool {
	return strings.HasPrefix(server, "ldap://") && (strings.HasSuffix(server, ":636") || strings.HasSuffix(server, ":3269"))
}

// classify finds the code. The context goes first: closing the connection on
// cancellation makes every other error, and all of them are its echo.
func classify(ctx context.Context, err error) (int, error) {
	if ctx.Err() != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return CodeTimeout, context.Cause(ctx)
		}
		return CodeCancelled, context.Cause(ctx)
	}
	if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
		return int(e.ResultCode), e.Err
	}
	if e, ok := errors.AsType[*startTLSRefused](err); ok {
		return e.code, err
	}
	if e, ok := errors.AsType[*kdcFault](err); ok {
		return e.code, e.err
	}
	if tlsfile.IsLocalFault(err) || panics.Is(err) {
		return CodeLocal, err
	}
	if errors.Is(err, errTimedOut) || errors.Is(err, os.ErrDeadlineExceeded) || tlsfile.IsTimeout(err) {
		return CodeTimeout, err
	}
	if errors.Is(err, ErrMalformed) {
		return CodeDecoding, err
	}
	return CodeServerDown, err
}

var (
	errTimedOut = errors.New("no answer in time")
	// ErrMalformed says that an answer makes no sense.
	ErrMalformed = errors.New("malformed answer")
)

// IsCode reports whether an error is an [Error] with one of the codes.
func IsCode(err error, codes ...int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(codes, e.Code)
}

// TooManyMembers is the bound on members (S37).
func TooManyMembers(server, dn string, most int) error {
	return &Error{
		Op: OpSearch, Server: server, Base: dn, Filter: "(objectClass=*)", Code: CodeDecoding,
		Meaning: fmt.Sprintf("the groups have more than %d members", most),
		Hint:    "check the groups in the rules, or raise max_members",
	}
}

// Outage reports whether the server is down or in trouble, see [source.Outage].
func (e *Error) Outage() bool {
	return slices.Contains([]int{CodeTimeLimit, CodeBusy, CodeUnavailable, CodeOther, CodeServerDown, CodeTimeout}, e.Code)
}
