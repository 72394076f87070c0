package leavers

import (
	"fmt"
	"slices"
	"time"

	"rollcall/source"
	"rollcall/sync/exception"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// isGrant reports whether an exception gives something now.
func isGrant(e *exception.Exception, now time.Time) bool {
	return e.Kind == exception.Grant && e.InForce() && !e.Over(now)
}

// doubt leaves all accounts alone while a source may not show everybody: any of them
// may have the person (S09, S11 to S14, S28). Of people whom an earlier run removed, no
// removal says what a member of a group is who cannot be read (S10).
func (w *search) doubt() {
	text := w.untrusted()
	for _, c := range w.candidates {
		switch {
		case text != "":
			c.leave(plan.LeaverUnproven, "waits: "+text, true)
		case c.due && w.mayBeUnreadable(c):
			c.leave(plan.LeaverUnproven, "waits: a group lists a member who cannot be read and may be this person", true)
		}
	}
}

// untrusted says why the sources prove nobody's absence; empty if they do.
func (w *search) untrusted() string {
	for _, f := range w.Read.Failures {
		return fmt.Sprintf("source %s could not be read", f.Source)
	}
	for _, s := range w.Read.Directory.Snapshots {
		stale := false
		if w.Memory != nil {
			stale, _ = w.Memory.Stale(s)
		}
		switch {
		case len(s.NoRemovals) > 0:
			return fmt.Sprintf("source %s may be incomplete (%s)", s.Source, s.NoRemovals[0])
		case stale:
			return fmt.Sprintf("source %s was read from a server with older data", s.Source)
		case len(s.MissingCanaries) > 0:
			return fmt.Sprintf("source %s does not show %s", s.Source, s.MissingCanaries[0])
		case w.Memory != nil && len(w.Memory.MissingFiles(s, w.Config)) > 0:
			return fmt.Sprintf("source %s has lost a file", s.Source)
		}
	}
	return memory.ClockFault(w.Clerk, w.Memory)
}

// mayBeUnreadable reports whether a group lists a member who cannot be read, and who
// may be the person.
func (w *search) mayBeUnreadable(c *candidate) bool {
	for _, s := range w.Read.Directory.Snapshots {
		for i := range s.Groups {
			if slices.ContainsFunc(s.Groups[i].Unusable, func(u source.Unusable) bool {
				ids, status := w.Memory.Identify(s.Source, u.Ref, w.Config.Removals)
				return u.Group || status == memory.Unknown || slices.ContainsFunc(ids, func(id plan.DirectoryID) bool { return slices.Contains(c.ids, id) })
			}) {
				return true
			}
		}
	}
	return false
}
