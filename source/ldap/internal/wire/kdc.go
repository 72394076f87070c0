package wire

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rollcall/source/internal/panics"
)

// kdcFault is why there is no ticket: no KDC answered, or one refused. It is no
// word of the directory, and no fault of TLS.
type kdcFault struct {
	code          int
	meaning, hint string
	err           error
}

func (e *kdcFault) Error() string { return e.err.Error() }
func (e *kdcFault) Unwrap() error { return e.err }

func isKDCFault(err error) bool {
	_, ok := errors.AsType[*kdcFault](err)
	return ok
}

// kdcRefusals are the codes of RFC 4120 section 7.5.9 that a client meets.
// CLIENT and SERVICE stand for the two principals.
var kdcRefusals = map[int]codeText{
	1:  {"the KDC says that the account of CLIENT has expired", "extend or replace the account"},
	6:  {"the KDC does not know the principal CLIENT", "check gssapi.principal and gssapi.realm: in Active Directory a principal is the sAMAccountName of the account"},
	7:  {"the KDC does not know the service SERVICE", "use the host name from the server's Kerberos principal in the URL, or set gssapi.service"},
	12: {"a policy of the KDC refuses CLIENT", "check the logon hours and the workstations of the account"},
	14: {"the KDC and the keys of CLIENT have no encryption type in common", "allow AES for the account and export a new keytab"},
	18: {"the KDC says that the account of CLIENT is disabled, expired or locked", "enable or replace the account"},
	23: {"the KDC says that the password of CLIENT has expired", "set a password that does not expire, and export a new keytab"},
	24: {"the KDC refuses the key of CLIENT", "the keytab has an old key or another account's key: export a new keytab after each password change"},
	25: {"the KDC refuses the key of CLIENT", "the keytab has an old key or another account's key: export a new keytab after each password change"},
	32: {"the ticket of CLIENT has expired", "get a new one with kinit, or set gssapi.keytab"},
	37: {"the clocks of this machine and of the KDC differ too much", "synchronize both clocks with NTP"},
	68: {"the KDC does not serve the realm of CLIENT", "check gssapi.realm, and the kdc of that realm in krb5.conf"},
}

// kdcTexts finds what the library itself says; it keeps no types.
var kdcTexts = []struct {
	part string
	codeText
}{
	{"matching key not found in keytab", codeText{"the keytab has no key of CLIENT that the KDC accepts", "compare gssapi.principal and gssapi.realm with the output of klist -ke, and export a keytab with AES keys"}},
	{"clock skew with KDC too large", codeText{"the clocks of this machine and of the KDC differ too much", "synchronize both clocks with NTP"}},
	{"no valid existing session", codeText{"the ticket of CLIENT has expired", "get a new one with kinit, or set gssapi.keytab"}},
}

var kdcCode = regexp.MustCompile(`KRB Error: \((\d+)\)`)

// newKDCFault says in words why the library has no ticket.
func newKDCFault(err error, who, service string) error {
	if panics.Is(err) || errors.Is(err, context.Canceled) {
		return err
	}
	f := &kdcFault{code: CodeLocal, err: err}
	text := kdcText(err)
	if text == (codeText{}) {
		f.code, text = CodeServerDown, codeText{"no KDC answered", "check the kdc of the realm in krb5.conf, and that its port 88 can be reached"}
		if errors.Is(err, context.DeadlineExceeded) {
			f.code, f.err = CodeTimeout, errTimedOut
		}
	}
	names := strings.NewReplacer("CLIENT", who, "SERVICE", service)
	f.meaning, f.hint = names.Replace(text.meaning), text.hint
	return f
}

// kdcText is empty where nobody refused: no KDC was reached.
func kdcText(err error) codeText {
	said := err.Error()
	if m := kdcCode.FindStringSubmatch(said); m != nil {
		code, _ := strconv.Atoi(m[1]) // digits, says the expression
		if text, ok := kdcRefusals[code]; ok {
			return text
		}
		return codeText{fmt.Sprintf("the KDC refuses CLIENT with code %d", code), "check the KDC's log"}
	}
	for _, known := range kdcTexts {
		if strings.Contains(said, known.part) {
			return known.codeText
		}
	}
	unanswered := func(part string) bool { return strings.Contains(said, part) }
	if errors.Is(err, context.DeadlineExceeded) ||
		slices.ContainsFunc([]string{"Networking_Error", "communicat", "sending to a KDC", "SRV records", "no such host"}, unanswered) {
		return codeText{}
	}
	return codeText{"no ticket for CLIENT", "check gssapi and krb5.conf"}
}
