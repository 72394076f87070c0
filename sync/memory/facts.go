package memory

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/sync/exception"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// The kinds of facts.
const (
	FactState        = "state"
	FactOrganization = "organization"
	FactPin          = "pin"
	FactGroup        = "group"
	FactReferences   = "references"
	FactServer       = "server"
	FactFiles        = "files"
	FactPattern      = "pattern"
	FactManaged      = "managed"
	FactMissing      = "missing"
	FactSeen         = "seen"
	FactCompared     = "compared"
	FactAdmins       = "admins"
	factDecided      = "decided"
	FactMover        = "mover"
	FactInvitation   = "invitation"
	FactHour         = "invitation_hour"
	FactRefusal      = "refusal"
	FactWriters      = "writers"
	FactSeats        = "unlimited_seats"
	FactSettled      = "settled_exception"
	FactLeaver       = "leaver"
	FactUnreadable   = "unreadable"
)

// StateFact is how the state began (S31).
type StateFact struct {
	Foreign bool `json:"began_with_markers"`
	// Mapped are the organizations that patterns led to before this state had
	// applied anything: there was nothing yet that they could differ from (S21).
	Mapped []string `json:"mapped,omitempty"`
}

// OrganizationFact is what is known of an organization that runs have managed.
type OrganizationFact struct {
	Slug string `json:"slug"`
	// Sources fed it in the last run that applied all of it (S14, S15).
	Sources []string `json:"sources"`
	// Rules is the hash of the sections rules and sources when the organization
	// was last applied completely (S20).
	Rules string `json:"rules,omitempty"`
	// Trusted says that a run with this state has applied all of it (S31).
	Trusted bool `json:"trusted,omitempty"`
}

// GroupFact is how many members a group had, oldest first: the newest count that
// is a day old, and the counts since (S17, S18).
type GroupFact struct {
	Name          string      `json:"name"`
	Organizations []string    `json:"organizations"` // ids
	Counts        []PastCount `json:"counts"`
}

// PastCount is the number of members at one time.
type PastCount struct {
	At    time.Time `json:"at"`
	Count int       `json:"count"`
}

// Base is the number of members when the window began, or when the group was
// first read.
func (g GroupFact) Base(now time.Time) int {
	n := 0
	for i, c := range g.Counts {
		if i == 0 || !c.At.After(now.Add(-Window)) {
			n = c.Count
		}
	}
	return n
}

// With adds a count. It drops the counts before the window, except for the last
// of them.
func (g GroupFact) With(now time.Time, count int) []PastCount {
	counts := g.Counts
	for len(counts) > 1 && !counts[1].At.After(now.Add(-Window)) {
		counts = counts[1:]
	}
	if len(counts) > 0 && counts[len(counts)-1].Count == count {
		return counts
	}
	return append(slices.Clone(counts), PastCount{now.UTC().Truncate(time.Second), count})
}

// ServerFact is the server that was read last, and the newest change that it
// showed (S12).
type ServerFact struct {
	Server string `json:"server"`
	Newest string `json:"newest"`
}

// managedLife is how long a refusal because of Clerk's own directory sync is
// remembered.
const managedLife = 7 * 24 * time.Hour

// ManagedFact is which changes of a membership Clerk refused because its own
// directory sync manages it. A fact of an earlier version does not say which: it
// counts for roles, since nothing may delay a removal (S39).
type ManagedFact struct {
	Role     bool `json:"role,omitempty"`
	Metadata bool `json:"metadata,omitempty"`
	Removal  bool `json:"removal,omitempty"`
}

// Refuses reports whether Clerk refused such a change before.
func (f ManagedFact) Refuses(a plan.Action) bool {
	switch a {
	case plan.SetMetadata, plan.Adopt:
		return f.Metadata
	case plan.Remove, plan.RevokeInvitation:
		return f.Removal
	default:
		return f.Role
	}
}

// With is the fact after one more refusal.
func (f ManagedFact) With(a plan.Action) ManagedFact {
	switch a {
	case plan.SetMetadata, plan.Adopt:
		f.Metadata = true
	case plan.Remove, plan.RevokeInvitation:
		f.Removal = true
	default:
		f.Role = true
	}
	return f
}

