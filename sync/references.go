package sync

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"

	"rollcall/source"
)

// Whom a group lists and the read cannot show is unknown, not gone (S10). By
// the references of earlier reads we know who it was.

// groupReference stands for a group within a group: whom it holds nobody knows
// once it cannot be read.
const groupReference = ""

// referenceKey names what a group lists, in few bytes: there may be a million.
func referenceKey(ref string) string {
	sum := sha256.Sum256([]byte(source.ReferenceKey(ref)))
	return base64.RawStdEncoding.EncodeToString(sum[:12])
}

// references are the people and the groups that a snapshot shows, by what
// groups list them as. What was known stays known.
func (m *memory) referencesWith(s *source.Snapshot, people []*person) map[string]string {
	old := m.references[s.Source]
	out := make(map[string]string, max(len(old), len(s.People)))
	maps.Copy(out, old)
	for i := range s.Groups {
		g := &s.Groups[i]
		for _, dn := range g.Nested {
			out[referenceKey(dn)] = groupReference
		}
		for _, member := range g.Members {
			if member.Ref != "" {
				out[referenceKey(member.Ref)] = people[member.Person].identity().id
			}
		}
	}
	for i := range s.People {
		if dn := s.People[i].Origin.DN; dn != "" && (people[i].ID != "" || people[i].Email != "") {
			out[referenceKey(dn)] = people[i].identity().id
		}
	}
	return out
}

// standing is what the memory knows of somebody unreadable.
type standing uint8

const (
	unknown   standing = iota // may be anybody: all that the group feeds waits
	neverOurs                 // was never readable, so nobody of ours
	knownAs                   // was readable: the membership stays as it is
)

// judge says who an unreadable reference of a source is (S10).
func (m *memory) judge(sourceName, ref string, removals Removals) (identity, standing) {
	if m == nil || removals == RemovalsAll {
		return identity{}, unknown
	}
	id, seen := m.references[sourceName][referenceKey(ref)]
	switch {
	case seen && id == groupReference:
		return identity{}, unknown
	case seen:
		return identity{sourceName, id}, knownAs
	case !m.begun || m.foreign:
		// Before the first apply nobody knows whom earlier states added (S31).
		return identity{}, unknown
	}
	return identity{}, neverOurs
}
