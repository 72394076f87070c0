package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

var (
	migrationStatuses = []string{"", "enqueued", "in_progress", "completed"}
	itemStatuses      = []string{"", "active", "canceled", "expired", "ended", "past_due", "upcoming", "incomplete", "abandoned"}
	paymentStatuses   = []string{"", "active", "past_due", "canceled", "ended", "abandoned", "incomplete"}
	// sessionStatuses are those of the filter; a session can be pending too.
	sessionStatuses = []string{"abandoned", statusActive, "ended", statusExpired, "removed", "replaced", statusRevoked}
)

// among notes a value that is not one of the allowed ones.
func (c *checker) among(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		c.note(path, "must be one of "+strings.TrimPrefix(strings.Join(allowed, ", "), ", "))
	}
}

// knownUser notes an id that no user has.
func (c *checker) knownUser(path, id string) {
	if !c.users[id] {
		c.note(path, fmt.Sprintf("there is no user %q", id))
	}
}

func (c *checker) directory(i int, d *Directory) {
	path := fmt.Sprintf("directories[%d]", i)
	c.optionalID(path+".id", d.ID, "dir_")
	if d.ConnectionID != "" && !c.links[d.ConnectionID] {
		c.note(path+".enterprise_connection_id", "there is no enterprise connection "+d.ConnectionID)
	}
	groups := map[string]bool{}
	for n, g := range d.Groups {
		at := fmt.Sprintf("%s.groups[%d]", path, n)
		if g.ID == "" || groups[g.ID] {
			c.note(at+".id", "is missing or repeated")
		}
		groups[g.ID] = true
		for k, id := range g.Members {
			c.knownUser(fmt.Sprintf("%s.members[%d]", at, k), id)
		}
	}
	for n, m := range d.Mappings {
		at := fmt.Sprintf("%s.group_role_mappings[%d]", path, n)
		c.optionalID(at+".id", m.ID, "dirmap_")
		if !groups[m.GroupID] {
			c.note(at+".directory_group_id", fmt.Sprintf("the directory has no group %q", m.GroupID))
		}
		c.among(at+".role", m.Role, c.roleKeys)
		if m.Precedence < 0 {
			c.note(at+".precedence", "must be 1 or more")
		}
	}
	for n, id := range d.Provisioned {
		c.knownUser(fmt.Sprintf("%s.provisioned_users[%d]", path, n), id)
	}
}

func (c *checker) session(i int, s *Session) {
	path := fmt.Sprintf("sessions[%d]", i)
	c.optionalID(path+".id", s.ID, "sess_")
	c.knownUser(path+".user_id", s.UserID)
	c.among(path+".status", s.Status, append([]string{"", "pending"}, sessionStatuses...))
	if s.OrganizationID != "" && c.orgs[s.OrganizationID] == nil {
		c.note(path+".last_active_organization_id", fmt.Sprintf("there is no organization %q", s.OrganizationID))
	}
}

func (c *checker) apiKey(i int, k *APIKey) {
	path := fmt.Sprintf("api_keys[%d]", i)
	c.optionalID(path+".id", k.ID, "ak_")
	if !c.users[k.Subject] && c.orgs[k.Subject] == nil {
		c.note(path+".subject", fmt.Sprintf("there is no user or organization %q", k.Subject))
	}
}

func (c *checker) subscription(s *Subscription) {
	if s == nil {
		return
	}
	c.among("subscription.status", s.Status, paymentStatuses)
	for i, item := range s.Items {
		path := fmt.Sprintf("subscription.subscription_items[%d]", i)
		c.among(path+".status", item.Status, itemStatuses)
		if item.Seats != nil && item.Seats.Quantity != nil && *item.Seats.Quantity < 0 {
			c.note(path+".seats.quantity", "must not be negative")
		}
	}
}

// migrations checks the migrations of role sets, which name other sets and
// organizations.
func (c *checker) migrations(sets []RoleSet) {
	for i, set := range sets {
		m, path := set.Migration, fmt.Sprintf("role_sets[%d].role_set_migration", i)
		if m == nil {
			continue
		}
		c.among(path+".status", m.Status, migrationStatuses)
		if m.OrganizationID != "" && c.orgs[m.OrganizationID] == nil {
			c.note(path+".organization_id", fmt.Sprintf("there is no organization %q", m.OrganizationID))
		}
		if m.Destination != "" && c.sets[m.Destination] == nil {
			c.note(path+".dest_role_set_key", "there is no role set "+m.Destination)
		}
	}
}
