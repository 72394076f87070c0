package fake

import (
	"context"
	"slices"
	"strings"

	"rollcall/clerkapi"
)

// accountCalls are the calls about accounts. Sessions and Keys are those that work, by
// user. A session "s@org_acme" has that organization as the active one.
type accountCalls struct {
	clerk          *Clerk
	Sessions, Keys map[string][]string
}

func (f *accountCalls) account(user string) *clerkapi.User {
	i := slices.IndexFunc(f.clerk.Accounts, func(u clerkapi.User) bool { return u.ID == user })
	if i < 0 {
		return &clerkapi.User{}
	}
	return &f.clerk.Accounts[i]
}

// stand changes the standing of an account, as a write.
func (f *accountCalls) stand(verb, user string, change func(*clerkapi.User)) (clerkapi.User, error) {
	var now clerkapi.User
	_, err := f.clerk.write(verb, "accounts", user, func() error {
		change(f.account(user))
		now = *f.account(user)
		return nil
	})
	if err != nil {
		return clerkapi.User{}, err
	}
	return now, nil
}

// LockUser locks an account.
func (f *accountCalls) LockUser(_ context.Context, user string) (clerkapi.User, error) {
	return f.stand("lock", user, func(u *clerkapi.User) { u.Locked = true })
}

// BanUser bans an account, which ends its sessions.
func (f *accountCalls) BanUser(_ context.Context, user string) (clerkapi.User, error) {
	return f.stand("ban", user, func(u *clerkapi.User) { u.Banned, f.Sessions[user] = true, nil })
}

// UnlockUser takes a lock back.
func (f *accountCalls) UnlockUser(_ context.Context, user string) (clerkapi.User, error) {
	return f.stand("unlock", user, func(u *clerkapi.User) { u.Locked = false })
}

// UnbanUser takes a ban back.
func (f *accountCalls) UnbanUser(_ context.Context, user string) (clerkapi.User, error) {
	return f.stand("unban", user, func(u *clerkapi.User) { u.Banned = false })
}

// ActiveSessions are those of a user.
func (f *accountCalls) ActiveSessions(_ context.Context, user string) (list []clerkapi.Session, err error) {
	f.clerk.read("sessions")
	f.clerk.mu.Lock()
	defer f.clerk.mu.Unlock()
	for _, id := range f.Sessions[user] {
		_, organization, _ := strings.Cut(id, "@")
		list = append(list, clerkapi.Session{ID: id, UserID: user, Status: "active", OrganizationID: organization})
	}
	return list, f.clerk.fault("sessions * " + user)
}

// RevokeSession ends a session.
func (f *accountCalls) RevokeSession(_ context.Context, session string) (clerkapi.Session, error) {
	_, err := f.clerk.write("end", "session", session, func() error { drop(f.Sessions, session); return nil })
	return clerkapi.Session{ID: session, Status: "revoked"}, err
}

// APIKeys are those of a user.
func (f *accountCalls) APIKeys(_ context.Context, user string) (list []clerkapi.APIKey, err error) {
	f.clerk.read("keys")
	f.clerk.mu.Lock()
	defer f.clerk.mu.Unlock()
	for _, id := range f.Keys[user] {
		list = append(list, clerkapi.APIKey{ID: id, Subject: user})
	}
	return list, f.clerk.fault("keys * " + user)
}

// RevokeAPIKey revokes a key.
func (f *accountCalls) RevokeAPIKey(_ context.Context, key, _ string) (clerkapi.APIKey, error) {
	_, err := f.clerk.write("end", "key", key, func() error { drop(f.Keys, key); return nil })
	return clerkapi.APIKey{ID: key, Revoked: true}, err
}

func drop(lists map[string][]string, id string) {
	for user, list := range lists {
		lists[user] = slices.DeleteFunc(list, func(one string) bool { return one == id })
	}
}
