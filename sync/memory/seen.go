package memory

import (
	"maps"
	"time"

	"rollcall/sync/plan"
)

// ComparedFact is when a run last compared each organization with all the sources
// that feed it. Whoever was no leaver then was in the directory.
type ComparedFact struct {
	At time.Time `json:"at"`
	// Earlier has the organizations that the run at that time could not compare.
	Earlier map[string]time.Time `json:"earlier,omitempty"`
}

// With is the fact after a run that compared the organizations for which whole is
// true. The others keep their time, if they have one.
func (f ComparedFact) With(now time.Time, organizations map[string]OrganizationFact, whole func(id string) bool) ComparedFact {
	out := ComparedFact{At: now.UTC().Truncate(time.Second), Earlier: map[string]time.Time{}}
	for id := range organizations {
		if !whole(id) {
			out.Earlier[id] = f.of(id)
		}
	}
	maps.DeleteFunc(out.Earlier, func(_ string, at time.Time) bool { return at.Equal(out.At) })
	return out
}

func (f ComparedFact) of(organization string) time.Time {
	if at, found := f.Earlier[organization]; found {
		return at
	}
	return f.At
}

// LastSeen is when a run last found the person of a removal in the directory; zero
// if no run did.
func (m *Memory) LastSeen(c *plan.Change) time.Time {
	if m == nil {
		return time.Time{}
	}
	if at, found := m.Seen[plan.MembershipKey(c)]; found {
		return at
	}
	if _, managed := m.Organizations[c.Organization]; !managed {
		return time.Time{}
	}
	return m.Compared.of(c.Organization)
}
