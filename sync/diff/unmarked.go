package diff

import (
	"slices"

	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// explainUnmarked gives the removals of members without a marker their reason
// from the directory. Such a member is known by a verified address or by
// external_id (S03), and confirm has read the user. Somebody whose account is
// disabled, or whose time has ended, gets no time of grace, with a marker or
// without one (S29).
func explainUnmarked(proposals []*Proposal, v *identity.Resolver) {
	people := map[string][]*directory.Person{}
	each := func(visit func(d *Proposal, c *plan.Change, keys []string)) {
		for _, d := range proposals {
			for i := range d.Changes {
				c := &d.Changes[i]
				if u := v.Users[c.UserID]; c.Action == plan.Remove && c.ID == "" && u != nil && !d.disabledUsers[c.UserID] {
					visit(d, c, append(roster.VerifiedAddresses(u), externalKey(u.ExternalID)))
				}
			}
		}
	}
	each(func(_ *Proposal, _ *plan.Change, keys []string) {
		for _, key := range keys {
			people[key] = nil
		}
	})
	if len(people) == 0 {
		return
	}
	delete(people, externalKey(""))
	findByKey(v.Directory, people)
	each(func(d *Proposal, c *plan.Change, keys []string) {
		var found []*directory.Person
		for _, key := range keys {
			found = append(found, people[key]...)
		}
		if len(found) == 0 || slices.ContainsFunc(found, func(p *directory.Person) bool { return !d.hasLeft(p) }) {
			return
		}
		d.markDisabled(c.UserID, found[0])
		c.Cause, c.Because = d.causeOfEnd(found[0])
	})
}

// findByKey sets, for each address and each external id, the people who have it.
func findByKey(d *directory.Directory, found map[string][]*directory.Person) {
	add := func(key string, p *directory.Person) {
		if known, wanted := found[key]; wanted && !slices.Contains(known, p) {
			found[key] = append(known, p)
		}
	}
	for _, people := range d.People {
		for _, p := range people {
			for _, e := range p.Addresses() {
				add(e, p)
			}
			add(externalKey(p.ExternalID), p)
		}
	}
}

// hasLeft reports whether the directory says of a person that they have left:
// the account is disabled, or the time here has ended.
func (d *Proposal) hasLeft(p *directory.Person) bool { return p.Disabled != "" || d.Expired[p] != nil }
