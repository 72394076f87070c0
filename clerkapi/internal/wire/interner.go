package wire

import "encoding/json"

// Interner keeps one copy of strings that repeat. It stops learning when it is
// full, so that it does not hold a million different names.
type Interner map[string]string

const internerSize = 1 << 15

// String gives the copy of a string.
func (t Interner) String(s string) string {
	if known, ok := t[s]; ok {
		return known
	}
	if len(t) < internerSize {
		t[s] = s
	}
	return s
}

// bytes is String for bytes in a buffer that is used again.
func (t Interner) bytes(b []byte) string {
	if known, ok := t[string(b)]; ok {
		return known
	}
	return t.String(string(b))
}

// Object gives the copy of metadata if they are the empty object.
func (t Interner) Object(raw json.RawMessage) json.RawMessage {
	if string(raw) == string(emptyObject) {
		return emptyObject
	}
	return raw
}

// emptyObject is the most frequent metadata. All rows without metadata share it.
// Nobody writes into a RawMessage, and an append copies it.
var emptyObject = json.RawMessage("{}")[:2:2]
