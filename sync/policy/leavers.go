package policy

import "rollcall/sync/plan"

// Leavers is the leaver ladder: what happens to the account of somebody who has left
// the directory and has no membership any more. Each step has its own switch, and all
// are off by default.
type Leavers struct {
	// EndSessions ends the active sessions, RevokeAPIKeys revokes the API keys of the
	// user. Neither comes back.
	EndSessions   bool `yaml:"end_sessions"`
	RevokeAPIKeys bool `yaml:"revoke_api_keys"`
	// Account is what happens to the account itself; empty is nothing.
	Account AccountStep `yaml:"account"`
	// RemovalsEndSessions ends, with each removal, the sessions of the user in which that
	// organization is the active one. It concerns everybody who is removed.
	RemovalsEndSessions bool `yaml:"removals_end_sessions"`
}

// AccountStep is what the ladder does to an account.
type AccountStep string

// The values of leavers.account. A lock ends with the time that the instance has set
// for locks; a ban also ends all sessions, and stays.
const (
	AccountLock AccountStep = "lock"
	AccountBan  AccountStep = "ban"
)

// On reports whether anything happens to an account.
func (l Leavers) On() bool { return len(l.Steps()) > 0 || l.RemovalsEndSessions }

// Steps are the steps in their order: what refuses new sign-ins comes first, so that
// no new session begins between the steps.
func (l Leavers) Steps() []plan.Action {
	var steps []plan.Action
	switch l.Account {
	case AccountLock:
		steps = append(steps, plan.Lock)
	case AccountBan:
		steps = append(steps, plan.Ban)
	}
	if l.EndSessions {
		steps = append(steps, plan.EndSessions)
	}
	if l.RevokeAPIKeys {
		steps = append(steps, plan.RevokeAPIKeys)
	}
	return steps
}

// IsOwnAddress reports whether an address is in one of the domains of email_domains.
func (c *Config) IsOwnAddress(email string) bool {
	return DomainSet(c.EmailDomains)[DomainOf(email)]
}
