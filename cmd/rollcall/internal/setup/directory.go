package setup

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"rollcall/source/ldap"
)

// LDAP is a directory.
type LDAP struct {
	URL, TLS, CAFile, BindDN, PasswordFile, BaseDN string

	earlier *LDAP // the answers that were in doubt; nil if none was
	// answered are the keys whose questions need not be asked again: no answer is one too.
	answered map[string]bool
	// unknownCA says that nothing on this machine vouches for the server's certificate.
	unknownCA bool
}

// directoryQuestion asks for a key of the configuration.
type directoryQuestion struct {
	key, question string
	of            func(*LDAP) *string
}

// caFile is only asked for when the server's certificate was not accepted.
const caFile = "ldap.ca_file"

// baseDN may be left out: the directory then says where it begins.
const baseDN = "ldap.base_dn"

// directoryQuestions are in the order in which a connection needs the answers.
var directoryQuestions = []directoryQuestion{
	{"ldap.urls", "The server, such as ldaps://dc1.corp.example", func(l *LDAP) *string { return &l.URL }},
	{caFile, "The file with the certificate of that CA, in PEM form (ask whoever runs the server)", func(l *LDAP) *string { return &l.CAFile }},
	{"ldap.bind_dn", "The DN to log in as (for Active Directory also user@domain)", func(l *LDAP) *string { return &l.BindDN }},
	{"ldap.bind_password_file", "The file with its password", func(l *LDAP) *string { return &l.PasswordFile }},
	{baseDN, "The base DN of people and groups (-: the whole directory)", func(l *LDAP) *string { return &l.BaseDN }},
}

// askLDAP asks for what is not answered yet. An answer that was in doubt stands in
// brackets, so Enter keeps it.
func (s *setup) askLDAP(ctx context.Context) (err error) {
	l := &s.answers.LDAP
	if l.answered == nil {
		l.answered = map[string]bool{}
	}
	for _, q := range directoryQuestions {
		if into := q.of(l); *into == "" && !l.answered[q.key] && (q.key != caFile || l.unknownCA) {
			standard := ""
			if q.key == baseDN {
				standard = noAnswer
			}
			if l.earlier != nil {
				standard = cmp.Or(*q.of(l.earlier), standard)
			}
			if *into, err = s.ask(ctx, q.question, standard); err != nil {
				return err
			}
			if l.answered[q.key] = true; *into == noAnswer {
				*into = ""
			}
		}
	}
	return nil
}

// doubt clears the answers that an error is about: all of them if it does not say.
func (l *LDAP) doubt(err error) {
	earlier := *l
	l.earlier = &earlier
	keys := fieldsOf(err)
	for _, e := range errorsIn[*ldap.Error](err) {
		for _, key := range e.Keys() {
			keys = append(keys, "ldap."+key)
		}
	}
	isAbout := func(question string) bool {
		return slices.ContainsFunc(keys, func(key string) bool {
			return strings.HasPrefix(key, question) || key == "ldap.tls" && question == "ldap.urls"
		})
	}
	known := slices.ContainsFunc(directoryQuestions, func(q directoryQuestion) bool { return isAbout(q.key) })
	l.unknownCA = isAbout(caFile)
	for _, q := range directoryQuestions {
		if !known && q.key != caFile || isAbout(q.key) {
			*q.of(l) = ""
			delete(l.answered, q.key)
		}
	}
}

// fieldsOf are the keys of the configuration that an error is about.
func fieldsOf(err error) []string {
	var keys []string
	for _, e := range errorsIn[interface {
		error
		YAMLPath() string
	}](err) {
		keys = append(keys, e.YAMLPath())
	}
	return keys
}

// errorsIn are all errors of a type in a tree of joined errors.
func errorsIn[E error](err error) []E {
	if found, ok := err.(E); ok { //nolint:errorlint // the tree is walked, not searched
		return []E{found}
	}
	var found []E
	switch e := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			found = append(found, errorsIn[E](one)...)
		}
	case interface{ Unwrap() error }:
		if below := errors.Unwrap(err); below != nil {
			found = errorsIn[E](below)
		}
	}
	return found
}