// managedFact is what a fact says, until it is too old.
func managedFact(f *journal.Fact, now time.Time) (ManagedFact, error) {
	switch {
	case now.Sub(f.At) >= managedLife:
		return ManagedFact{}, nil
	case string(f.Value) == "true":
		return ManagedFact{Role: true}, nil
	}
	return decode[ManagedFact](f)
}

// Other writers are read once a day, and an hour after a list could not be read.
const (
	writersLife = 24 * time.Hour
	writersWait = time.Hour
)

// FreshWriters reports whether what is remembered of other writers is young enough
// to go by. A time in the future is of a clock that was wrong.
func (m *Memory) FreshWriters(now time.Time) bool {
	if m == nil || m.Writers == nil {
		return false
	}
	age, life := now.Sub(m.Writers.ReadAt), writersLife
	if m.Writers.Failed() {
		life = writersWait
	}
	return age >= 0 && age < life
}

// UnlimitedFact is that the subscription of an organization, or the instance for an
// empty key, said that no seats are counted, and when.
type UnlimitedFact struct {
	At time.Time `json:"at"`
}

// HasUnlimitedSeats reports whether an organization had no limit of paid seats within
// the last day. It is then not asked again.
func (m *Memory) HasUnlimitedSeats(organization string, now time.Time) bool {
	if m == nil {
		return false
	}
	for _, key := range []string{organization, ""} {
		if f, ok := m.Unlimited[key]; ok && now.Sub(f.At) >= 0 && now.Sub(f.At) < writersLife {
			return true
		}
	}
	return false
}

// NoteAdmin adds a user to the admins of an organization, or takes one out (S30).
func (m *Memory) NoteAdmin(organization, user string, admin bool) {
	users := slices.DeleteFunc(slices.Clone(m.Admins[organization]), func(u string) bool { return u == user })
	if admin {
		users = policy.Unique(append(users, user))
	}
	if m.Admins == nil {
		m.Admins = map[string][]string{}
	}
	m.Admins[organization] = users
}

// Decide is the fact that makes later runs follow a decision.
func Decide(c *plan.Conflict, newPerson bool) journal.Fact {
	value, err := json.Marshal(plan.Decision{Was: c.Was, Also: c.Also, New: newPerson})
	if err != nil {
		panic("a decision cannot be encoded: " + err.Error()) // it is strings
	}
	return journal.Fact{Kind: factDecided, Key: DecisionKey(c.Now, c.User), Value: value}
}

// DecisionKey is the key of a decision on a person and a user.
func DecisionKey(now plan.DirectoryID, user string) string {
	return now.Source + "\x1f" + now.ID + "\x1f" + user
}

// DecisionOn is what an admin decided on a person and a user; zero if there is
// no decision.
func (m *Memory) DecisionOn(id plan.DirectoryID, user string) plan.Decision {
	if m == nil || len(m.Decisions) == 0 {
		return plan.Decision{}
	}
	return m.Decisions[DecisionKey(id, user)]
}

// A member who is missing from the source stays for the grace period (S29). Only
// successful runs count it: while the source cannot be read, no grace period ends.
// A disabled account is not missing; it is removed at once.

// MissingFact is how long a person has been missing from the source, as far as
// runs have counted.
type MissingFact struct {
	Counted time.Duration `json:"counted"`
	Last    time.Time     `json:"last"` // when it was last counted
}

// mostCounted is how much of the time between two runs counts at most: that
// between two nightly runs. If the service was down for a week, its first run
// removes nobody who went missing meanwhile.
const mostCounted = 25 * time.Hour

// MissingFor is how long the person of a removal has been missing by now.
func (m *Memory) MissingFor(c *plan.Change, now time.Time) time.Duration {
	known, ok := m.Missing[plan.MembershipKey(c)]
	if !ok || !m.Clock.failed.Before(known.Last) {
		return known.Counted
	}
	return known.Counted + min(max(0, now.Sub(known.Last)), mostCounted)
}

// Window is the period of the limits over 24 hours (S17).
const Window = 24 * time.Hour

// If Clerk has not verified the address of a person, only our marker identifies
// their user, and a removal deletes the marker. If rules want the person in another
// organization, the removal may succeed without the add: the add may fail, wait for
// approval or a start date, or the run may be cut off. The user is therefore
// remembered before anything is sent, until another membership has the marker (S01).

// MoverFact is the user of a person whose last marker may be gone, and the last
// day on which a run wanted the person somewhere.
type MoverFact struct {
	User   string    `json:"user"`
	Wanted time.Time `json:"wanted"`
}

