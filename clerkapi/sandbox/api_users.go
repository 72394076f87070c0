package sandbox

import (
	"net/http"
	"strconv"
)

// userOrders are the documented values of order_by for users.
var userOrders = []string{
	"created_at", "updated_at", "email_address", "web3wallet", "first_name", "last_name",
	"phone_number", "username", "last_active_at", "last_sign_in_at",
}

// listUsers answers GET /users with a bare array.
func listUsers(c *call) *failure {
	filter, f := c.userFilter()
	if f != nil {
		return f
	}
	o, f := c.order(userOrders...)
	if f != nil {
		return f
	}
	p, f := c.page()
	if f != nil {
		return f
	}
	rows := sorted(filter.users(c.state), o, func(u *user) string { return userKey(u, o.key) })
	if after := c.query.Get("starting_after"); after != "" {
		if rows, f = c.afterCursor(rows, after, o, p); f != nil {
			return f
		}
	}
	indexes, _ := c.pageRows(p, len(rows.rows))
	c.out = appendRows(c.out, rows, indexes, renderer((*user).object))
	return nil
}

// afterCursor is the list after a cursor. Clerk allows cursors in the order of
// creation and without an offset only.
func (c *call) afterCursor(l listing[*user], id string, o order, p page) (listing[*user], *failure) {
	if o.key != "created_at" {
		return l, badValue("order_by", o.key+" together with starting_after")
	}
	if p.offset != 0 {
		return l, badValue("offset", strconv.Itoa(p.offset)+" together with starting_after")
	}
	last := c.userByID[id]
	if last == nil {
		return l, badValue("starting_after", id)
	}
	at := position(l.rows, last)
	if l.reversed {
		return listing[*user]{l.rows[:at], true}, nil
	}
	if at < len(l.rows) && l.rows[at] == last {
		at++
	}
	return listing[*user]{l.rows[at:], false}, nil
}

// userKey is the text by which order_by sorts users.
func userKey(u *user, key string) string {
	switch key {
	case "updated_at":
		return sortableTime(u.UpdatedAt)
	case "last_active_at":
		return sortableTime(u.LastActiveAt)
	case "last_sign_in_at":
		return sortableTime(u.LastSignInAt)
	}
	return sortKey(u, key)
}

// sortableTime has digits of one width, so that texts sort as times do.
func sortableTime(ms int64) string { return strconv.FormatInt(ms+1e15, 10) }

// countUsers answers GET /users/count.
func countUsers(c *call) *failure {
	filter, f := c.userFilter()
	if f != nil {
		return f
	}
	return c.answer(struct {
		Object string `json:"object"`
		Total  int    `json:"total_count"`
	}{"total_count", len(filter.users(c.state))})
}

// getUser answers GET /users/{user_id}.
func getUser(c *call) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	return c.answer(u.object())
}

// deleteUser answers DELETE /users/{user_id}. The user's memberships are deleted
// too.
func deleteUser(c *call) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	if u.SCIM {
		return refuse(http.StatusConflict, "user_managed_by_scim", "a directory manages this user")
	}
	c.dropUser(u, c.now)
	return c.answer(struct {
		Object     string `json:"object"`
		ID         string `json:"id"`
		ExternalID string `json:"external_id,omitempty"`
		Deleted    bool   `json:"deleted"`
	}{"user", u.ID, u.ExternalID, true})
}

// banUser and the three below answer POST /users/{user_id}/ban, unban, lock and
// unlock.
func banUser(c *call) *failure    { return c.setMark(func(u *user) { u.setBanned(true, c.now) }) }
func unbanUser(c *call) *failure  { return c.setMark(func(u *user) { u.Banned = false }) }
func lockUser(c *call) *failure   { return c.setMark(func(u *user) { u.Locked = true }) }
func unlockUser(c *call) *failure { return c.setMark(func(u *user) { u.Locked = false }) }

func (c *call) setMark(set func(*user)) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	set(u)
	u.UpdatedAt = c.now
	return c.answer(u.object())
}

// banUsers and unbanUsers answer POST /users/ban and /users/unban.
func banUsers(c *call) *failure   { return c.setMarks(func(u *user) { u.setBanned(true, c.now) }) }
func unbanUsers(c *call) *failure { return c.setMarks(func(u *user) { u.Banned = false }) }

func (c *call) setMarks(set func(*user)) *failure {
	form, f := c.form("user_ids")
	if f != nil {
		return f
	}
	ids := form.texts("user_ids")
	if len(ids) == 0 {
		form.note(missingParam("user_ids"))
	}
	if f := form.failure(); f != nil {
		return f
	}
	var rows []*user
	for _, id := range ids {
		u := c.userByID[id]
		if u == nil {
			return refuse(http.StatusBadRequest, "resource_not_found", "no user has the id "+id)
		}
		rows = append(rows, u)
	}
	for _, u := range rows {
		set(u)
		u.UpdatedAt = c.now
	}
	return c.answer(objects(rows, (*user).object))
}
