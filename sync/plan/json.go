package plan

import (
	"encoding/json"
	"errors"
	"reflect"

	"rollcall/clerkapi"
)

// JSON is a JSON object in canonical form (sorted keys, no spaces); empty is
// absent. It is a string so that a Change compares with ==.
type JSON string

// MarshalJSON writes the object itself.
func (j JSON) MarshalJSON() ([]byte, error) {
	if j == "" {
		return []byte("null"), nil
	}
	return []byte(j), nil
}

// UnmarshalJSON reads an object into canonical form; null is absent.
func (j *JSON) UnmarshalJSON(data []byte) error {
	*j = ""
	if string(data) == "null" {
		return nil
	}
	object := Decode(data)
	if object == nil && string(data) != "{}" {
		return errors.New("metadata must be a JSON object")
	}
	*j = Canonical(object)
	return nil
}

// Raw is the object as a field of a request body; nil if it is absent.
func (j JSON) Raw() json.RawMessage {
	if j == "" {
		return nil
	}
	return json.RawMessage(j)
}

// Snapshot is a membership before or after a change, as the journal keeps it.
type Snapshot struct {
	Role    string          `json:"role"`
	Public  json.RawMessage `json:"public_metadata,omitempty"`
	Private json.RawMessage `json:"private_metadata,omitempty"`
}

// SnapshotOf is the membership, encoded for the journal.
func SnapshotOf(m *clerkapi.Membership) json.RawMessage {
	return (&Snapshot{m.Role, m.Public, m.Private}).Raw()
}

// ReadSnapshot decodes a snapshot of the journal; nil if there is none.
func ReadSnapshot(raw json.RawMessage) *Snapshot {
	var s Snapshot
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return &s
}

// Raw encodes the snapshot for the journal.
func (s *Snapshot) Raw() json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil {
		// The metadata are what Clerk answered, which was valid JSON.
		panic("a membership cannot be encoded: " + err.Error())
	}
	return raw
}

// Same reports whether two memberships agree in everything that undo restores.
func (s *Snapshot) Same(other *Snapshot) bool {
	return s.Role == other.Role && reflect.DeepEqual(Decode(s.Public), Decode(other.Public)) &&
		reflect.DeepEqual(Decode(s.Private), Decode(other.Private))
}
