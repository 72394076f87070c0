package wire

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"rollcall/source/ldap/ldaptest"
)

// Only an answer to StartTLS that is whole and says success is one (S37).
func TestS37StartTLSAnswers(t *testing.T) {
	const extended = 24 // ExtendedResponse of RFC 4511
	success := string(ldaptest.Result(1, extended, 0, nil).Bytes())
	for name, c := range map[string]struct{ answer, want string }{
		"success":          {success, ""},
		"refused":          {string(ldaptest.Result(1, extended, 2, nil).Bytes()), "LDAP Result Code 2"},
		"long length":      {"\x30\x84\x00\x00\x00\x0c" + success[2:], ""},
		"cut in its head":  {success[:1], "EOF"},
		"cut in a length":  {"\x30\x84\x00", "EOF"},
		"cut in its body":  {success[:6], "EOF"},
		"no message":       {"HTTP/1.1 400 Bad Request\r\n", "malformed answer"},
		"too long":         {"\x30\x83\x01\x00\x00" + strings.Repeat("x", 10), "malformed answer"},
		"no length":        {"\x30\x80\x00\x00", "malformed answer"},
		"no packet within": {"\x30\x02\x02\x09", "malformed answer"},
	} {
		ours, theirs := net.Pipe()
		go func() {
			_, _ = theirs.Read(make([]byte, 1000))
			_, _ = io.WriteString(theirs, c.answer) // the client may have seen enough
			_ = theirs.Close()
		}()
		err := startTLS(ours)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, refused := errors.AsType[*startTLSRefused](err); refused != (name == "refused") {
			t.Errorf("%s: refused %t", name, refused)
		}
		_ = ours.Close()
	}
	ours, theirs := net.Pipe()
	_ = theirs.Close()
	if err := startTLS(ours); err == nil {
		t.Error("a connection that is closed answers")
	}
}
