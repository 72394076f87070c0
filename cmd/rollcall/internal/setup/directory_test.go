package setup

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

// noEnvironment has no variables.
func noEnvironment(string) (string, bool) { return "", false }

// A server whose CA this machine does not know is asked about with the file of the CA, and
// about nothing else. A file that is not of that CA is asked for again, with every line of
// the error on a line of its own.
func TestUnknownCAIsAskedFor(t *testing.T) {
	known, other := ldaptest.NewPKI(t, "127.0.0.1"), ldaptest.NewPKI(t, "127.0.0.1")
	server := ldaptest.Start(t, ldaptest.Config{TLS: known})
	var out bytes.Buffer
	answers := []string{server.TLSURL, ldaptest.BindDN, server.PasswordFile(), "", other.CA, known.CA, ""}
	s := setup{Dialogue: NewDialogue(strings.NewReader(strings.Join(answers, "\n")), &out, true), answers: Answers{Kind: "ldap"}, lookup: noEnvironment}
	if err := s.askSource(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	text := out.String()
	if n := strings.Count(text, "PROBLEM: start TLS with "+server.TLSURL); n != 2 || strings.Contains(text, `\u000a`) {
		t.Errorf("%d problems in\n%s", n, text)
	}
	for question, times := range map[string]int{"The server": 1, "The DN to log in": 1, "The file with its password": 1, "The base DN": 1, "The file with the certificate of that CA": 2} {
		if n := strings.Count(text, question); n != times {
			t.Errorf("%q was asked %d times, want %d:\n%s", question, n, times, text)
		}
	}
	if s.answers.LDAP.CAFile != known.CA || s.answers.LDAP.BaseDN != "" {
		t.Errorf("%+v", s.answers.LDAP)
	}
}

// Without somebody to answer, the error names the flag.
func TestUnknownCANamesTheFlag(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{TLS: ldaptest.NewPKI(t, "127.0.0.1")})
	s := setup{Dialogue: NewDialogue(nil, &bytes.Buffer{}, false), lookup: noEnvironment,
		answers: Answers{Kind: "ldap", LDAP: LDAP{URL: server.TLSURL, BindDN: ldaptest.BindDN, PasswordFile: server.PasswordFile()}}}
	if err := s.askSource(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "set ca_file to that CA: try --ldap-ca-file") {
		t.Error(err)
	}
	s.answers.LDAP = LDAP{URL: "ldap://127.0.0.1:1", BindDN: ldaptest.BindDN, PasswordFile: server.PasswordFile()}
	if err := s.askSource(t.Context()); err == nil || strings.Contains(err.Error(), "--ldap-ca-file") {
		t.Error(err)
	}
}

// A wrong base is shown again, and "-" takes it away.
func TestBaseCanBeTakenAway(t *testing.T) {
	l := LDAP{URL: "ldaps://dc1", BindDN: "cn=a", PasswordFile: "p", BaseDN: "x"}
	l.doubt(&source.FieldError{Path: "ldap.base_dn", Problem: "is no DN"})
	var out bytes.Buffer
	s := setup{Dialogue: NewDialogue(strings.NewReader("-\n"), &out, true), answers: Answers{LDAP: l}}
	if err := s.askLDAP(t.Context()); err != nil || s.answers.LDAP.BaseDN != "" || out.String() != "The base DN of people and groups (-: the whole directory) [x]: " {
		t.Errorf("%v, %+v\n%s", err, s.answers.LDAP, out.String())
	}
}

// Texts break between words, and each line of an error is escaped for itself (S35).
func TestS35LinesFitTheTerminal(t *testing.T) {
	var out bytes.Buffer
	d := NewDialogue(nil, &out, false)
	d.Width = 40
	d.print("note: %s", "some words that do not fit a line of forty")
	d.printProblem(errors.Join(errors.New("one \x1b[2J"), fmt.Errorf("  two")))
	if got, want := out.String(), "note: some words that do not fit a line\n  │ of forty\nPROBLEM: one \\u001b[2J\n  │ two\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
