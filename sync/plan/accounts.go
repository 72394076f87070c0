package plan

// Accounts is the id of the section of a plan that is about accounts: the leaver
// ladder, and what takes it back. It is an [Organization] without members, so that
// its changes are guarded, approved, applied and undone like all others. No id of
// Clerk looks like it.
const Accounts = "accounts"

// IsAccounts reports whether the section is about accounts.
func (o *Organization) IsAccounts() bool { return o.ID == Accounts }

// Accounts is the section of a plan that is about accounts; nil if it has none.
func (p *Plan) Accounts() *Organization {
	if p == nil {
		return nil
	}
	return p.find(Accounts)
}

// ClosesAccount reports whether the action is a step of the leaver ladder.
func (a Action) ClosesAccount() bool {
	return a == Lock || a == Ban || a == EndSessions || a == RevokeAPIKeys
}

// OpensAccount reports whether the action takes a step of the leaver ladder back.
func (a Action) OpensAccount() bool { return a == Unlock || a == Unban }

// Removals are the removals of the plan, by user.
func (p *Plan) Removals() map[string][]*Change {
	out := map[string][]*Change{}
	for _, c := range p.Changes() {
		if c.Action == Remove {
			out[c.UserID] = append(out[c.UserID], c)
		}
	}
	return out
}

// DependsOn reports whether a step on an account waits for a removal: for each one of the
// user, or for that from the organization whose sessions end.
func (c *Change) DependsOn(removal *Change) bool {
	return removal.Action == Remove && removal.UserID == c.UserID && (c.From == "" || c.From == removal.Organization)
}
