package guard

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/source"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// unknownRoles holds changes that give a role the instance does not have. The
// name is wrong, as with an unknown slug, and the exit code must show it
// (S22). A role that only this organization may not use is skipped (S19).
func unknownRoles(o *organization) []finding {
	var found []finding
	known := map[string]bool{}
	for i := range o.plan.Changes {
		c := &o.plan.Changes[i]
		if !o.givesUnknownRole(c) || c.State == plan.Skipped || known[c.To] {
			continue
		}
		role := c.To
		known[role] = true
		found = append(found, finding{reason: plan.UnknownRole,
			concerns: func(c *plan.Change) bool { return c.To == role && o.givesUnknownRole(c) },
			hold: plan.Hold{Text: fmt.Sprintf("Clerk has no role %q (%s): fix its name, or create it in Clerk%s", role, c.Because,
				policy.DidYouMean(role, slices.Collect(maps.Keys(o.proposal.Organization.Assignable))))}})
	}
	return found
}

// givesUnknownRole reports whether a change gives a role that the instance
// does not have.
func (o *organization) givesUnknownRole(c *plan.Change) bool {
	return c.SetsRole() && c.To != "" && !o.compared.People.Have.Knows(c.To)
}

// The kinds of the notes on a pause: of one organization, and of all of them (S25).
const (
	PausedHere       plan.NoteKind = "paused"
	PausedEverywhere plan.NoteKind = "paused_everywhere"
)

// pause leaves out all changes of an organization that somebody paused (S25).
func pause(o *organization) {
	by := o.compared.Memory.PausedBy(o.plan.ID)
	if by == nil {
		return
	}
	for i := range o.plan.Changes {
		if c := &o.plan.Changes[i]; c.State == plan.Ready {
			c.Skip(plan.Paused)
		}
	}
	resume, kind := "rollcall resume", PausedEverywhere
	if by.Organization != "" {
		resume, kind = resume+" "+o.plan.Label(), PausedHere
	}
	text := fmt.Sprintf("paused by %s since %s: %s; nothing changes here until %s", cmp.Or(by.By, "somebody"),
		by.Since.UTC().Format(time.RFC3339), cmp.Or(by.Reason, "no reason given"), resume)
	o.plan.Notes = append(o.plan.Notes, plan.Note{Kind: kind, Rule: "S25", Organization: o.plan.ID, Text: text})
}

// blocked are the blocks that earlier steps found, and listed people that
// cannot be joined to a user: unknown is not gone (S10).
func blocked(o *organization) []finding {
	blocks := o.proposal.Blocks
	if texts := o.proposal.Findings.Unusable; len(texts) > 0 {
		blocks = append(slices.Clone(blocks), plan.Block{Reason: plan.UnreadableMembers, Scope: plan.Losses, Text: fmt.Sprintf(
			"%s cannot be joined to anybody, the first: %s", plan.Count(len(texts), "listed member"), slices.Min(texts))})
	}
	var found []finding
	for _, b := range blocks {
		f := finding{reason: b.Reason, concerns: b.Scope.Covers, hold: plan.Hold{Text: b.Text, Missing: b.Missing, People: b.People}, unmatched: note}
		if b.Scope == plan.Everything {
			f.unmatched = keepHold
		}
		found = append(found, f)
	}
	return found
}

// conflicts are people whose identity is unclear (S02, S06). They have no
// changes here. With ambiguous: hold, the whole organization waits for them.
func conflicts(o *organization) []finding {
	var found []finding
	for _, n := range o.proposal.Findings.Conflicts {
		f := finding{reason: plan.HoldOf(n.Rule), concerns: noChange, hold: plan.Hold{Text: n.Text, Conflict: n.Conflict}, unmatched: keepHold}
		if f.reason == plan.AmbiguousPerson {
			f.concerns = plan.Everything.Covers
		}
		found = append(found, f)
	}
	return found
}

// borrowedAddresses are losses of users whose verified address is in the
// directory under a person that is another user (S04).
func borrowedAddresses(o *organization) []finding {
	var found []finding
	for _, user := range slices.Sorted(maps.Keys(o.proposal.Borrowed)) {
		found = append(found, finding{reason: plan.BorrowedAddress, concerns: func(c *plan.Change) bool { return c.UserID == user && c.Revokes() },
			hold: plan.Hold{Text: o.proposal.Borrowed[user] + "; fix the directory, or remove the address from the account in Clerk"}})
	}
	return found
}

// noChange concerns no change.
func noChange(*plan.Change) bool { return false }

