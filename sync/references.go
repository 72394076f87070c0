package sync

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

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
				key := referenceKey(member.Ref)
				out[key] = remembered(out[key], people[member.Person], s.Source)
			}
		}
	}
	for i := range s.People {
		if dn := s.People[i].Origin.DN; dn != "" && (people[i].ID != "" || people[i].Email != "") {
			key := referenceKey(dn)
			out[key] = remembered(out[key], people[i], s.Source)
		}
	}
	return out
}

// remembered adds a person's identities to those that a reference stood for:
// a marker may have any of them, of any source that held the person in any run.
// Mostly it is one, and of the source itself.
func remembered(kept string, p *person, source string) string {
	if id := p.identity(); id.source == source && len(p.aliases()) == 0 && (kept == groupReference || kept == id.id) {
		return id.id
	}
	now := append([]identity{p.identity()}, p.aliases()...)
	if kept != groupReference {
		for _, id := range recollected(kept, source) {
			if !slices.Contains(now, id) {
				now = append(now, id)
			}
		}
	}
	slices.SortFunc(now, compareIdentities)
	var out strings.Builder
	for _, id := range now {
		out.WriteString("\x1e" + id.source + "\x1f" + id.id)
	}
	return out.String()
}

func compareIdentities(a, b identity) int {
	return cmp.Or(strings.Compare(a.source, b.source), strings.Compare(a.id, b.id))
}

// recollected are the identities that [remembered] kept.
func recollected(kept, source string) []identity {
	if !strings.HasPrefix(kept, "\x1e") {
		return []identity{{source, kept}}
	}
	var ids []identity
	for one := range strings.SplitSeq(kept[1:], "\x1e") {
		of, id, _ := strings.Cut(one, "\x1f")
		ids = append(ids, identity{of, id})
	}
	return ids
}

// standing is what the memory knows of somebody unreadable.
type standing uint8

const (
	unknown   standing = iota // may be anybody: all that the group feeds waits
	neverOurs                 // was never readable, so nobody of ours
	knownAs                   // was readable: the membership stays as it is
)

// judge says who an unreadable reference of a source is (S10).
func (m *memory) judge(sourceName, ref string, removals Removals) ([]identity, standing) {
	if m == nil || removals == RemovalsAll {
		return nil, unknown
	}
	id, seen := m.references[sourceName][referenceKey(ref)]
	switch {
	case seen && id == groupReference:
		return nil, unknown
	case seen:
		return recollected(id, sourceName), knownAs
	case !m.begun || m.foreign:
		// Before the first apply nobody knows whom earlier states added (S31).
		return nil, unknown
	}
	return nil, neverOurs
}
