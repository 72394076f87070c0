package sync

import (
	"fmt"
	"slices"
	"strings"
)

// Single changes that cannot or must not be are skipped with their reason;
// they hold nothing and nobody else (S08, S19).

// What the reasons begin with.
const (
	protected     = "protected"
	banned        = "the user is banned or deprovisioned"
	denied        = "on the deny list"
	directoryOwns = "Clerk's own directory sync manages the membership"
	noSuchRole    = "role "
	tooLarge      = "metadata would be"
	lastAdmin     = "the organization would keep fewer than"
	noSeat        = "no seat is left"
	hourIsFull    = "Clerk takes no more invitations in this hour; a later run sends it"
	waitsFor      = "waits for"
	notSaved      = "not in the saved plan"
)

// roleSet is the word for a role that the organization may not use.
const roleSet = "role_set"

// skipWords are the reasons in a word each.
var skipWords = []struct{ text, word string }{
	{protected, "protected"}, {banned, "banned"}, {denied, "denied"}, {directoryOwns, "managed_by_clerk"}, {noSuchRole, roleSet},
	{tooLarge, "metadata_size"}, {lastAdmin, "last_admin"}, {noSeat, "no_seat"}, {hourIsFull, "invitation_limit"},
	{notSaved, "saved_plan"}, {waitsFor, "renewal"}, {inGrace, "grace"}, {paused, "paused"},
}

// SkippedFor is why a skipped change is left out, in a word that counts the
// same reason together whatever its figures; empty for any other change.
func (c *Change) SkippedFor() string {
	if c.State != Skipped {
		return ""
	}
	for _, w := range skipWords {
		if strings.HasPrefix(c.Why, w.text) {
			return w.word
		}
	}
	return "other"
}

// skipper marks single changes.
type skipper struct {
	protect, deny list
	users         *resolver
	// people are the desired ones by user: the lists may mean them by what
	// only the directory knows.
	people map[string]*person
	// newcomers are those without a user, by address.
	newcomers map[string]*person
	memory    *memory
}

func newSkipper(config Config, v *resolver, m *memory) *skipper {
	s := &skipper{protect: newList(config.Protect), deny: newList(config.Deny), users: v, people: map[string]*person{}, newcomers: map[string]*person{}, memory: m}
	for _, p := range v.people {
		if p.userID != "" {
			s.people[p.userID] = p
		} else {
			s.newcomers[p.Email] = p
		}
	}
	return s
}

func (s *skipper) mark(d *draft) {
	for i := range d.changes {
		c := &d.changes[i]
		if why := s.reason(c, d.state); why != "" {
			c.State, c.Why = Skipped, why
		}
	}
}

// reason says why a change is skipped; empty when it is not.
func (s *skipper) reason(c *Change, o *organizationState) string {
	values := s.names(c)
	switch {
	case c.Action != Add && s.protect.has(s.proven(c, o)...):
		return protected + " (S19)"
	case c.gives() && s.users.state.banned[c.UserID]:
		return banned + " (S08)"
	case c.gives() && s.deny.has(values...):
		return denied + " (S08)"
	case s.memory != nil && s.memory.managed[membershipKey(c)]:
		return directoryOwns + " (S19)"
	case c.assigns() && !o.assignable[c.To]:
		return fmt.Sprintf(noSuchRole+"%q is not in the organization's role set (S19)", c.To)
	}
	return s.oversize(c, o)
}

// gives reports whether the change lets somebody in or up.
func (c *Change) gives() bool {
	return c.Action == Add || c.Action == Invite || c.Action == CreateUser || c.Admin == AdminGained
}

// assigns reports whether the change gives a role.
func (c *Change) assigns() bool {
	return c.Action == Add || c.Action == Invite || c.Action == CreateUser || c.Action == SetRole
}

// names are all values by which deny may mean the change's user: what Clerk
// says, and what the directory says.
func (s *skipper) names(c *Change) []string {
	values := append(s.ofClerk(c), c.Email)
	p := s.people[c.UserID]
	if c.UserID == "" {
		p = s.newcomers[c.Email]
	}
	if p != nil {
		values = append(append(values, p.ExternalID), p.emails()...)
	}
	return values
}

