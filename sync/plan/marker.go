package plan

import (
	"bytes"
	"encoding/json"
)

// MarkerKey is our key in a membership's private metadata. Templates may not write it.
const MarkerKey = "rollcall"

// Marker is what rollcall writes into a membership that it adds: the
// installation, and the person in the directory (S01).
type Marker struct {
	Owner  string `json:"owner"`
	Source string `json:"source"`
	ID     string `json:"id"`
}

// DirectoryID is the person that the marker names.
func (m *Marker) DirectoryID() DirectoryID { return DirectoryID{m.Source, m.ID} }

// Object is the marker as metadata.
func (m Marker) Object() map[string]any {
	return map[string]any{"owner": m.Owner, "source": m.Source, "id": m.ID}
}

// ParseMarker finds the marker in private metadata; nil if there is none. If our
// key cannot be read, the result is a marker without an owner, which belongs to
// another installation for everybody.
func ParseMarker(private json.RawMessage) *Marker {
	if !bytes.Contains(private, []byte(`"`+MarkerKey+`"`)) {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(private, &fields) != nil || fields[MarkerKey] == nil {
		return nil
	}
	var m Marker
	if json.Unmarshal(fields[MarkerKey], &m) != nil || m.Source == "" || m.ID == "" {
		return &Marker{}
	}
	return &m
}

// OwnedBy reports whether there is a marker, and it names the owner.
func (m *Marker) OwnedBy(owner string) bool { return m != nil && m.Owner == owner }

// MarkerReader reads a marker, and reports whether the metadata contain nothing
// else.
type MarkerReader func(private json.RawMessage) (m *Marker, bare bool)

// NewMarkerReader makes a reader that keeps one copy of each owner and each
// source, since there are few of them.
func NewMarkerReader() MarkerReader {
	shared := map[string]string{}
	share := func(s string) string {
		if known, ok := shared[s]; ok {
			return known
		}
		if len(shared) < 1000 {
			shared[s] = s
		}
		return s
	}
	return func(private json.RawMessage) (*Marker, bool) {
		m, ok := bareMarkerOf(private)
		if !ok {
			return ParseMarker(private), false
		}
		return &Marker{share(m.Owner), share(m.Source), m.ID}, true
	}
}

// bareMarkerOf reads metadata that consist of a plain marker, as most do. It
// takes a tenth of the time of decoding JSON. It is not ok for any other
// spelling.
func bareMarkerOf(private json.RawMessage) (m Marker, ok bool) {
	rest, ok := bytes.CutPrefix(private, []byte(`{"`+MarkerKey+`":{`))
	if !ok {
		return m, false
	}
	for range 3 {
		key, after, found := plainString(rest)
		if !found || len(after) == 0 || after[0] != ':' {
			return m, false
		}
		value, after, found := plainString(after[1:])
		if !found || len(after) == 0 || len(value) == 0 || !m.set(string(key), value) {
			return m, false
		}
		if after[0] != ',' {
			return m, m.Owner != "" && m.Source != "" && m.ID != "" && string(after) == "}}"
		}
		rest = after[1:]
	}
	return m, false
}

// set fills a field that is still empty.
func (m *Marker) set(key string, value []byte) bool {
	var field *string
	switch key {
	case "owner":
		field = &m.Owner
	case "source":
		field = &m.Source
	case "id":
		field = &m.ID
	}
	if field == nil || *field != "" {
		return false
	}
	*field = string(value)
	return true
}

// plainString cuts a JSON string off the front if it has no escapes and is
// printable ASCII.
func plainString(b []byte) (value, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	for i, c := range b[1:] {
		switch {
		case c == '"':
			return b[1 : i+1], b[i+2:], true
		case c < ' ' || c > '~' || c == '\\':
			return nil, nil, false
		}
	}
	return nil, nil, false
}
