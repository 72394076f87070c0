package clerkapi

import (
	"context"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/wire"
)

// BanUser bans a user: Clerk ends all sessions and refuses every sign-in until
// [Client.UnbanUser]. All four calls here are repeated when the answer is lost,
// because each sets a mark that a second call leaves as it is. A plan without the
// feature answers 402.
func (c *users) BanUser(ctx context.Context, user string) (User, error) {
	return c.setStanding(ctx, "BanUser", "/ban", user)
}

// UnbanUser takes a ban back. The sessions that it ended stay ended.
func (c *users) UnbanUser(ctx context.Context, user string) (User, error) {
	return c.setStanding(ctx, "UnbanUser", "/unban", user)
}

// LockUser locks a user: Clerk refuses every sign-in until [Client.UnlockUser],
// or until the time that the instance has set for locks. Sessions go on. It is
// repeated like the others, although a second call may begin that time anew.
func (c *users) LockUser(ctx context.Context, user string) (User, error) {
	return c.setStanding(ctx, "LockUser", "/lock", user)
}

// UnlockUser takes a lock back.
func (c *users) UnlockUser(ctx context.Context, user string) (User, error) {
	return c.setStanding(ctx, "UnlockUser", "/unlock", user)
}

func (c *users) setStanding(ctx context.Context, call, verb, user string) (User, error) {
	if err := arguments.Of(call).ID("user", user).Err(); err != nil {
		return User{}, err
	}
	var out wire.User
	err := c.sender.Do(ctx, &calls.Call{Method: "POST", Path: usersPath + "/{user_id}" + verb, Args: []string{user}, Out: &out, Repeat: calls.Always})
	return userOf(&out), err
}
