package leavers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// isGrant reports whether an exception gives something now.
func isGrant(e *exception.Exception, now time.Time) bool {
	return e.Kind == exception.Grant && e.InForce() && !e.Over(now)
}

// doubt leaves all accounts alone while a source may not show everybody: any of them
// may have the person (S09, S11 to S14, S28). A removal goes on if a group of another
// organization lists a member who cannot be read. Its person may have moved there (S10).
func (w *search) doubt() {
	text := w.untrusted(w.Read)
	for _, c := range w.candidates {
		switch {
		case text != "":
			c.leave(plan.LeaverUnproven, "waits: "+text, true)
		case w.mayBeUnreadable(c, w.Read.Directory):
			c.leave(plan.LeaverUnproven, unreadableText, true)
		}
	}
}

// unreadableText is why an account waits for the members of a group.
const unreadableText = "waits: a group lists a member who cannot be read and may be this person"

// untrusted says why a reading proves nobody's absence; empty if it does.
func (w *search) untrusted(read *directory.Reading) string {
	for _, f := range read.Failures {
		return fmt.Sprintf("source %s could not be read", f.Source)
	}
	for _, s := range read.Directory.Snapshots {
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
func (w *search) mayBeUnreadable(c *candidate, d *directory.Directory) bool {
	for _, s := range d.Snapshots {
		for i := range s.Groups {
			if slices.ContainsFunc(s.Groups[i].Unusable, func(u source.Unusable) bool { return c.mayBe(w, s.Source, &u) }) {
				return true
			}
		}
	}
	return false
}

// mayBe reports whether a member who cannot be read may be the person. Names decide only if
// nothing else is known: people write their own, and somebody with the name of an entry that
// nobody can read would keep the account open.
func (c *candidate) mayBe(w *search, sourceName string, u *source.Unusable) bool {
	ids, status := w.Memory.Identify(sourceName, u.Ref, w.Config.Removals)
	switch {
	case u.Group || status == memory.Unknown:
		return true
	case status == memory.Recognized:
		return slices.ContainsFunc(ids, func(id plan.DirectoryID) bool { return slices.Contains(c.ids, id) })
	}
	if after, ok := w.Memory.Unreadable.CameAfter(sourceName, u.Ref, c.seen); ok {
		return after
	}
	return isNamed(c, w.People.Users[c.user], u.Ref)
}

// isNamed reports whether the first name of a DN looks like that of the person. The entry
// may have been moved to a part of the directory that cannot be read, where its DN is new.
func isNamed(c *candidate, user *clerkapi.User, dn string) bool {
	_, name, _ := strings.Cut(dn, "=")
	name, _, _ = strings.Cut(name, ",")
	if name = strings.TrimSpace(name); name == "" {
		return false
	}
	known := []string{c.change.Name, c.change.Email}
	for _, id := range c.ids {
		known = append(known, id.ID)
	}
	for _, address := range roster.VerifiedAddresses(user) {
		local, _, _ := strings.Cut(address, "@")
		known = append(known, address, local)
	}
	return slices.ContainsFunc(known, func(k string) bool { return source.SameName(k, name) })
}
