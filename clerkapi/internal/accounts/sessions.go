package accounts

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/wire"
)

const sessionsPath = "/sessions"

// ActiveSessions lists the sessions of a user that have not ended, whole or an error (GET
// /sessions). A session that waits for a task is pending. The task may be a second factor,
// or the choice of an organization by somebody who has just lost the last one. Clerk has no
// filter for both, so all sessions are read.
func (c *Calls) ActiveSessions(ctx context.Context, user string) ([]Session, error) {
	if err := arguments.Of("ActiveSessions").ID("user", user).Err(); err != nil {
		return nil, err
	}
	l := &shortList[Session]{
		what: "active sessions of a user", kind: "GET " + sessionsPath, limit: wire.PageLimit,
		id: func(s *Session) string { return s.ID },
		fetch: func(ctx context.Context, offset int) ([]Session, int, error) {
			return c.sessions(ctx, user, offset)
		},
	}
	all, err := l.all(ctx, c.Sender)
	return slices.DeleteFunc(all, func(s Session) bool { return s.HasEnded() }), err
}

// HasEnded reports whether nobody can use the session any more. A status that is not known
// says no.
func (s *Session) HasEnded() bool {
	return slices.Contains([]string{"revoked", "ended", "expired", "removed", "abandoned", "replaced"}, s.Status)
}

// sessions reads one page. A session of another user than the one asked for means
// that the answer belongs to another question (S09).
func (c *Calls) sessions(ctx context.Context, user string, offset int) ([]Session, int, error) {
	var out wire.Sessions
	err := c.Sender.Do(ctx, &calls.Call{
		Method: "GET", Path: sessionsPath, Out: &out, Repeat: calls.Always, LeastCounted: true,
		Query: url.Values{"user_id": {user}, "paginated": {"true"},
			"limit": {strconv.Itoa(wire.PageLimit)}, "offset": {strconv.Itoa(offset)}},
	})
	if err != nil {
		return nil, 0, err
	}
	for i := range out.Data {
		if s := &out.Data[i]; s.UserID != user {
			return nil, 0, fmt.Errorf("GET %s: asked for the sessions of %s, got one of %s", sessionsPath, user, wire.CleanMessage(s.UserID))
		}
	}
	total := -1
	if out.Total != nil {
		total = int(*out.Total)
	}
	return calls.Rows(out.Data, func(w *wire.Session) Session { return Session(*w) }), total, nil
}

// RevokeSession ends a session: its user has to sign in again. It is repeated
// when the answer is lost, because it sets a status that a second call leaves as
// it is. Clerk does not document the answer for a session that has ended: after
// an error, list the active sessions again.
func (c *Calls) RevokeSession(ctx context.Context, session string) (Session, error) {
	if err := arguments.Of("RevokeSession").ID("session", session).Err(); err != nil {
		return Session{}, err
	}
	var out wire.Session
	err := c.Sender.Do(ctx, &calls.Call{
		Method: "POST", Path: sessionsPath + "/{session_id}/revoke", Args: []string{session}, Out: &out, Repeat: calls.Always,
	})
	return Session(out), err
}

// Session is a session of a user: a browser or a device where somebody has
// signed in.
type Session struct {
	ID     string
	UserID string
	Status string // active | revoked | ended | expired | removed | abandoned | replaced | pending
	// OrganizationID is the organization that was active last in this session;
	// empty when none was.
	OrganizationID string
	// Unix milliseconds.
	CreatedAt, LastActiveAt, ExpiresAt int64
}
