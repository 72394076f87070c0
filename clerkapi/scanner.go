package clerkapi

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// scanner reads JSON (RFC 8259) from front to back. Every method answers false
// where encoding/json would find an error, or something else than a plain
// reading finds; the scanner is of no further use then.
type scanner struct {
	body   []byte
	at     int
	shared interner
}

// maxNesting is far below encoding/json's bound, which is an error.
const maxNesting = 100

// next is the next byte that is no white space; 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.body); s.at++ {
		switch c := s.body[s.at]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) end() bool { return s.next() == 0 && s.at == len(s.body) }

// object reads an object; field reads the value of each key. A key that could
// match a field in another case, as encoding/json allows, is not plain.
func (s *scanner) object(field func(key []byte) bool) bool {
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

func (s *scanner) members(member func() bool) bool { return s.list('{', '}', member) }

func (s *scanner) array(item func() bool) bool { return s.list('[', ']', item) }

func (s *scanner) list(open, end byte, item func() bool) bool {
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

// token reads a string and gives what is between its quotes; it is plain when
// that is ASCII without escapes, and so the string itself.
func (s *scanner) token() (inner []byte, plain, ok bool) {
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

// value reads a string for a field; null leaves the field as it is.
func (s *scanner) value(field *string, plainly func([]byte) string) bool {
	if s.next() == 'n' {
		return s.word("null")
	}
	start := s.at
	inner, plain, ok := s.token()
	switch {
	case !ok:
		return false
	case plain:
		*field = plainly(inner)
		return true
	}
	return json.Unmarshal(s.body[start:s.at], field) == nil
}

func (s *scanner) string(field *string) bool {
	return s.value(field, func(b []byte) string { return string(b) })
}

// common is string for values of which there are few.
func (s *scanner) common(field *string) bool { return s.value(field, s.shared.bytes) }

func (s *scanner) flag(field *shown) bool {
	switch s.next() {
	case 't':
		*field = shownTrue
		return s.word("true")
	case 'f':
		*field = shownFalse
		return s.word("false")
	}
	*field = unshown
	return s.word("null")
}

// raw copies a value as it is written.
func (s *scanner) raw(field *json.RawMessage) bool {
	s.next()
	start := s.at
	if !s.skip(0) {
		return false
	}
	*field = emptyObject
	if text := s.body[start:s.at]; string(text) != string(emptyObject) {
		*field = bytes.Clone(text)
	}
	return true
}

func (s *scanner) word(w string) bool {
	if s.next(); !bytes.HasPrefix(s.body[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// skip passes over any value.
func (s *scanner) skip(depth int) bool {
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
		return s.array(func() bool { return s.skip(depth + 1) })
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	_, ok := s.number()
	return ok
}

// number reads a number by its grammar.
func (s *scanner) number() (token []byte, ok bool) {
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
func (s *scanner) optional(set string) bool {
	if s.at == len(s.body) || bytes.IndexByte([]byte(set), s.body[s.at]) < 0 {
		return false
	}
	s.at++
	return true
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.body) && s.body[s.at] >= '0' && s.body[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}
