package sandbox

import (
	"slices"
	"strings"
)

// membershipOrders are the documented values of order_by.
var membershipOrders = []string{"phone_number", "email_address", "created_at", "first_name", "last_name", "username"}

// listMemberships answers GET /organizations/{organization_id}/memberships.
func listMemberships(c *call) *failure {
	org, f := c.organization()
	if f != nil {
		return f
	}
	filter, f := c.userFilter()
	if f != nil {
		return f
	}
	rows := c.laggedRows(org.members, func(m *membership) bool { return m.org == org })
	rows = filter.members(c.state, org, rows)
	return c.answerMemberships(rows)
}

// members applies the filter to an organization's memberships.
func (f *userFilter) members(s *state, org *organization, rows []*membership) []*membership {
	if users, indexed := f.candidates(s); indexed && len(users) < len(rows) {
		rows = nil
		for _, u := range users {
			if m := s.member(org, u); m != nil {
				rows = append(rows, m)
			}
		}
		slices.SortFunc(rows, byCreation)
	}
	if len(f.conditions) > 0 {
		rows = filterRows(rows, func(m *membership) bool { return f.matches(m.user) })
	}
	if len(f.roles) > 0 {
		rows = filterRows(rows, func(m *membership) bool { return slices.Contains(f.roles, m.role.Key) })
	}
	return rows
}

// listAllMemberships answers GET /organization_memberships, which has no
// filters.
func listAllMemberships(c *call) *failure {
	rows := c.laggedRows(c.memberships, func(*membership) bool { return true })
	return c.answerMemberships(rows)
}

// listUserMemberships answers GET /users/{user_id}/organization_memberships.
func listUserMemberships(c *call) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	rows := slices.Clone(u.memberships)
	slices.SortFunc(rows, byCreation)
	return list(c, listing[*membership]{rows, true}, c.appendMembership)
}

func (c *call) answerMemberships(rows []*membership) *failure {
	o, f := c.order(membershipOrders...)
	if f != nil {
		return f
	}
	return list(c, sorted(rows, o, func(m *membership) string { return sortKey(m.user, o.key) }), c.appendMembership)
}

func (c *call) appendMembership(b []byte, m *membership) []byte {
	return appendMembership(b, m, c.now)
}

// sortKey is the text by which order_by sorts people; case does not count.
func sortKey(u *user, key string) string {
	switch key {
	case "phone_number":
		if len(u.PhoneNumbers) > 0 {
			return u.PhoneNumbers[0]
		}
	case "email_address":
		for _, e := range u.EmailAddresses {
			if e.ID == u.PrimaryEmailAddressID {
				return foldEmail(e.Address)
			}
		}
	case "first_name":
		return strings.ToLower(u.FirstName)
	case "last_name":
		return strings.ToLower(u.LastName)
	case "username":
		return u.Username
	case "web3wallet":
		if len(u.Web3Wallets) > 0 {
			return u.Web3Wallets[0]
		}
	}
	return ""
}

// laggedRows gives the list as it was some time ago, when a fault says so.
func (c *call) laggedRows(rows []*membership, belongs func(*membership) bool) []*membership {
	if c.fault == nil || c.fault.List == nil || c.fault.List.Lag == 0 {
		return rows
	}
	then := c.now - int64(c.fault.List.Lag)/1e6
	rows = filterRows(rows, func(m *membership) bool { return m.created <= then })
	for _, t := range c.removed {
		if t.at > then && t.row.created <= then && belongs(t.row) {
			rows = insert(rows, t.row)
		}
	}
	return rows
}
