package sandbox

import (
	"slices"
)

// listSessions answers GET /sessions, the newest first: a bare array, or with
// paginated=true a page. Clerk's description has the array only; its own clients
// send paginated=true and read a page.
func listSessions(c *call) *failure {
	paginated, _, f := c.boolean("paginated")
	if f != nil {
		return f
	}
	status, user, client := c.query.Get("status"), c.query.Get("user_id"), c.query.Get("client_id")
	if c.query.Has("status") && !slices.Contains(sessionStatuses, status) {
		return badValue("status", status)
	}
	rows := c.sessions
	if user != "" {
		rows = nil
		if u := c.userByID[user]; u != nil {
			rows = slices.SortedFunc(slices.Values(u.sessions), byCreation)
		}
	}
	rows = filterRows(rows, func(n *session) bool {
		return (status == "" || n.status(c.now) == status) && (client == "" || n.ClientID == client)
	})
	all, render := listing[*session]{rows, true}, renderer(func(n *session) sessionObject { return n.object(c.now) })
	if paginated {
		return list(c, all, render)
	}
	p, f := c.page()
	if f != nil {
		return f
	}
	indexes, _ := c.pageRows(p, len(rows))
	c.out = appendRows(c.out, all, indexes, render)
	return nil
}

// getSession answers GET /sessions/{session_id}.
func getSession(c *call) *failure {
	n, f := c.session()
	if f != nil {
		return f
	}
	return c.answer(n.object(c.now))
}

// revokeSession answers POST /sessions/{session_id}/revoke. Clerk's catalogue has
// no code for a session that has ended: that one is answered as it is.
func revokeSession(c *call) *failure {
	n, f := c.session()
	if f != nil {
		return f
	}
	if n.status(c.now) == statusActive || n.Status == "pending" {
		n.Status, n.UpdatedAt = statusRevoked, c.now
	}
	return c.answer(n.object(c.now))
}

func (c *call) session() (*session, *failure) {
	if n := c.sessionByID[c.path("session_id")]; n != nil {
		return n, nil
	}
	return nil, notFound("session", c.path("session_id"))
}

type sessionObject struct {
	Object         string     `json:"object"`
	ID             string     `json:"id"`
	UserID         string     `json:"user_id"`
	ClientID       string     `json:"client_id"`
	Actor          alwaysNull `json:"actor"`
	Status         string     `json:"status"`
	OrganizationID *string    `json:"last_active_organization_id"`
	LastActiveAt   int64      `json:"last_active_at"`
	ExpiresAt      int64      `json:"expire_at"`
	AbandonsAt     int64      `json:"abandon_at"`
	UpdatedAt      int64      `json:"updated_at"`
	CreatedAt      int64      `json:"created_at"`
}

func (n *session) object(now int64) sessionObject {
	return sessionObject{
		Object: "session", ID: n.ID, UserID: n.UserID, ClientID: n.ClientID, Status: n.status(now),
		OrganizationID: nullable(n.OrganizationID), LastActiveAt: n.LastActiveAt, ExpiresAt: n.ExpiresAt, AbandonsAt: n.ExpiresAt + 30*dayMillis,
		UpdatedAt: n.UpdatedAt, CreatedAt: n.CreatedAt,
	}
}