// wrongClock holds the changes that time causes while the clock is wrong
// (S28).
func wrongClock(o *organization) []finding {
	if o.clockFault == "" {
		return nil
	}
	return []finding{{reason: plan.WrongClock, concerns: o.proposal.DrivenByTime, hold: plan.Hold{Text: fmt.Sprintf(
		"%s, and start or end dates may be behind %s: set the clock, then run again", o.clockFault, plan.Count(o.plan.Waiting(o.proposal.DrivenByTime), "change"))}}}
}

// failedSources holds changes that still depend on a source that failed, in
// organizations that go on without it. These are removals of people that the
// source gave, or that only it may have identified, and keys that it might
// have filled (S09, S14).
func failedSources(o *organization) []finding {
	if len(o.failed) == 0 {
		return nil
	}
	outranks, identifies := o.mayOutrank(o.plan.ID, o.failed, o.compared.Memory), o.mayIdentify()
	return []finding{{reason: plan.FailedSource, hold: plan.Hold{Text: "a source could not be read, and may still contain the people who would be removed here"},
		concerns: func(c *plan.Change) bool {
			return c.State == plan.Ready && (c.Nulls > 0 || isMetadata(c) && outranks ||
				(c.Revokes() || c.Action == plan.RevokeInvitation) && (o.failed[c.Source] || c.Source == "" && identifies))
		}}}
}

// mayIdentify reports whether a source that could not be read may identify
// members without a marker: one that shares its ids with another source, unless
// earlier runs know that it knew nobody here. Any other failed source leads nobody
// here, or the whole organization would wait (S14).
func (o *organization) mayIdentify() bool {
	var known []string
	if m := o.compared.Memory; m != nil {
		known = m.Organizations[o.plan.ID].Sources
	}
	for name := range o.failed {
		if policy.SameIDs(o.Config.SameIDs).Shares(name) && (len(known) == 0 || slices.Contains(known, name)) {
			return true
		}
	}
	return false
}

// mayOutrank reports whether a source that could not be read may come first
// for attributes of the organization's people. Earlier runs know that; without
// them its place in the list decides (S14).
func (r *Judge) mayOutrank(organization string, failed map[string]bool, m *memory.Memory) bool {
	if m != nil && (m.Begun && !m.Foreign || allKnown(m, failed)) {
		known := m.Organizations[organization].Sources
		return slices.ContainsFunc(known, func(name string) bool { return failed[name] })
	}
	for i, s := range r.Sources {
		if failed[s.Name()] {
			return slices.ContainsFunc(r.Sources[i+1:], func(lower source.Source) bool { return !failed[lower.Name()] })
		}
	}
	return false
}

// allKnown reports whether earlier runs know all of the sources.
func allKnown(m *memory.Memory, sources map[string]bool) bool {
	for name := range sources {
		if !m.Knows(name) {
			return false
		}
	}
	return true
}

// lostSources holds removals of members whose marker names a source that the
// configuration no longer has. The source was removed; the people have not
// left (S15).
func lostSources(o *organization) []finding {
	counts := map[string]int{}
	of := func(name string) func(*plan.Change) bool {
		return func(c *plan.Change) bool {
			return (c.Action == plan.Remove || c.Action == plan.RevokeInvitation) && c.State == plan.Ready && c.Source == name && o.isOurs(c)
		}
	}
	for i := range o.plan.Changes {
		if c := &o.plan.Changes[i]; c.Source != "" && !o.configured[c.Source] && of(c.Source)(c) {
			counts[c.Source]++
		}
	}
	var found []finding
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		found = append(found, finding{reason: plan.LostSource, concerns: of(name), hold: plan.Hold{Text: fmt.Sprintf(
			"%s the marker of source %q, which the configuration of owner %q no longer has; put it back, or set renamed_from",
			words{"member has", "members have"}.count(counts[name]), name, o.Config.Owner)}})
	}
	return found
}

// isOurs reports whether the marker of the member, or of the invitation, is of
// our owner: the source that another owner's marker names was never ours.
func (o *organization) isOurs(c *plan.Change) bool {
	if c.Action == plan.RevokeInvitation {
		inv := o.proposal.Organization.Invited[c.Email]
		marker := (*plan.Marker)(nil)
		if inv != nil {
			marker = plan.ParseMarker(inv.Private)
		}
		return marker == nil || marker.OwnedBy(o.Config.Owner)
	}
	m := o.proposal.Organization.Member(c.UserID)
	return m == nil || m.Marker == nil || m.Marker.OwnedBy(o.Config.Owner)
}

// outdatedReviews are decisions to remove members who got another membership or
// a higher role since (S30). They hold no change: somebody has to decide anew.
func outdatedReviews(o *organization) []finding {
	var found []finding
	for _, text := range o.proposal.Findings.Outgrown {
		found = append(found, finding{reason: plan.OutdatedReview, concerns: noChange, hold: plan.Hold{Text: text}, unmatched: keepHold})
	}
	return found
}
