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
