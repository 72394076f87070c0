package memory

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// MemberStatus is what the memory knows of a group member that cannot be read.
type MemberStatus uint8

// What the memory may know.
const (
	Unknown    MemberStatus = iota // may be anybody: everything that the group feeds waits
	NeverOurs                      // was never readable, so it is no member of ours
	Recognized                     // was readable: the membership stays as it is
)

// Identify finds out who an unreadable reference of a source is (S10).
func (m *Memory) Identify(sourceName, ref string, removals policy.Removals) ([]plan.DirectoryID, MemberStatus) {
	if m == nil || removals == policy.RemovalsAll {
		return nil, Unknown
	}
	id, seen := m.References[sourceName][ReferenceKey(ref)]
	switch {
	case seen && id == GroupReference:
		return nil, Unknown
	case seen:
		return decodeIDs(id, sourceName), Recognized
	case !m.Begun || m.Foreign:
		// Before the first apply it is unknown which members earlier states added (S31).
		return nil, Unknown
	}
	return nil, NeverOurs
}

// UnreadableSince is since when a member of a group cannot be read, by source and reference.
type UnreadableSince map[string]map[string]time.Time

// CameAfter reports whether a member that cannot be read came after somebody was last seen:
// it may be this person under another DN. One who stood beside them is another one, whatever
// their names. It is not ok if no earlier read says so.
func (r UnreadableSince) CameAfter(sourceName, ref string, lastSeen time.Time) (after, ok bool) {
	if r[sourceName] == nil || lastSeen.IsZero() {
		return false, false
	}
	since, known := r[sourceName][ReferenceKey(ref)]
	return !known || since.After(lastSeen), true
}

// In are the members of a snapshot that cannot be read, with the time of the
// run that found each first.
func (r UnreadableSince) In(s *source.Snapshot, now time.Time) map[string]time.Time {
	out := map[string]time.Time{}
	for i := range s.Groups {
		for _, u := range s.Groups[i].Unusable {
			key := ReferenceKey(u.Ref)
			since, known := r[s.Source][key]
			if !known {
				since = now.UTC().Truncate(time.Second)
			}
			out[key] = since
		}
	}
	return out
}

// A member that a group lists and the read does not show is unknown, and has not
// left (S10). The references of earlier reads tell who it was.

// GroupReference stands for a group within a group. Its members are unknown if
// it cannot be read.
const GroupReference = ""

// ReferenceKey identifies an entry of a group in few bytes, since there may be a
// million.
func ReferenceKey(ref string) string {
	sum := sha256.Sum256([]byte(source.ReferenceKey(ref)))
	return base64.RawStdEncoding.EncodeToString(sum[:12])
}

// EncodeIDs adds the ids of a person to those that a reference stood for: a
// marker may have any of them, of any source that listed the person in any run.
// Usually there is one id, and it is of the source itself.
func EncodeIDs(kept string, now []plan.DirectoryID, source string) string {
	if len(now) == 1 && now[0].Source == source && (kept == GroupReference || kept == now[0].ID) {
		return now[0].ID
	}
	now = slices.Clone(now)
	if kept != GroupReference {
		for _, id := range decodeIDs(kept, source) {
			if !slices.Contains(now, id) {
				now = append(now, id)
			}
		}
	}
	slices.SortFunc(now, compareIDs)
	var out strings.Builder
	for _, id := range now {
		out.WriteString("\x1e" + id.Source + "\x1f" + id.ID)
	}
	return out.String()
}

// compareIDs orders ids by source and id.
func compareIDs(a, b plan.DirectoryID) int {
	return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID))
}

// decodeIDs are the ids that [EncodeIDs] kept.
func decodeIDs(kept, source string) []plan.DirectoryID {
	if !strings.HasPrefix(kept, "\x1e") {
		return []plan.DirectoryID{{Source: source, ID: kept}}
	}
	var ids []plan.DirectoryID
	for one := range strings.SplitSeq(kept[1:], "\x1e") {
		of, id, _ := strings.Cut(one, "\x1f")
		ids = append(ids, plan.DirectoryID{Source: of, ID: id})
	}
	return ids
}
