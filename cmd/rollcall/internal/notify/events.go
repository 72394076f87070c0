package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"rollcall/sync"
	"rollcall/sync/journal"
)

// Events are read from the journal, so that what a crash or a receiver's bad
// day kept from being sent is sent later: each at least once, in order, for as
// long as the history keeps it. How far the receiver has come is a fact of the
// journal.
const (
	factEvents = "events"
	keyCursor  = "cursor"
	batchSize  = 100
	kindEvents = "memberships.changed"
)

// event is what happened to one person.
type event struct {
	// ID is the same each time the event is sent.
	ID           string    `json:"id"`
	Type         string    `json:"type"`
	At           time.Time `json:"at"`
	Run          int64     `json:"run"`
	Organization string    `json:"organization"`
	UserID       string    `json:"user_id,omitempty"`
	Email        string    `json:"email,omitempty"`
	Name         string    `json:"name,omitempty"`
	Source       string    `json:"source,omitempty"`
	PersonID     string    `json:"person_id,omitempty"`
	Role         string    `json:"role,omitempty"`
	RoleBefore   string    `json:"role_before,omitempty"`
	Because      string    `json:"because,omitempty"`
}

// eventTypes are the actions that are events. Metadata are not: they may hold
// what the receiver need not know.
var eventTypes = map[string]string{
	sync.Add.String():              "membership.added",
	sync.CreateUser.String():       "user.created", // the membership is an event of its own
	sync.SetRole.String():          "membership.role_changed",
	sync.Remove.String():           "membership.removed",
	sync.Invite.String():           "invitation.sent",
	sync.RevokeInvitation.String(): "invitation.revoked",
}

// beginEvents makes now the beginning when there is none: what happened before
// the receiver was configured is no news.
func (n *Notifier) beginEvents(ctx context.Context, db *journal.DB) error {
	if db == nil {
		return fmt.Errorf("events come from the journal, and there is no state directory")
	}
	_, begun, err := cursor(ctx, db)
	if err != nil || begun {
		return err
	}
	last, err := db.Last(ctx)
	if err != nil {
		return err
	}
	return setCursor(ctx, db, last)
}

func cursor(ctx context.Context, db *journal.DB) (id int64, begun bool, err error) {
	facts, err := db.Facts(ctx, factEvents)
	if err != nil || len(facts) == 0 {
		return 0, false, err
	}
	err = json.Unmarshal(facts[0].Value, &id)
	return id, true, err
}

func setCursor(ctx context.Context, db *journal.DB, id int64) error {
	value := json.RawMessage(strconv.FormatInt(id, 10))
	return db.Remember(ctx, 0, []journal.Fact{{Kind: factEvents, Key: keyCursor, Value: value}}, nil)
}

// sendEvents sends what the receiver has not had, batch by batch, up to the
// first change of which nobody knows yet what became of it.
func (n *Notifier) sendEvents(ctx context.Context, db *journal.DB) error {
	at, _, err := cursor(ctx, db)
	for err == nil {
		var changes []journal.Change
		if changes, err = db.After(ctx, at, batchSize); err != nil {
			break
		}
		settled := settledFirst(changes)
		if len(settled) == 0 {
			return nil
		}
		if err = n.sendBatch(ctx, settled); err == nil {
			at = settled[len(settled)-1].ID
			err = setCursor(ctx, db, at)
		}
	}
	return err
}

func settledFirst(changes []journal.Change) []journal.Change {
	for i := range changes {
		if changes[i].Open() {
			return changes[:i]
		}
	}
	return changes
}

func (n *Notifier) sendBatch(ctx context.Context, changes []journal.Change) error {
	var events []event
	for i := range changes {
		if e, ok := newEvent(&changes[i]); ok {
			events = append(events, e)
		}
	}
	if len(events) == 0 {
		return nil
	}
	id := events[0].ID + "_" + strconv.Itoa(len(events))
	return n.config.Events.post(ctx, n.poster, id, n.eventsEnvelope(events))
}

func (n *Notifier) eventsEnvelope(events []event) envelope {
	return envelope{kindEvents, time.Now().UTC(), struct {
		Installation string  `json:"installation"`
		Events       []event `json:"events"`
	}{n.config.Name, events}}
}

// newEvent is the event that a change was, if it was one.
func newEvent(c *journal.Change) (event, bool) {
	kind, ok := eventTypes[c.Action]
	if !ok || c.Result != journal.Done {
		return event{}, false
	}
	return event{
		// The time tells journals apart: a new one counts from 1 again.
		ID:   fmt.Sprintf("evt_%d_%s", c.ID, strconv.FormatInt(c.Intended.UnixNano(), 36)),
		Type: kind, At: c.Settled, Run: c.Run, Organization: c.Organization, UserID: c.UserID, Email: c.Email, Name: c.Name,
		Source: c.Source, PersonID: c.PersonID, Role: c.To, RoleBefore: c.From, Because: c.Because,
	}, true
}
