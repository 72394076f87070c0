package runrequest

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

// leastToken is the length from which on nobody guesses a random token.
const leastToken = 32

// Token is what a program has to know. The zero value lets nobody ask. It may be set
// while requests are answered.
type Token struct {
	hash atomic.Pointer[[sha256.Size]byte]
}

// Set replaces the token; an empty one lets nobody ask. A weak one changes nothing.
func (t *Token) Set(token string) error {
	if token == "" {
		t.hash.Store(nil)
		return nil
	}
	if len(token) < leastToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("must hold one line of 32 or more letters, digits and signs; make one with: openssl rand -hex 32")
	}
	hash := sha256.Sum256([]byte(token))
	t.hash.Store(&hash)
	return nil
}

func (t *Token) isSet() bool { return t.hash.Load() != nil }

// isIn reports whether a request has the token. The time that it takes says nothing about
// the token: hashes of equal length are compared as a whole.
func (t *Token) isIn(r *http.Request) bool {
	want, headers := t.hash.Load(), r.Header.Values("Authorization")
	if want == nil || len(headers) != 1 {
		return false
	}
	const scheme = "bearer "
	if len(headers[0]) < len(scheme) || strings.ToLower(headers[0][:len(scheme)]) != scheme {
		return false
	}
	got := sha256.Sum256([]byte(headers[0][len(scheme):]))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
