package wire

import "fmt"

// The tags of RFC 4511 that an entry is made of.
const (
	tagInteger     = 0x02
	tagOctets      = 0x04
	tagSequence    = 0x30
	tagSet         = 0x31
	tagSearchEntry = 0x64
)

// berLength reads a definite length; used counts its own bytes.
func berLength(b []byte) (length, used int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	if b[0] < 0x80 {
		return int(b[0]), 1, true
	}
	n := int(b[0] & 0x7f)
	if n == 0 || n > 4 || len(b) <= n {
		return 0, 0, false
	}
	for _, x := range b[1 : 1+n] {
		length = length<<8 | int(x)
	}
	return length, 1 + n, true
}

// take splits the next element of the given tag off b.
func take(b []byte, tag byte) (content, rest []byte, err error) {
	if len(b) < 2 || b[0] != tag {
		return nil, nil, fmt.Errorf("%w: no tag %#x in an entry", ErrMalformed, tag)
	}
	length, used, ok := berLength(b[1:])
	if !ok || length > len(b)-1-used {
		return nil, nil, fmt.Errorf("%w: invalid length in an entry", ErrMalformed)
	}
	return b[1+used : 1+used+length], b[1+used+length:], nil
}
