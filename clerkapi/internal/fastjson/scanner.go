package fastjson

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Scanner reads JSON (RFC 8259) from front to back. A method reports false where
// encoding/json would find an error, and where the JSON is not written in the
// plain way. The scanner cannot be used after that.
type Scanner struct {
	body []byte
	at   int
}

// New makes a scanner at the front of a body.
func New(body []byte) *Scanner { return &Scanner{body: body} }

// maxNesting is far below the limit of encoding/json, which gives an error.
const maxNesting = 100

// next is the next byte that is not white space; 0 at the end.
func (s *Scanner) next() byte {
	for ; s.at < len(s.body); s.at++ {
		switch c := s.body[s.at]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *Scanner) take(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// End reports whether nothing follows.
func (s *Scanner) End() bool { return s.next() == 0 && s.at == len(s.body) }

// Object reads an object; field reads the value of each key. A key with an
// upper-case letter is not plain, because encoding/json could match it to a
// field in lower case.
func (s *Scanner) Object(field func(key []byte) bool) bool {
	return s.members(func() bool {
		key, plain, ok := s.token()
		return ok && plain && !hasUpper(key) && s.take(':') && field(key)
	})
}

func hasUpper(key []byte) bool {
	for _, c := range key {
		if c >= 'A' && c <= 'Z' {
			return true
		}
	}
	return false
}

func (s *Scanner) members(member func() bool) bool { return s.list('{', '}', member) }

// Array reads an array; item reads each value in it.
func (s *Scanner) Array(item func() bool) bool { return s.list('[', ']', item) }

func (s *Scanner) list(open, end byte, item func() bool) bool {
	if !s.take(open) {
		return false
	}
	if s.take(end) {
		return true
	}
	for {
		if !item() {
			return false
		}
		if s.take(end) {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// token reads a string and gives the bytes between its quotes. The string is
// plain when they are ASCII without escapes, and so are the string itself.
func (s *Scanner) token() (inner []byte, plain, ok bool) {
	if !s.take('"') {
		return nil, false, false
	}
	start, high, escaped := s.at, byte(0), false
	for ; s.at < len(s.body); s.at++ {
		c := s.body[s.at]
		switch {
		case c == '"':
			inner = s.body[start:s.at]
			s.at++
			return inner, high < utf8.RuneSelf && !escaped, !escaped || json.Valid(s.body[start-1:s.at])
		case c == '\\':
			escaped = true
			s.at++
		case c < ' ':
			return nil, false, false
		}
		high |= c
	}
	return nil, false, false
}

// String reads a string for a field; null leaves the field as it is. copied makes
// the string of bytes that the next body overwrites.
func (s *Scanner) String(field *string, copied func([]byte) string) bool {
	if s.next() == 'n' {
		return s.literal("null")
	}
	start := s.at
	inner, plain, ok := s.token()
	switch {
	case !ok:
		return false
	case plain:
		*field = copied(inner)
		return true
	}
	return json.Unmarshal(s.body[start:s.at], field) == nil
}

// Bool reads a truth value; present is false for null.
func (s *Scanner) Bool() (value, present, ok bool) {
	switch s.next() {
	case 't':
		return true, true, s.literal("true")
	case 'f':
		return false, true, s.literal("false")
	}
	return false, false, s.literal("null")
}

// Raw gives a value as it is written. The bytes are those of the body.
func (s *Scanner) Raw() (text []byte, ok bool) {
	s.next()
	start := s.at
	if !s.skip(0) {
		return nil, false
	}
	return s.body[start:s.at], true
}

func (s *Scanner) literal(w string) bool {
	if s.next(); !bytes.HasPrefix(s.body[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// Skip passes over any value.
func (s *Scanner) Skip() bool { return s.skip(0) }

func (s *Scanner) skip(depth int) bool {
	if depth > maxNesting {
		return false
	}
	switch s.next() {
	case '"':
		_, _, ok := s.token()
		return ok
	case '{':
		return s.members(func() bool {
			_, _, ok := s.token()
			return ok && s.take(':') && s.skip(depth+1)
		})
	case '[':
		return s.Array(func() bool { return s.skip(depth + 1) })
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	_, ok := s.Number()
	return ok
}

// Number reads a number by its grammar.
func (s *Scanner) Number() (token []byte, ok bool) {
	s.next()
	start := s.at
	s.optional("-")
	if !s.optional("0") && s.digits() == 0 {
		return nil, false
	}
	if s.optional(".") && s.digits() == 0 {
		return nil, false
	}
	if s.optional("eE") {
		s.optional("+-")
		if s.digits() == 0 {
			return nil, false
		}
	}
	return s.body[start:s.at], true
}

// optional takes one of these bytes when it is next.
func (s *Scanner) optional(set string) bool {
	if s.at == len(s.body) || bytes.IndexByte([]byte(set), s.body[s.at]) < 0 {
		return false
	}
	s.at++
	return true
}

func (s *Scanner) digits() int {
	start := s.at
	for s.at < len(s.body) && s.body[s.at] >= '0' && s.body[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}
