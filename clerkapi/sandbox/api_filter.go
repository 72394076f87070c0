package sandbox

import (
	"slices"
	"strings"
)

// userFilter holds the conditions that the lists of users and of an
// organization's memberships share. A user has to satisfy all of them; Clerk
// does not document how it combines them.
type userFilter struct {
	ids, externalIDs, organizations           signedValues
	emails, phones, usernames, wallets, roles []string
	conditions                                []func(*user) bool
}

// userFilter reads the conditions of the query.
func (q *request) userFilter() (*userFilter, *failure) {
	f := &userFilter{}
	for name, into := range map[string]*[]string{
		"email_address": &f.emails, "phone_number": &f.phones, "username": &f.usernames,
		"web3_wallet": &f.wallets, "role": &f.roles,
	} {
		values, bad := q.values(name)
		if bad != nil {
			return nil, bad
		}
		*into = values
	}
	for name, into := range map[string]*signedValues{
		"user_id": &f.ids, "external_id": &f.externalIDs, "organization_id": &f.organizations,
	} {
		values, bad := q.signedValues(name)
		if bad != nil {
			return nil, bad
		}
		*into = values
	}
	f.byValues()
	f.byText(q)
	if bad := f.byTime(q); bad != nil {
		return nil, bad
	}
	return f, f.byFlags(q)
}

func (f *userFilter) require(ok func(*user) bool) { f.conditions = append(f.conditions, ok) }

func (f *userFilter) byValues() {
	if len(f.emails) > 0 {
		wanted := map[string]bool{}
		for _, e := range f.emails {
			wanted[foldEmail(e)] = true
		}
		f.require(func(u *user) bool {
			return slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool { return wanted[foldEmail(e.Address)] })
		})
	}
	f.oneOf(f.phones, func(u *user) []string { return u.PhoneNumbers })
	f.oneOf(f.wallets, func(u *user) []string { return u.Web3Wallets })
	f.oneOf(f.usernames, func(u *user) []string { return []string{u.Username} })
	if !f.ids.empty() {
		f.require(func(u *user) bool { return f.ids.allows(u.ID) })
	}
	if !f.externalIDs.empty() {
		f.require(func(u *user) bool { return f.externalIDs.allows(u.ExternalID) })
	}
	if !f.organizations.empty() {
		f.require(func(u *user) bool { return f.organizations.allows(u.organizationIDs()...) })
	}
}

func (f *userFilter) oneOf(wanted []string, of func(*user) []string) {
	if len(wanted) == 0 {
		return
	}
	f.require(func(u *user) bool {
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

func (f *userFilter) byText(q *request) {
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
		part := q.query.Get(parameter)
		if part == "" {
			continue
		}
		f.require(func(u *user) bool {
			return slices.ContainsFunc(of(u), func(v string) bool { return containsFold(v, part) })
		})
	}
}

// byTime reads the time filters. created_at is the time of the user, also in
// lists of memberships, as the contract says.
func (f *userFilter) byTime(q *request) *failure {
	for parameter, of := range map[string]func(*user) int64{
		"created_at":      func(u *user) int64 { return u.CreatedAt },
		"last_active_at":  func(u *user) int64 { return u.LastActiveAt },
		"last_sign_in_at": func(u *user) int64 { return u.LastSignInAt },
	} {
		before, bad := q.integer(parameter+"_before", 0)
		if bad != nil {
			return bad
		}
		after, bad := q.integer(parameter+"_after", 0)
		if bad != nil {
			return bad
		}
		if before > 0 {
			f.require(func(u *user) bool { return of(u) < before })
		}
		if after > 0 {
			f.require(func(u *user) bool { return of(u) > after })
		}
	}
	since, bad := q.integer("last_active_at_since", 0)
	if since > 0 {
		f.require(func(u *user) bool { return u.LastActiveAt >= since })
	}
	return bad
}

func (f *userFilter) byFlags(q *request) *failure {
	banned, set, bad := q.boolean("banned")
	if bad != nil {
		return bad
	}
	if set {
		f.require(func(u *user) bool { return u.Banned == banned })
	}
	if q.query.Has("provider") || q.query.Has("provider_user_id") {
		if !q.query.Has("provider") || !q.query.Has("provider_user_id") {
			return missingParam("provider")
		}
		f.require(func(*user) bool { return false }) // nobody has external accounts here
	}
	return nil
}

func (f *userFilter) matches(u *user) bool {
	for _, ok := range f.conditions {
		if !ok(u) {
			return false
		}
	}
	return true
}

// candidates finds the users by an index where a filter allows it, so that a
// look-up costs as much as it finds. indexed is false when no index helps and
// every user must be compared.
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
	slices.SortFunc(users, byCreation)
	return users, true
}

// users returns the users that satisfy the filter, in the order of creation.
func (f *userFilter) users(s *state) []*user {
	users, indexed := f.candidates(s)
	if !indexed {
		users = s.users
	}
	if len(f.conditions) == 0 {
		return users
	}
	return filterRows(users, f.matches)
}
