package sandbox

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

const (
	statusActive = "active"
	tenYears     = 3652 * dayMillis
	// sessionLife is how long a session lasts in a fresh instance.
	sessionLife = 7 * dayMillis
)

// accounts are the sessions and API keys of an instance.
type accounts struct {
	sessions    []*session // ordered by creation
	sessionByID map[string]*session
	keys        []*apiKey // ordered by creation
	keyByID     map[string]*apiKey
}

type session struct {
	Session
	seq  int64
	user *user
}

type apiKey struct {
	APIKey
	seq int64
}

func (s *session) creation() (int64, int64) { return s.CreatedAt, s.seq }
func (k *apiKey) creation() (int64, int64)  { return k.CreatedAt, k.seq }

// status is the stored status; an active session that has run out is expired.
func (s *session) status(now int64) string {
	if s.Status == statusActive && s.ExpiresAt <= now {
		return statusExpired
	}
	return s.Status
}

// expired reports whether a key has run out.
func (k *apiKey) expired(now int64) bool { return k.ExpiresAt > 0 && k.ExpiresAt <= now }

func loadAccess(s *state, seed *Seed) error {
	for i, row := range seed.Sessions {
		row.CreatedAt, row.UpdatedAt = withDefaultTimes(row.CreatedAt, row.UpdatedAt, i)
		row.Status, row.ExpiresAt = cmp.Or(row.Status, statusActive), cmp.Or(row.ExpiresAt, row.CreatedAt+tenYears)
		row.LastActiveAt = cmp.Or(row.LastActiveAt, row.CreatedAt)
		s.addSession(&session{Session: row, user: s.userByID[row.UserID]})
	}
	for i, row := range seed.APIKeys {
		row.CreatedAt, row.UpdatedAt = withDefaultTimes(row.CreatedAt, row.UpdatedAt, i)
		s.addKey(&apiKey{APIKey: row})
	}
	return nil
}

func (s *state) addSession(n *session) {
	n.seq = s.nextNumber()
	n.ID = cmp.Or(n.ID, makeID("sess_", n.seq))
	n.ClientID = cmp.Or(n.ClientID, "client_"+strings.TrimPrefix(n.ID, "sess_"))
	n.user.sessions = append(n.user.sessions, n)
	s.sessions = insert(s.sessions, n)
	s.sessionByID[n.ID] = n
}

func (s *state) addKey(k *apiKey) {
	k.seq = s.nextNumber()
	k.ID = cmp.Or(k.ID, fmt.Sprintf("ak_%032x", k.seq)) // the form that Clerk's contract gives
	k.Name = cmp.Or(k.Name, k.ID)
	if u := s.userByID[k.Subject]; u != nil {
		u.keys = append(u.keys, k)
	}
	s.keys = insert(s.keys, k)
	s.keyByID[k.ID] = k
}

// reserveKeyID is reserveID for API keys.
func reserveKeyID(s *state, id string) {
	if n, err := strconv.ParseInt(strings.TrimPrefix(id, "ak_"), 16, 64); err == nil && len(id) == len("ak_")+32 {
		s.sequence = max(s.sequence, n)
	}
}

// dropAccess removes the sessions and keys of a user who is deleted.
func (s *accounts) dropAccess(u *user) {
	for _, n := range u.sessions {
		s.sessions = remove(s.sessions, n)
		delete(s.sessionByID, n.ID)
	}
	for _, k := range u.keys {
		s.keys = remove(s.keys, k)
		delete(s.keyByID, k.ID)
	}
}

// endSessions revokes the sessions of a user that are active.
func (u *user) endSessions(now int64) {
	for _, n := range u.sessions {
		if n.status(now) == statusActive || n.Status == "pending" {
			n.Status, n.UpdatedAt = statusRevoked, now
		}
	}
}

// setBanned bans a user, which ends the sessions, or takes the ban back.
func (u *user) setBanned(banned bool, now int64) {
	u.Banned = banned
	if banned {
		u.endSessions(now)
	}
}

// subscription is the organization's subscription, also in its short form; nil is
// none.
func (o *organization) subscription() *Subscription {
	if o.Subscription != nil || o.Seats == 0 {
		return o.Subscription
	}
	return &Subscription{Items: []SubscriptionItem{{Seats: &ItemSeats{Quantity: &o.Seats}}}}
}

// seatLimit adds up the seats of the active items. Clerk does not document more
// than one such item.
func (s *Subscription) seatLimit() (seats int, limited bool) {
	if s == nil {
		return 0, false
	}
	for _, item := range s.Items {
		switch {
		case cmp.Or(item.Status, statusActive) != statusActive || item.Seats == nil:
		case item.Seats.Quantity == nil:
			return 0, false
		default:
			seats, limited = seats+*item.Seats.Quantity, true
		}
	}
	return seats, limited
}

// lacksSeats reports whether the subscription has no seats for n more members.
func (o *organization) lacksSeats(n int, now int64) bool {
	seats, limited := o.subscription().seatLimit()
	return limited && len(o.members)+o.pending(now)+n > seats
}

// migrating reports whether the roles of an organization are being migrated.
func (s *state) migrating(o *organization) bool {
	m := o.set.Migration
	return o.RoleMigration || m.running() && (m.OrganizationID == "" || m.OrganizationID == o.ID)
}
