package sync

import (
	"bytes"
	"encoding/json"
)

// markerKey is our key in a membership's private metadata. Templates may not write it.
const markerKey = "rollcall"

// Marker says who added a membership, and for whom (S01).
type Marker struct {
	Owner  string `json:"owner"`
	Source string `json:"source"`
	ID     string `json:"id"`
}

// identity names a person in a directory: the source and the stable id, or
// the folded address where there is no stable id.
type identity struct{ source, id string }

func (m *Marker) identity() identity { return identity{m.Source, m.ID} }

// object is the marker as metadata.
func (m Marker) object() map[string]any {
	return map[string]any{"owner": m.Owner, "source": m.Source, "id": m.ID}
}

// parseMarker finds the marker in private metadata; nil when there is none.
// A key of ours that cannot be read is somebody else's business: it answers a
// marker without owner, which is foreign to everybody.
func parseMarker(private json.RawMessage) *Marker {
	if !bytes.Contains(private, []byte(`"`+markerKey+`"`)) {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(private, &fields) != nil || fields[markerKey] == nil {
		return nil
	}
	var m Marker
	if json.Unmarshal(fields[markerKey], &m) != nil || m.Source == "" || m.ID == "" {
		return &Marker{}
	}
	return &m
}

// markerReader reads markers, and says whether the metadata hold nothing else.
type markerReader func(private json.RawMessage) (m *Marker, bare bool)

// newMarkerReader makes a reader that keeps one copy of the few owners and
// sources that there are.
func newMarkerReader() markerReader {
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
			return parseMarker(private), false
		}
		return &Marker{share(m.Owner), share(m.Source), m.ID}, true
	}
}

// bareMarkerOf reads metadata that are a plain marker and nothing else, which
// most are, at a tenth of what decoding JSON costs; ok is false for everything
// that is spelled any other way.
func bareMarkerOf(private json.RawMessage) (m Marker, ok bool) {
	rest, ok := bytes.CutPrefix(private, []byte(`{"`+markerKey+`":{`))
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

// plainString cuts a JSON string without escapes and beyond no ASCII off the front.
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
