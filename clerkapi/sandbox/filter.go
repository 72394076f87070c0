package sandbox

import (
	"slices"
	"strings"
)

// userFilter is the conditions that lists of users and of an organization's
// memberships share. Different conditions all have to hold; how Clerk
// combines them is not documented.
type userFilter struct {
	ids, externalIDs, organizations           signed
	emails, phones, usernames, wallets, roles []string
	conditions                                []func(*user) bool
}

// userFilter reads the conditions of the query.
func (c *call) userFilter() (*userFilter, *failure) {
	f := &userFilter{}
	for name, into := range map[string]*[]string{
		"email_address": &f.emails, "phone_number": &f.phones, "username": &f.usernames,
		"web3_wallet": &f.wallets, "role": &f.roles,
	} {
		values, bad := c.values(name)
		if bad != nil {
			return nil, bad
		}
		*into = values
	}
	for name, into := range map[string]*signed{
		"user_id": &f.ids, "external_id": &f.externalIDs, "organization_id": &f.organizations,
	} {
		values, bad := c.signed(name)
		if bad != nil {
			return nil, bad
		}
		*into = values
	}
	f.byValues()
	f.byText(c)
	if bad := f.byTime(c); bad != nil {
		return nil, bad
	}
	return f, f.byFlags(c)
}

func (f *userFilter) need(ok func(*user) bool) { f.conditions = append(f.conditions, ok) }

func (f *userFilter) byValues() {
	if len(f.emails) > 0 {
		wanted := map[string]bool{}
		for _, e := range f.emails {
			wanted[foldEmail(e)] = true
		}
		f.need(func(u *user) bool {
			return slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool { return wanted[foldEmail(e.Address)] })
		})
	}
	f.oneOf(f.phones, func(u *user) []string { return u.PhoneNumbers })
	f.oneOf(f.wallets, func(u *user) []string { return u.Web3Wallets })
	f.oneOf(f.usernames, func(u *user) []string { return []string{u.Username} })
	if !f.ids.empty() {
		f.need(func(u *user) bool { return f.ids.allows(u.ID) })
	}
	if !f.externalIDs.empty() {
		f.need(func(u *user) bool { return f.externalIDs.allows(u.ExternalID) })
	}
	if !f.organizations.empty() {
		f.need(func(u *user) bool { return f.organizations.allows(u.organizationIDs()...) })
	}
}

func (f *userFilter) oneOf(wanted []string, of func(*user) []string) {
	if len(wanted) == 0 {
		return
	}
	f.need(func(u *user) bool {
		return slices.ContainsFunc(of(u), func(v string) bool { return v != "" && slices.Contains(wanted, v) })
	})
}

func (u *user) organizationIDs() []string {
	var ids []string
	for _, m := range u.memberships {
		ids = append(ids, m.org.ID)
	}
	return ids
}

func (u *user) addresses() []string {
	var all []string
	for _, e := range u.EmailAddresses {
		all = append(all, e.Address)
	}
	return all
}

func (u *user) name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

func (f *userFilter) byText(c *call) {
	for parameter, of := range map[string]func(*user) []string{
		"email_address_query": (*user).addresses,
		"phone_number_query":  func(u *user) []string { return u.PhoneNumbers },
		"username_query":      func(u *user) []string { return []string{u.Username} },
		"name_query":          func(u *user) []string { return []string{u.name()} },
		"query": func(u *user) []string {
			all := append(u.addresses(), u.PhoneNumbers...)
			return append(append(all, u.Web3Wallets...), u.Username, u.ID, u.name())
		},
	} {
		part := c.query.Get(parameter)
		if part == "" {
			continue
		}
		f.need(func(u *user) bool {
			return slices.ContainsFunc(of(u), func(v string) bool { return containsFold(v, part) })
		})
	}
}

// byTime reads the time filters. created_at is the user's, also in lists of
// memberships, as the contract says.
func (f *userFilter) byTime(c *call) *failure {
	for parameter, of := range map[string]func(*user) int64{
		"created_at":      func(u *user) int64 { return u.CreatedAt },
		"last_active_at":  func(u *user) int64 { return u.LastActiveAt },
		"last_sign_in_at": func(u *user) int64 { return u.LastSignInAt },
	} {
		before, bad := c.integer(parameter+"_before", 0)
		if bad != nil {
			return bad
		}
		after, bad := c.integer(parameter+"_after", 0)
		if bad != nil {
			return bad
		}
		if before > 0 {
			f.need(func(u *user) bool { return of(u) < before })
		}
		if after > 0 {
			f.need(func(u *user) bool { return of(u) > after })
		}
	}
	since, bad := c.integer("last_active_at_since", 0)
	if since > 0 {
		f.need(func(u *user) bool { return u.LastActiveAt >= since })
	}
	return bad
}

func (f *userFilter) byFlags(c *call) *failure {
	banned, set, bad := c.boolean("banned")
	if bad != nil {
		return bad
	}
	if set {
		f.need(func(u *user) bool { return u.Banned == banned })
	}
	if c.query.Has("provider") || c.query.Has("provider_user_id") {
		if !c.query.Has("provider") || !c.query.Has("provider_user_id") {
			return missing("provider")
		}
		f.need(func(*user) bool { return false }) // nobody has external accounts here
	}
	return nil
}

func (f *userFilter) holds(u *user) bool {
	for _, ok := range f.conditions {
		if !ok(u) {
			return false
		}
	}
	return true
}

// candidates narrows the users by an index where a filter allows it, so that
// look-ups cost what they find and not what the instance holds. indexed is
// false when only a walk over everybody can tell.
func (f *userFilter) candidates(s *state) (users []*user, indexed bool) {
	found := map[*user]bool{}
	add := func(u *user) {
		if u != nil {
			found[u] = true
		}
	}
	switch {
	case len(f.ids.in) > 0:
		for id := range f.ids.in {
			add(s.userByID[id])
		}
	case len(f.emails) > 0:
		for _, e := range f.emails {
			for _, u := range s.byEmail[foldEmail(e)] {
				add(u)
			}
		}
	case len(f.externalIDs.in) > 0:
		for id := range f.externalIDs.in {
			add(s.byExternal[id])
		}
	case len(f.usernames) > 0:
		for _, n := range f.usernames {
			add(s.byUsername[n])
		}
	default:
		return nil, false
	}
	for u := range found {
		users = append(users, u)
	}
	slices.SortFunc(users, byPlace)
	return users, true
}

// find returns the users that satisfy the filter in the order of creation.
func (f *userFilter) find(s *state) []*user {
	users, indexed := f.candidates(s)
	if !indexed {
		users = s.users
	}
	if len(f.conditions) == 0 {
		return users
	}
	return where(users, f.holds)
}
