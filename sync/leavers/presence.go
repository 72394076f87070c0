package leavers

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// dropPresent drops the people whom a reading has, in whatever group, and who are not
// disabled: they have moved, or are back. While a source is in doubt, nobody whom an
// earlier run has removed is back.
func (w *search) dropPresent(d *directory.Directory) {
	found := map[plan.DirectoryID]*directory.Person{}
	for _, c := range w.candidates {
		for _, id := range c.ids {
			found[id] = nil
		}
	}
	d.FindPeople(found)
	present := presentIDs(d, found)
	w.candidates = slices.DeleteFunc(w.candidates, func(c *candidate) bool {
		return (!c.recorded || !c.again) && slices.ContainsFunc(c.ids, func(id plan.DirectoryID) bool {
			_, _, standing := d.Elsewhere(id)
			return standing == directory.InFile || present[d.Same.Of(id)]
		})
	})
	for _, c := range w.candidates {
		for _, id := range c.ids {
			if p := found[id]; p != nil && c.change.Cause == plan.LeftOrMoved {
				c.change.Cause, c.change.Because = plan.Disabled, fmt.Sprintf("%s: %s", p.Origin, p.Disabled)
			}
		}
	}
}

// presentIDs are the common names of those of the ids that an enabled entry has. One is
// enough: a disabled entry with the same id, in this source or another one, says nothing
// of it (S02).
func presentIDs(d *directory.Directory, ids map[plan.DirectoryID]*directory.Person) map[plan.DirectoryID]bool {
	asked, present := map[plan.DirectoryID]bool{}, map[plan.DirectoryID]bool{}
	for id := range ids {
		asked[d.Same.Of(id)] = true
	}
	for _, people := range d.People {
		for _, p := range people {
			if p.Disabled != "" {
				continue
			}
			for _, id := range append(p.DirectoryIDs(), p.AddressID()) {
				if id = d.Same.Of(id); asked[id] {
					present[id] = true
				}
			}
		}
	}
	return present
}

// lookAgain asks the sources for the people who are in no group of a rule, if a source
// says nothing of such people by itself. A file does.
func (w *search) lookAgain(ctx context.Context) error {
	again := w.Reader.Again(w.Read)
	again.Sources = slices.DeleteFunc(again.Sources, func(s source.Source) bool { return w.saysWhoIsElsewhere(s.Name()) })
	asked := w.open()
	if len(asked) == 0 || len(again.Sources) == 0 {
		return nil
	}
	read, err := again.ReadAlso(ctx, func(string) []string { return w.namesOf(asked) })
	if err != nil {
		return fmt.Errorf("look for people who have left: %w", err)
	}
	name, doubt := w.readOtherwise(read), w.untrusted(read)
	for _, c := range asked {
		switch {
		case name != "":
			c.leave(plan.LeaverUnproven, "waits until source "+name+" can be read twice from one server", true)
		case doubt != "":
			c.leave(plan.LeaverUnproven, "waits: "+doubt, true)
		case w.mayBeUnreadable(c, read.Directory):
			c.leave(plan.LeaverUnproven, unreadableText, true)
		case c.change.Cause == plan.LeftOrMoved:
			c.change.Because = "left: no longer in source " + c.change.Source
		}
	}
	w.dropPresent(read.Directory)
	for _, c := range asked {
		if c.change.Cause == plan.LeftOrMoved {
			c.change.Cause = plan.Left
		}
	}
	w.claim(read.Directory)
	w.second = read.Directory
	return nil
}

// saysWhoIsElsewhere reports whether a source has said who is in it beside the groups
// of the rules.
func (w *search) saysWhoIsElsewhere(name string) bool {
	return slices.ContainsFunc(w.Read.Directory.Snapshots, func(s *source.Snapshot) bool { return s.Source == name && s.Elsewhere != nil })
}

// namesOf are the ids and addresses to look for.
func (w *search) namesOf(asked []*candidate) []string {
	var names []string
	for _, c := range asked {
		for _, id := range c.ids {
			names = append(names, id.ID)
		}
		for _, id := range c.formerly(w.Config) {
			names = append(names, id.ID)
		}
		names = append(names, roster.VerifiedAddresses(w.People.Users[c.user])...)
	}
	return names
}

// readOtherwise names a source that could not be read a second time, or that another
// server answered for, which may be older (S12); empty if there is none.
func (w *search) readOtherwise(read *directory.Reading) string {
	for _, f := range read.Failures {
		return f.Source
	}
	for _, s := range read.Directory.Snapshots {
		for _, first := range w.Read.Directory.Snapshots {
			if first.Source == s.Source && first.Server != s.Server {
				return s.Source
			}
		}
	}
	return ""
}

