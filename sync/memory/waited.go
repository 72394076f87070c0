package memory

import (
	"bytes"
	"encoding/json"

	"rollcall/sync/plan"
)

// Waited is what waited when a run ended and what the run skipped, as the journal keeps
// it. The organizations have these changes and no others.
type Waited struct {
	// Approval waits for somebody to approve it, Fix for the end of its reason.
	Approval []plan.Organization `json:"approval,omitempty"`
	Fix      []plan.Organization `json:"fix,omitempty"`
	// More is how many changes are not kept.
	More int `json:"more,omitempty"`
	// Skipped are the changes that the run left out (S19). They do not wait for anything,
	// and the next run plans them anew.
	Skipped     []plan.Organization `json:"skipped,omitempty"`
	MoreSkipped int                 `json:"more_skipped,omitempty"`
	// Part says that the plan was not about everything that the rules want.
	Part bool `json:"part,omitempty"`
}

// mostWaited and mostSkipped bound the changes that are kept of one run. Whoever would
// become admin is kept in any case (S43).
const (
	mostWaited  = 2000
	mostSkipped = 500
)

// WaitedIn is what waits in a plan, and what it skips.
func WaitedIn(p *plan.Plan, part bool) Waited {
	w := Waited{Part: part}
	keeps, keepsSkipped := plan.KeepFirst(mostWaited, &w.More), plan.KeepFirst(mostSkipped, &w.MoreSkipped)
	for i := range p.Organizations {
		o := &p.Organizations[i]
		w.Approval = appendPart(w.Approval, o, func(c *plan.Change) bool { return c.HeldByGuard() && keeps(c) })
		w.Fix = appendPart(w.Fix, o, func(c *plan.Change) bool { return c.State == plan.Held && !c.HeldByGuard() && keeps(c) })
		w.Skipped = appendPart(w.Skipped, o, func(c *plan.Change) bool { return c.State == plan.Skipped && keepsSkipped(c) })
	}
	return w
}

// appendPart adds an organization with some of its changes, if there are any.
func appendPart(parts []plan.Organization, o *plan.Organization, has func(*plan.Change) bool) []plan.Organization {
	part := *o
	part.Changes, part.Notes, part.Omitted = nil, nil, nil
	for i := range o.Changes {
		if c := &o.Changes[i]; has(c) {
			part.Changes = append(part.Changes, *c)
		}
	}
	if len(part.Changes) == 0 {
		return parts
	}
	return append(parts, part)
}

// Raw is what waited as the journal keeps it.
func (w Waited) Raw() []byte {
	data, err := json.Marshal(w)
	if err != nil {
		panic("the waiting changes cannot be encoded: " + err.Error()) // it is what plan prints
	}
	return data
}

// ReadWaited reads what waited. It is nil if that is not known, or if it is of
// another version.
func ReadWaited(raw []byte) *Waited {
	var w Waited
	if len(raw) == 0 || json.Unmarshal(raw, &w) != nil {
		return nil
	}
	return &w
}

// Count is how many changes waited.
func (w *Waited) Count() int {
	n := w.More
	for _, parts := range [][]plan.Organization{w.Approval, w.Fix} {
		for i := range parts {
			n += len(parts[i].Changes)
		}
	}
	return n
}

// WaitingSet is what one approval lifts, as the journal keeps it.
type WaitingSet struct {
	// Holds are why it waits; nil if an earlier version kept it.
	Holds []plan.Hold `json:"holds,omitempty"`
	// Parts are the organizations, with the changes that wait and no others.
	Parts []plan.Organization `json:"organizations"`
}

// Raw is the set as the journal keeps it.
func (s WaitingSet) Raw() []byte {
	data, err := json.Marshal(s)
	if err != nil {
		panic("the waiting changes cannot be encoded: " + err.Error()) // it is what plan prints
	}
	return data
}

// ReadWaitingSet reads a set that waits. Earlier versions kept the organizations alone.
func ReadWaitingSet(raw []byte) (s WaitingSet, err error) {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		return s, json.Unmarshal(raw, &s.Parts)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, err
	}
	for i := range s.Holds {
		if h := &s.Holds[i]; h.Reason.UnmarshalText([]byte(h.Guard)) == nil && h.Organization == "" {
			h.Reason = h.Reason.OfRun()
		}
	}
	return s, nil
}