// proven are the values by which protect may mean the change's user (S04). The
// directory's word does not count: many let people write their own address,
// and one of a protected domain would keep an admin's rights. Clerk's
// identifier does: to leave somebody as they are it is enough.
func (s *skipper) proven(c *Change, o *organizationState) []string {
	values := s.ofClerk(c)
	if m := o.member(c.UserID); m != nil {
		values = append(values, m.Identifier, m.email())
	}
	return values
}

// ofClerk are the user's id, external_id and verified addresses.
func (s *skipper) ofClerk(c *Change) []string {
	values := []string{c.UserID}
	if u := s.users.users[c.UserID]; u != nil {
		values = append(append(values, u.ExternalID), verified(u)...)
	}
	return values
}

// oversize refuses metadata that Clerk would refuse, before anything is sent.
func (s *skipper) oversize(c *Change, o *organizationState) string {
	if c.Public == "" && c.Private == "" {
		return ""
	}
	var public, private map[string]any
	if m := o.member(c.UserID); m != nil {
		public, private = decodeObject(m.Public), m.private()
	}
	sizes := []int{
		len(canonical(merged(public, decodeObject([]byte(c.Public))))),
		len(canonical(merged(private, decodeObject([]byte(c.Private))))),
	}
	if n := slices.Max(sizes); n > MaxMetadata {
		return fmt.Sprintf(tooLarge+" %d bytes, Clerk allows %d", n, MaxMetadata)
	}
	return ""
}

// adminFloor is how many admins must stay: min_admins, or as many as there
// are where there are fewer already (S19 speaks only when a plan lowers them).
func (o *OrganizationPlan) adminFloor(minimum int) int { return min(minimum, o.AdminsBefore) }

// skipLastAdmins leaves out demotions and removals of admins that would bring
// the organization below min_admins, counting only what will be applied (S19).
func skipLastAdmins(o *OrganizationPlan, minimum int) {
	after, floor := o.AdminsBefore, o.adminFloor(minimum)
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.State == Ready {
			after += c.adminDelta()
		}
	}
	for i := len(o.Changes) - 1; i >= 0 && after < floor; i-- {
		c := &o.Changes[i]
		if c.State == Ready && c.Admin == AdminLost {
			c.State, c.Why = Skipped, fmt.Sprintf(lastAdmin+" %s (S19)", count(minimum, "admin"))
			after++
		}
	}
	o.AdminsAfter = after
}

func (c *Change) adminDelta() int {
	switch c.Admin {
	case AdminGained:
		if c.Action == Invite {
			return 0 // an invited admin is none until accepting
		}
		return 1
	case AdminLost:
		return -1
	}
	return 0
}

// seatDelta is the change's effect on taken places; invitations take them too.
func (c *Change) seatDelta() int {
	switch c.Action {
	case Add, Invite, CreateUser:
		return 1
	case Remove, RevokeInvitation:
		return -1
	case SetRole, SetMetadata, Adopt:
	}
	return 0
}

// seat skips adds for which there is no place even when every ready removal
// has been made (S19), and moves removals that free places before the adds,
// as far as needed; never those of admins, whose number must not dip.
func seat(o *OrganizationPlan) {
	free, early := o.freePlaces()
	if o.Seats.Limit == 0 {
		return
	}
	adds := 0
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.State != Ready || c.seatDelta() <= 0 {
			continue
		}
		if free+early <= adds {
			c.State, c.Why = Skipped, fmt.Sprintf(noSeat+": %d of %d are taken (S19)", o.Seats.Before, o.Seats.Limit)
			continue
		}
		adds++
	}
	if adds > 0 {
		o.early(adds - free)
	}
}

// seatsAfter counts the places taken when all ready changes are applied.
func (o *OrganizationPlan) seatsAfter() int {
	n := o.Seats.Before
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == Ready {
			n += c.seatDelta()
		}
	}
	return n
}

// freePlaces counts the places that are free now and those that ready
// removals of others than admins can free before the adds.
func (o *OrganizationPlan) freePlaces() (free, early int) {
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == Ready && c.seatDelta() < 0 && c.Admin != AdminLost {
			early++
		}
	}
	return o.Seats.Limit - o.Seats.Before, early
}

// early moves the first n removals of others than admins to the front.
func (o *OrganizationPlan) early(n int) {
	var first, rest []Change
	for _, c := range o.Changes {
		if len(first) < n && c.State == Ready && c.seatDelta() < 0 && c.Admin != AdminLost {
			first = append(first, c)
			continue
		}
		rest = append(rest, c)
	}
	o.Changes = append(first, rest...)
}
