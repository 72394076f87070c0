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
	rows := sorted(filter.find(c.state), o, func(u *user) string { return userKey(u, o.key) })
	if after := c.query.Get("starting_after"); after != "" {
		if rows, f = c.after(rows, after, o, p); f != nil {
			return f
		}
	}
	places, _ := c.pick(p, len(rows.rows))
	c.out = appendRows(c.out, rows, places, appendUser)
	return nil
}

// after cuts the list behind a cursor, which works in the order of creation
// and without an offset only.
func (c *call) after(l listing[*user], id string, o order, p page) (listing[*user], *failure) {
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

// userKey sorts users; times become digits of one width.
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

// sortableTime has one width, so that text sorts as the times do.
func sortableTime(ms int64) string { return strconv.FormatInt(ms+1e15, 10) }

// countUsers answers GET /users/count.
func countUsers(c *call) *failure {
	filter, f := c.userFilter()
	if f != nil {
		return f
	}
	c.out = number(c.out, `{"object":"total_count","total_count":`, int64(len(filter.find(c.state))))
	c.out = append(c.out, '}')
	return nil
}

// getUser answers GET /users/{user_id}.
func getUser(c *call) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	c.out = appendUser(c.out, u)
	return nil
}

// deleteUser answers DELETE /users/{user_id}; memberships go with the user.
func deleteUser(c *call) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	if u.SCIM {
		return refuse(http.StatusConflict, "user_managed_by_scim", "a directory manages this user")
	}
	c.dropUser(u, c.now)
	b := field(c.out, `{"object":"user","id":`, u.ID)
	if u.ExternalID != "" {
		b = field(b, `,"external_id":`, u.ExternalID)
	}
	c.out = append(b, `,"deleted":true}`...)
	return nil
}

// banUser and its like answer POST /users/{user_id}/ban and so on.
func banUser(c *call) *failure    { return c.mark(func(u *user) { u.Banned = true }) }
func unbanUser(c *call) *failure  { return c.mark(func(u *user) { u.Banned = false }) }
func lockUser(c *call) *failure   { return c.mark(func(u *user) { u.Locked = true }) }
func unlockUser(c *call) *failure { return c.mark(func(u *user) { u.Locked = false }) }

func (c *call) mark(set func(*user)) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	set(u)
	u.UpdatedAt = c.now
	c.out = appendUser(c.out, u)
	return nil
}

// banUsers and unbanUsers answer POST /users/ban and /users/unban.
func banUsers(c *call) *failure   { return c.markAll(func(u *user) { u.Banned = true }) }
func unbanUsers(c *call) *failure { return c.markAll(func(u *user) { u.Banned = false }) }

func (c *call) markAll(set func(*user)) *failure {
	form, f := c.form("user_ids")
	if f != nil {
		return f
	}
	ids := form.texts("user_ids")
	if len(ids) == 0 {
		form.note(missing("user_ids"))
	}
	if f := form.bad(); f != nil {
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
	places := make([]int, len(rows))
	for i, u := range rows {
		set(u)
		u.UpdatedAt, places[i] = c.now, i
	}
	c.out = appendRows(c.out, listing[*user]{rows: rows}, places, appendUser)
	return nil
}
