package policy

import (
	"encoding/json"
	"strings"

	"rollcall/sync/plan"
)

// SameIDs maps each source whose ids other sources share to the source that
// stands for all of them (Config.SameIDs). Markers and people keep the name of
// their own source; only comparisons use the map (S01).
type SameIDs map[string]string

// Of returns the id under the name that all sources with the same ids share. A
// text with an @ may be the address of a person without an id, so it is never
// the id of another source.
func (s SameIDs) Of(id plan.DirectoryID) plan.DirectoryID {
	if name, ok := s[id.Source]; ok && !strings.Contains(id.ID, "@") {
		id.Source = name
	}
	return id
}

// Shares reports whether another source has the same ids, so that this source
// helps to identify people of the other one.
func (s SameIDs) Shares(source string) bool { return s[source] != "" }

// Marker reads a marker from private metadata. A marker of ours has the present
// name of its source; the result is nil if there is no marker.
func (c *Config) Marker(private json.RawMessage) *plan.Marker {
	m := plan.ParseMarker(private)
	if m.OwnedBy(c.Owner) {
		m.Source = c.PresentName(m.Source)
	}
	return m
}

// PresentID returns the id under the present name of its source.
func (c *Config) PresentID(id plan.DirectoryID) plan.DirectoryID {
	id.Source = c.PresentName(id.Source)
	return id
}

// PresentName returns the present name of a source, which may be named in a
// marker by a former name (renamed_from).
func (c *Config) PresentName(source string) string {
	if now, ok := c.Renamed[source]; ok {
		return now
	}
	return source
}