// leaveClaimed leaves the accounts alone that may be those of somebody who is present:
// of the people of this run, by an exception, or by what the plan gives.
func (w *search) leaveClaimed() {
	w.claim(w.Read.Directory)
	users, now := w.byUser(), w.Read.Directory.Now
	for _, p := range w.People.People {
		if c := users[p.UserID]; c != nil && p.Disabled == "" {
			c.claim(fmt.Sprintf("the account is also that of %s (%s)", p.Label(), p.Origin), now, p.DirectoryIDs()...)
		}
		if p.Problem == nil {
			continue
		}
		for _, user := range p.Problem.Users {
			if c := users[user]; c != nil {
				c.leave(plan.LeaverUnproven, fmt.Sprintf("it is unclear whether the account is that of %s (%s)", p.Label(), p.Origin), true)
			}
		}
	}
	for _, c := range w.candidates {
		if c.user == w.Config.Invitations.Inviter {
			c.claim("rollcall invites in the name of the account (sync.invitations.inviter)", now)
		}
		if e := w.grantOf(c); e != 0 {
			c.claim(fmt.Sprintf("exception %d grants the person something", e), now)
		}
	}
	for _, change := range w.Plan.Changes() {
		if c := users[change.UserID]; c != nil && change.Grants() {
			c.claim("the plan gives the account a membership", now)
		}
	}
	leaveFormer(w, w.Read.Directory)
	leaveFormer(w, w.second)
}

// claim leaves the accounts alone whose verified address or external_id somebody has
// who is present (S04).
func (w *search) claim(d *directory.Directory) {
	byName, now := map[string][]*candidate{}, w.Read.Directory.Now
	for _, c := range w.candidates {
		u := w.People.Users[c.user]
		for _, address := range roster.VerifiedAddresses(u) {
			byName[address] = append(byName[address], c)
		}
		if u.ExternalID != "" {
			byName[externalKey(u.ExternalID)] = append(byName[externalKey(u.ExternalID)], c)
		}
	}
	for i, s := range d.Snapshots {
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			if s.Elsewhere == nil {
				break
			}
			if _, found := s.Elsewhere.Groups(name); found {
				for _, c := range byName[name] { // nobody knows whose row it is
					c.leave(plan.LeaverClaimed, fmt.Sprintf("source %s still has the address %s", s.Source, name), false)
				}
			}
		}
		for _, p := range d.People[i] {
			if p.Disabled != "" {
				continue
			}
			for _, name := range append(p.Addresses(), externalKey(p.ExternalID)) {
				if claimed := byName[name]; claimed != nil {
					for _, c := range claimed {
						c.claim(fmt.Sprintf("%s (%s) has an address or the external_id of the account", p.Label(), p.Origin), now, p.DirectoryIDs()...)
					}
				}
			}
		}
	}
}

// externalKey keeps external ids apart from addresses in one map.
func externalKey(id string) string { return "\x00" + id }

// leaveFormer leaves the accounts alone for good that somebody claimed who is still in a
// reading, and claims them no more: a new address is no proof that the account is not theirs.
func leaveFormer(w *search, d *directory.Directory) {
	if d == nil {
		return
	}
	ids := map[plan.DirectoryID]*directory.Person{}
	for _, c := range w.open() {
		for _, id := range c.formerly(w.Config) {
			ids[id] = nil
		}
	}
	present := presentIDs(d, ids)
	for _, c := range w.open() {
		for _, id := range c.formerly(w.Config) {
			_, _, standing := d.Elsewhere(id)
			if standing == directory.InFile || present[d.Same.Of(id)] || id.Source != exception.Source && !w.isConfigured(id.Source) {
				c.leave(plan.LeaverClaimed, fmt.Sprintf("%s of source %s had an address of the account, and nothing says that it is not theirs", id.ID, id.Source), false)
			}
		}
	}
}

// formerly are the entries that earlier runs have found to claim the account.
func (c *candidate) formerly(config policy.Config) (ids []plan.DirectoryID) {
	for _, id := range c.earlier.Claimants {
		ids = append(ids, config.PresentID(id))
	}
	return ids
}

// grantOf is the number of a grant in force for the person; 0 if there is none.
func (w *search) grantOf(c *candidate) int64 {
	if w.Memory == nil {
		return 0
	}
	verified := roster.VerifiedAddresses(w.People.Users[c.user])
	for i := range w.Memory.Exceptions {
		e := &w.Memory.Exceptions[i]
		id := w.Config.PresentID(plan.DirectoryID{Source: e.Person.Source, ID: e.Person.ID})
		if isGrant(e, w.Read.Directory.Now) && (e.UserID == c.user || slices.Contains(c.ids, id) || slices.Contains(verified, e.Address)) {
			return e.ID
		}
	}
	return 0
}