// moverLife is how long a mover is remembered after that day.
const moverLife = 30 * 24 * time.Hour

// MoverKey is the key of a [MoverFact].
func MoverKey(id plan.DirectoryID) string { return id.Source + "\x1f" + id.ID }

// MoverID is the id in a key of [MoverKey], under the present name of its source.
func MoverID(key string, config policy.Config) plan.DirectoryID {
	source, id, _ := strings.Cut(key, "\x1f")
	return config.PresentID(plan.DirectoryID{Source: source, ID: id})
}

// RememberedMovers are the users of movers by id, under the present names of
// sources.
func (m *Memory) RememberedMovers(config policy.Config, now time.Time) map[plan.DirectoryID]string {
	out := map[plan.DirectoryID]string{}
	if m == nil {
		return out
	}
	for key, f := range m.Movers {
		if now.Sub(f.Wanted) < moverLife {
			out[MoverID(key, config)] = f.User
		}
	}
	return out
}

// PausedBy finds the pause of an organization, or the pause of all.
func (m *Memory) PausedBy(organization string) *journal.Pause {
	if m == nil {
		return nil
	}
	for i := range m.pauses {
		if p := &m.pauses[i]; p.Organization == "" || p.Organization == organization {
			return p
		}
	}
	return nil
}

// Stale reports whether another server than last time shows an older directory, or the
// same address does, and names the server of last time (S12).
func (m *Memory) Stale(s *source.Snapshot) (stale bool, was string) {
	last, ok := m.servers[s.Source]
	if !ok {
		return false, ""
	}
	if last.Server == s.Server {
		return s.Revision.WentBack(source.Revision(last.Newest)), last.Server
	}
	older, known := s.Revision.OlderThan(source.Revision(last.Newest))
	return older && known, last.Server
}

// MissingFiles lists the files of earlier runs that the source no longer has
// (S11).
func (m *Memory) MissingFiles(s *source.Snapshot, config policy.Config) []string {
	return slices.DeleteFunc(slices.Clone(m.files[s.Source]), func(name string) bool {
		return slices.Contains(s.Files, name) || !s.AsksFor(name) || config.Retire[name] == policy.RetireRemove
	})
}

// NewState reports whether our markers existed before this state (S31).
func (m *Memory) NewState(marked bool) bool {
	if m.Begun {
		return m.Foreign
	}
	return marked
}

// ManagedBefore reports whether earlier runs have managed an organization. A state that
// has applied nothing yet knows of none, so all of them count (S21).
func (m *Memory) ManagedBefore(id string) bool {
	_, known := m.Organizations[id]
	return known || len(m.Organizations) == 0 || slices.Contains(m.mapped, id)
}

// State is what a run remembers of the state as such. While nothing has been
// applied, the organizations that patterns lead to are added (S21). It is not ok
// if nothing is new.
func (m *Memory) State(foreign bool, mapped []string) (f StateFact, ok bool) {
	f = StateFact{Foreign: m.Foreign, Mapped: m.mapped}
	if !m.Begun {
		f.Foreign = foreign
	}
	if len(m.Organizations) == 0 {
		f.Mapped = policy.Union(m.mapped, mapped)
	}
	return f, !m.Begun || len(f.Mapped) > len(m.mapped)
}

// Invitations are remembered, so that nobody gets repeated mails. An invitation
// that has expired, or that Clerk refused, is sent again only after resend_after and
// only resend_most times. An invitation that somebody revoked by hand is not sent
// again.

// InvitationFact is which invitations an organization has sent to an address.
type InvitationFact struct {
	Sent    int       `json:"sent"` // how often, refusals included
	At      time.Time `json:"at"`   // when last
	Expires time.Time `json:"expires,omitzero"`
	// Refused is why Clerk refused the last one; empty if Clerk accepted it.
	Refused string `json:"refused,omitempty"`
	// Renewed is when the last one replaced a pending one.
	Renewed time.Time `json:"renewed,omitzero"`
}

// InvitationKey is the key of an [InvitationFact].
func InvitationKey(organization, email string) string { return organization + " " + email }

// RenewedLately reports whether an invitation was renewed within the window. One
// more difference is then no reason for one more mail.
func (m *Memory) RenewedLately(organization, email string, now time.Time) bool {
	if m == nil {
		return false
	}
	f := m.Invitations[InvitationKey(organization, email)]
	return !f.Renewed.IsZero() && now.Sub(f.Renewed) < Window
}

