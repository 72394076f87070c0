package plan

import (
	"fmt"
	"slices"

	"rollcall/sync/writers"
)

// Organization is what a plan does in one organization.
type Organization struct {
	ID   string `json:"id"`
	Slug string `json:"slug,omitempty"`
	Name string `json:"name,omitempty"`
	// Members is how many there are now, Ours how many carry our marker.
	Members int `json:"members"`
	Ours    int `json:"ours"`
	// Foreign is how many carry another owner's marker (S26). It is for who
	// made the plan; a plan that was saved and read again says 0.
	Foreign int `json:"-"`
	// AdminsBefore and AdminsAfter count those who may manage memberships,
	// today and when all ready changes are applied.
	AdminsBefore int   `json:"admins_before"`
	AdminsAfter  int   `json:"admins_after"`
	Seats        Seats `json:"seats"`
	// Changes are in the order of reports. When they are sent, removals and
	// demotions that need no successor go first (S39).
	Changes []Change `json:"changes,omitempty"`
	// Omitted are the losses that the plan leaves out under removals: none, where
	// removals: managed would propose them; nil if there are none (S26).
	Omitted *LossCount `json:"omitted,omitempty"`
	// Migrating says that Clerk moves the members to other roles now: changes of
	// roles and new members wait (S39).
	Migrating bool `json:"migrating,omitempty"`
	// Writers are what else makes members of the organization, or sets roles.
	Writers []writers.Writer `json:"writers,omitempty"`
	Notes   []Note           `json:"notes,omitempty"`
}

// Seats are an organization's places; pending invitations take places.
type Seats struct {
	Before int `json:"before"`
	After  int `json:"after"`
	Limit  int `json:"limit"` // the lower of the limits that are known; 0: none, unless Paid
	// Paid says that the limit is the number of seats that the subscription pays
	// for. Otherwise it is max_allowed_memberships.
	Paid bool `json:"paid,omitempty"`
	// Missing is how many seats all joins of the plan lack, also those that wait.
	Missing int `json:"missing,omitempty"`
	// Freed is how many taken seats all leavers of the plan make free, if seats are
	// missing.
	Freed int `json:"freed,omitempty"`
	// Known says that the subscription was read in this run.
	Known bool `json:"-"`
}

// Limited reports whether the organization has a limit.
func (s *Seats) Limited() bool { return s.Limit > 0 || s.Paid }

// Pay lowers the limit to the seats that the subscription pays for.
func (s *Seats) Pay(paid int) {
	if !s.Limited() || paid < s.Limit {
		s.Limit, s.Paid = paid, true
	}
}

// MissingText says how many seats are missing, of how many, and how many of the
// taken ones become free.
func (s *Seats) MissingText(missing, leaving int) string {
	limit := "allowed"
	if s.Paid {
		limit = "paid"
	}
	text := fmt.Sprintf("%s %s missing: %d %s %s, %d %s taken", Count(missing, "seat"), areOf(missing), s.Limit, areOf(s.Limit), limit, s.Before, areOf(s.Before))
	switch {
	case leaving == 1:
		text += ", 1 becomes free"
	case leaving > 1:
		text += fmt.Sprintf(", %d become free", leaving)
	}
	return text
}

func areOf(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// LossCount counts what people would lose, by kind.
type LossCount struct {
	Memberships  int `json:"memberships,omitempty"`
	AdminRoles   int `json:"admin_roles,omitempty"`
	MetadataKeys int `json:"metadata_keys,omitempty"`
	Invitations  int `json:"invitations,omitempty"`
}

// Label is the name of an organization in reports: the slug, or the id if there
// is none.
func (o *Organization) Label() string {
	if o.Slug != "" {
		return o.Slug
	}
	return o.ID
}

// Waiting counts the changes of a kind that a hold would keep: those that are
// not skipped.
func (o *Organization) Waiting(kind func(*Change) bool) int {
	n := 0
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State != Skipped && kind(c) {
			n++
		}
	}
	return n
}

// Hold holds the changes of a kind. A skipped change stays skipped.
func (o *Organization) Hold(kind func(*Change) bool, r Reason) {
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State != Skipped && kind(c) {
			c.Hold(r)
		}
	}
}

// Complete reports whether the plan does everything that it wants in the
// organization. It also wants what is not in the saved plan, and what is paused.
func (o *Organization) Complete() bool {
	return !slices.ContainsFunc(o.Changes, func(c Change) bool {
		return c.State == Held || c.SkippedFor() == NotInSavedPlan || c.SkippedFor() == Paused
	})
}

// Ready counts the ready changes.
func (o *Organization) Ready() int {
	n := 0
	for i := range o.Changes {
		if o.Changes[i].State == Ready {
			n++
		}
	}
	return n
}

// AdminFloor is how many admins must stay: min_admins, or the present number if
// there are fewer. S19 applies only if a plan lowers the number.
func (o *Organization) AdminFloor(minimum int) int { return min(minimum, o.AdminsBefore) }

// SeatsAfter counts the seats that are taken when all ready changes are applied.
func (o *Organization) SeatsAfter() int {
	n := o.Seats.Before
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == Ready {
			n += c.SeatDelta()
		}
	}
	return n
}
