package rulediff

import (
	"slices"

	"rollcall/sync/plan"
)

// compose is the difference for one person in one organization: it leads from what is
// after the changes of the first plan to what is after those of the second. What waits
// counts as done, in both: it says what the rules want.
func compose(first, second []plan.Change, old string) []plan.Change {
	if same(first, second) {
		return nil
	}
	b, a := planned(first), planned(second)
	if len(b) == 0 || sameKeys(b, a) {
		// The second plan alone does something, or the same in another state.
		return slices.DeleteFunc(slices.Clone(second), func(c plan.Change) bool { return has(first, &c) })
	}
	x := &composer{old: old, before: b, after: a}
	x.present, x.admin = presentOf(slices.Concat(b, a))
	changes := x.membership()
	if c := x.metadata(); c != nil {
		changes = append(changes, *c)
	}
	return append(changes, x.others()...)
}

// planned are the changes that are not left out.
func planned(list []plan.Change) []plan.Change {
	return slices.DeleteFunc(slices.Clone(list), func(c plan.Change) bool { return c.State == plan.Skipped })
}

func has(list []plan.Change, c *plan.Change) bool {
	return slices.ContainsFunc(list, func(x plan.Change) bool {
		return x.Key() == c.Key() && x.State == c.State && x.Reasons == c.Reasons
	})
}

// same reports whether two plans do the same for a person, or leave the same out.
func same(first, second []plan.Change) bool {
	in := func(list []plan.Change) func(plan.Change) bool {
		return func(c plan.Change) bool { return !has(list, &c) }
	}
	return !slices.ContainsFunc(second, in(first)) && !slices.ContainsFunc(first, in(second))
}

// sameKeys reports whether two lists do the same, whatever waits.
func sameKeys(first, second []plan.Change) bool {
	keys := func(list []plan.Change) (keys []string) {
		for i := range list {
			keys = append(keys, list[i].Key())
		}
		slices.Sort(keys)
		return keys
	}
	return slices.Equal(keys(first), keys(second))
}

// composer makes the changes between two outcomes.
type composer struct {
	old           string
	before, after []plan.Change
	// present is the role today, admin whether it is one of an admin.
	present string
	admin   bool
}

// unknown is the role of a member whose role no change names.
const unknown = "\x00"

// presentOf is what changes say of the present: all of them start from it.
func presentOf(list []plan.Change) (role string, admin bool) {
	role = unknown
	for i := range list {
		c := &list[i]
		switch {
		case gives(c):
			role = ""
		case takes(c) || c.Action == plan.SetRole:
			role = c.From
		}
		admin = admin || c.Admin == plan.AdminLost
	}
	return role, admin
}

func gives(c *plan.Change) bool {
	return c.Action == plan.Add || c.Action == plan.Invite || c.Action == plan.CreateUser
}

func takes(c *plan.Change) bool { return c.Action == plan.Remove || c.Action == plan.RevokeInvitation }

// outcome is the role after some changes, whether it is one of an admin, and the change
// that leads there; nil if none does.
func (x *composer) outcome(list []plan.Change) (role string, admin bool, by *plan.Change) {
	role, admin = x.present, x.admin
	for i := range list {
		c := &list[i]
		switch {
		case gives(c) || c.Action == plan.SetRole:
			role, by = c.To, c
		case takes(c) && (by == nil || !gives(by)): // an invitation may follow what it replaces
			role, by = "", c
		}
		switch c.Admin {
		case plan.AdminGained:
			admin = true
		case plan.AdminLost:
			admin = false
		}
	}
	return role, admin, by
}

// membership is the change from one role to the other.
func (x *composer) membership() []plan.Change {
	from, wasAdmin, first := x.outcome(x.before)
	to, isAdmin, second := x.outcome(x.after)
	if from == to {
		return nil
	}
	c := x.like(second, first)
	c.From, c.To, c.Admin = from, to, ""
	switch {
	case isAdmin && !wasAdmin:
		c.Admin = plan.AdminGained
	case wasAdmin && !isAdmin:
		c.Admin = plan.AdminLost
	}
	switch {
	case to == "":
		c.Action = plan.Remove
		if first != nil && first.Action == plan.Invite || second != nil && second.Action == plan.RevokeInvitation {
			c.Action = plan.RevokeInvitation
		}
		c.Public, c.Private, c.PublicBefore, c.PrivateBefore = "", "", "", ""
	case from == "" && (second == nil || !gives(second)):
		c.Action, c.From = plan.Add, ""
	case from == "":
		c.Action, c.From = second.Action, ""
	default:
		c.Action = plan.SetRole
		c.Public, c.Private, c.PublicBefore, c.PrivateBefore = "", "", "", ""
	}
	return []plan.Change{c}
}

// like is a change of the second plan, or one of the first that the second does not
// make. The reason says which.
func (x *composer) like(second, first *plan.Change) plan.Change {
	if second != nil {
		return *second
	}
	c := *first
	c.State, c.Reasons, c.Why, c.Cause, c.Nulls = plan.Ready, 0, "", "", 0
	c.Because = x.old + " would " + wouldDo[first.Action] + ": " + first.Because
	return c
}

// wouldDo says what a change does, of one that only the first plan makes.
var wouldDo = map[plan.Action]string{plan.Add: "add", plan.Invite: "invite", plan.CreateUser: "add", plan.SetRole: "change the role",
	plan.SetMetadata: "change the metadata", plan.Adopt: "adopt", plan.Remove: "remove", plan.RevokeInvitation: "revoke the invitation",
	plan.Lock: "lock", plan.Ban: "ban", plan.Unlock: "unlock", plan.Unban: "unban"}

// others are the changes that no role and no metadata tell: those of accounts, and
// adoptions. Those that only the first plan makes have no opposite.
func (x *composer) others() (list []plan.Change) {
	for i := range x.after {
		c := &x.after[i]
		if !gives(c) && !takes(c) && c.Action != plan.SetRole && c.Action != plan.SetMetadata && !has(x.before, c) {
			list = append(list, *c)
		}
	}
	for i := range x.before {
		c := x.before[i]
		opposite := map[plan.Action]plan.Action{plan.Lock: plan.Unlock, plan.Ban: plan.Unban, plan.Unlock: plan.Lock, plan.Unban: plan.Ban}[c.Action]
		if opposite != 0 && !slices.ContainsFunc(x.after, func(a plan.Change) bool { return a.Action == c.Action }) {
			c = x.like(nil, &c)
			c.Action = opposite
			list = append(list, c)
		}
	}
	return list
}