// SentInvitations reports whether earlier runs sent invitations.
func (m *Memory) SentInvitations() bool { return m != nil && len(m.Invitations) > 0 }

// SettledKey is the key of the fact that a grant which is over has left nothing.
func SettledKey(e *exception.Exception) string { return strconv.FormatInt(e.ID, 10) }

// LeaverFact is somebody whose account the leaver ladder has not finished with, by user;
// see [LeaverKey].
// It is written before the removals are sent: afterwards no marker names the person.
type LeaverFact struct {
	Source  string     `json:"source"`
	ID      string     `json:"id"`
	Email   string     `json:"email,omitempty"`
	Name    string     `json:"name,omitempty"`
	Because string     `json:"because"`
	Cause   plan.Cause `json:"cause"`
	// Asks is that of the steps; see [plan.Change].
	Asks bool `json:"asks,omitempty"`
	// Place is the name of the organization in which sessions end.
	Place string `json:"place,omitempty"`
	// Banned and Locked say that a run has banned or locked the account, LockEnds when the
	// lock ends by itself; zero is never.
	Banned   bool      `json:"banned,omitempty"`
	Locked   bool      `json:"locked,omitempty"`
	LockEnds time.Time `json:"lock_ends,omitzero"`
	// Seen is when a run last found the person in the directory; zero if no run did.
	Seen time.Time `json:"seen,omitzero"`
	// Claimed is since when the account may be that of somebody who is present, and
	// Claimants are the entries of those.
	Claimed   time.Time          `json:"claimed,omitzero"`
	Claimants []plan.DirectoryID `json:"claimants,omitempty"`
}

// With takes over what an earlier run knows, and this one does not. A claim lasts since
// the first run that found it.
func (f LeaverFact) With(earlier *LeaverFact, claimed bool, now time.Time) LeaverFact {
	f.Banned, f.Locked, f.LockEnds = earlier.Banned, earlier.Locked, earlier.LockEnds
	if !earlier.Seen.IsZero() {
		f.Seen = earlier.Seen
	}
	for _, id := range earlier.Claimants {
		if !slices.Contains(f.Claimants, id) {
			f.Claimants = append(f.Claimants, id)
		}
	}
	if f.Claimed = earlier.Claimed; claimed && f.Claimed.IsZero() {
		f.Claimed = now.UTC()
	} else if !claimed {
		f.Claimed = time.Time{}
	}
	return f
}

// ByHand says what somebody has taken back by hand since a run did it; empty if nobody
// did. A lock also ends by itself (S30).
func (f *LeaverFact) ByHand(banned, locked bool, now time.Time) string {
	switch {
	case f.Banned && !banned:
		return "unbanned the account since rollcall banned it"
	case f.Locked && !locked && !banned && (f.LockEnds.IsZero() || now.Before(f.LockEnds)):
		return "unlocked the account since rollcall locked it"
	}
	return ""
}

// claimLife is how long an account waits for the end of a claim.
const claimLife = 30 * 24 * time.Hour

// IsClaimedForGood reports whether a claim has lasted so long that the ladder ends.
func (f *LeaverFact) IsClaimedForGood(now time.Time) bool {
	return !f.Claimed.IsZero() && now.Sub(f.Claimed) >= claimLife
}

// LeaverKey is the key of the fact of a step: the user, and the organization if the step
// is only about the sessions there.
func LeaverKey(c *plan.Change) string {
	if c.From == "" {
		return c.UserID
	}
	return plan.SubjectKey(c.UserID, c.From)
}

// LeaverOfKey is the user of a key, and the organization if there is one.
func LeaverOfKey(key string) (user, organization string) {
	user, organization, _ = strings.Cut(key, " ")
	return user, organization
}

// LeaverOf is the fact of a step of the ladder.
func LeaverOf(c *plan.Change) LeaverFact {
	return LeaverFact{Source: c.Source, ID: c.ID, Email: c.Email, Name: c.Name, Because: c.Because, Cause: c.Cause, Asks: c.Asks, Place: c.To}
}

// DirectoryID is the id of the person under the present name of the source.
func (f *LeaverFact) DirectoryID(config policy.Config) plan.DirectoryID {
	return config.PresentID(plan.DirectoryID{Source: f.Source, ID: f.ID})
}
