package source

import (
	"fmt"
	"strings"
)

// The tags of RFC 4511 that an entry is made of.
const (
	tagInteger     = 0x02
	tagOctets      = 0x04
	tagSequence    = 0x30
	tagSet         = 0x31
	tagSearchEntry = 0x64
)

// entry is one object of the directory with the attributes that were asked
// for and that the bind may see.
type entry struct {
	dn    string
	attrs []entryAttr
}

// entryAttr is one attribute; values are bytes, kept as strings.
type entryAttr struct {
	name   string
	values []string
}

// get finds an attribute's values; names compare without case (RFC 4512
// section 2.5) and options such as ";lang-de" or ";binary" do not count.
func (e *entry) get(name string) []string {
	for i := range e.attrs {
		base, option, _ := strings.Cut(e.attrs[i].name, ";")
		if sameName(base, name) && !isRange(option) {
			return e.attrs[i].values
		}
	}
	return nil
}

// isRange is true for values that came in part, see completeRanges.
func isRange(option string) bool { return len(option) > 6 && sameName(option[:6], "range=") }

func (e *entry) first(name string) string {
	if v := e.get(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

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
		return nil, nil, fmt.Errorf("%w: tag %#x missing in an entry", errMalformed, tag)
	}
	length, used, ok := berLength(b[1:])
	if !ok || length > len(b)-1-used {
		return nil, nil, fmt.Errorf("%w: length in an entry", errMalformed)
	}
	return b[1+used : 1+used+length], b[1+used+length:], nil
}

// decodeEntry reads a whole message with a SearchResultEntry (RFC 4511
// section 4.5.2). Controls behind it are not looked at.
func decodeEntry(message []byte) (*entry, error) {
	body, _, err := take(message, tagSequence)
	if err != nil {
		return nil, err
	}
	if _, body, err = take(body, tagInteger); err != nil {
		return nil, err
	}
	if body, _, err = take(body, tagSearchEntry); err != nil {
		return nil, err
	}
	dn, body, err := take(body, tagOctets)
	if err != nil {
		return nil, err
	}
	list, _, err := take(body, tagSequence)
	if err != nil {
		return nil, err
	}
	e := &entry{dn: string(dn), attrs: make([]entryAttr, 0, 8)}
	for len(list) > 0 {
		var a entryAttr
		if a, list, err = decodeAttribute(list); err != nil {
			return nil, err
		}
		e.attrs = append(e.attrs, a)
	}
	return e, nil
}

func decodeAttribute(list []byte) (entryAttr, []byte, error) {
	var a entryAttr
	one, rest, err := take(list, tagSequence)
	if err != nil {
		return a, nil, err
	}
	name, one, err := take(one, tagOctets)
	if err != nil {
		return a, nil, err
	}
	set, _, err := take(one, tagSet)
	if err != nil {
		return a, nil, err
	}
	a.name = string(name)
	// One value is by far the most common; a group's thousands grow by doubling.
	a.values = make([]string, 0, 1)
	for len(set) > 0 {
		var v []byte
		if v, set, err = take(set, tagOctets); err != nil {
			return a, nil, err
		}
		a.values = append(a.values, string(v))
	}
	return a, rest, nil
}
