package undo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Reversal is the membership of a user in an organization before some runs and
// after them; nil is no membership.
type Reversal struct {
	Entry      *journal.Change // the last, which names the person
	start, end *plan.Snapshot
	// unclear says why nobody knows how it ended; empty when that is known.
	unclear string
	// count is how many changes of the runs there were. left and text are why some of
	// it stays as it is.
	count int
	left  plan.LeftReason
	text  string
}

// leave notes why something stays as it is. The first reason counts.
func (v *Reversal) leave(left plan.LeftReason, text string) {
	if v.left == "" {
		v.left, v.text = left, text
	}
}

// Results says what becomes of each reversal, after the proposals were made.
func Results(done []*Reversal) []plan.Reversed {
	out := make([]plan.Reversed, len(done))
	for i, v := range done {
		out[i] = plan.Reversed{Organization: v.Entry.Organization, UserID: v.Entry.UserID, Email: v.Entry.Email, Changes: v.count, Left: v.left, Text: v.text}
	}
	return out
}

// Reversals reads from the journal the changes of runs, by organization and
// user.
func Reversals(ctx context.Context, history Journal, runs []int64) ([]*Reversal, error) {
	var entries []journal.Change
	for _, run := range runs {
		list, err := history.Changes(ctx, run)
		if err != nil {
			return nil, fmt.Errorf("read the changes of run %d: %w", run, err)
		}
		entries = append(entries, list...)
	}
	return ReversalsOf(entries), nil
}

// ReversalsOf makes reversals of some changes, by organization and user.
func ReversalsOf(entries []journal.Change) []*Reversal {
	slices.SortFunc(entries, func(a, b journal.Change) int { return cmp.Compare(a.ID, b.ID) })
	found := map[string]*Reversal{}
	var out []*Reversal
	for i := range entries {
		e := &entries[i]
		if !e.Open() && e.Result != journal.Done {
			continue
		}
		v := found[keyOf(e)]
		if v == nil {
			v = &Reversal{start: plan.ReadSnapshot(e.Before)}
			found[keyOf(e)] = v
			out = append(out, v)
		}
		v.next(e)
	}
	return out
}

// key identifies what the reversal is about.
func (v *Reversal) key() string { return keyOf(v.Entry) }

func keyOf(e *journal.Change) string {
	switch {
	case e.Forgotten:
		return fmt.Sprint("forgotten ", e.ID) // nobody knows any more whose it was
	case e.Action == plan.CreateUser.String():
		return "created " + e.Email // the add has a reversal of its own
	case e.Organization == plan.Accounts: // each step of the leaver ladder has its own
		return accountKey(e.UserID, e.Action, e.From)
	}
	return plan.SubjectKey(e.Organization, cmp.Or(e.UserID, e.Email))
}

// OrganizationsOf lists where the reversals are, except for accounts.
func OrganizationsOf(done []*Reversal) []string {
	var names []string
	for _, v := range done {
		if !v.onAccount() {
			names = append(names, v.Entry.Organization)
		}
	}
	return policy.Unique(names)
}

// next adds the next change of the membership.
func (v *Reversal) next(e *journal.Change) {
	v.Entry, v.end = e, plan.ReadSnapshot(e.After)
	v.count++
	switch {
	case e.Forgotten:
		v.unclear = fmt.Sprintf("rollcall forget has deleted this change of run %d, and undo cannot take it back", e.Run)
	case e.Open():
		v.unclear = fmt.Sprintf("run %d was cut off before it recorded the outcome of this change; the next apply checks it", e.Run)
	case v.onAccount(): // the account itself shows what is to be done
	case v.end == nil && e.Action != plan.Remove.String() && e.Action != plan.RevokeInvitation.String() && e.Action != plan.CreateUser.String():
		v.unclear = "the history has no answer from Clerk for this change"
	}
}

// changes are the changes that restore the membership before the runs. What has
// changed since stays, and the reversal says so.
func (v *Reversal) changes(now *roster.Member, pending *clerkapi.Invitation, roles roster.Roles) []plan.Change {
	have := now.Snapshot()
	switch {
	case v.unclear != "" && v.Entry.Forgotten:
		v.leave(plan.LeftForgotten, v.unclear)
	case v.unclear != "":
		v.leave(plan.LeftUnclear, v.unclear)
	case v.Entry.Action == plan.CreateUser.String():
		v.leave(plan.LeftAccount, fmt.Sprintf("account %s was created; undo does not delete accounts", v.Entry.UserID))
	case v.Invites():
		return v.invitation(pending, roles)
	case v.start == nil && v.end == nil: // came and went
		v.leave(plan.LeftAsBefore, "")
	case v.start == nil && have == nil, v.end != nil && have == nil:
		v.leave(plan.LeftNoMember, "is not a member any more")
	case v.start == nil && !have.Same(v.end):
		v.leave(plan.LeftChanged, "the membership has been changed since")
	case v.start == nil:
		c := v.change(plan.Remove)
		c.From, c.Admin = have.Role, roles.Effect(have.Role, "")
		return []plan.Change{c}
	case v.end == nil && have != nil:
		v.leave(plan.LeftBack, "is a member again")
	case v.end == nil:
		c := v.change(plan.Add)
		c.To, c.Admin = v.start.Role, roles.Effect("", v.start.Role)
		c.Public, c.Private = plan.Canonical(plan.Decode(v.start.Public)), plan.Canonical(plan.Decode(v.start.Private))
		return []plan.Change{c}
	default:
		return v.restore(have, roles)
	}
	return nil
}

// restore brings back the role and the metadata of a membership that still
// exists.
func (v *Reversal) restore(have *plan.Snapshot, roles roster.Roles) (changes []plan.Change) {
	switch {
	case v.start.Role == v.end.Role || have.Role == v.start.Role:
	case have.Role != v.end.Role:
		v.leave(plan.LeftChanged, "the role has been changed since")
	default:
		c := v.change(plan.SetRole)
		c.From, c.To, c.Admin = have.Role, v.start.Role, roles.Effect(have.Role, v.start.Role)
		changes = append(changes, c)
	}
	public, moved := restorePatch(v.start.Public, v.end.Public, have.Public)
	private, alsoMoved := restorePatch(v.start.Private, v.end.Private, have.Private)
	if moved || alsoMoved {
		v.leave(plan.LeftChanged, "some metadata have been changed since")
	}
	if len(public)+len(private) > 0 {
		c := v.change(plan.SetMetadata)
		var nulls, more int
		var before, beforePrivate map[string]any
		public, before, nulls = plan.Patch(public, plan.Decode(have.Public))
		private, beforePrivate, more = plan.Patch(private, plan.Decode(have.Private))
		c.Public, c.Private, c.Nulls = plan.Canonical(public), plan.Canonical(private), nulls+more
		c.PublicBefore, c.PrivateBefore = plan.Canonical(before), plan.Canonical(beforePrivate)
		changes = append(changes, c)
	}
	if len(changes) == 0 {
		v.leave(plan.LeftAsBefore, "")
	}
	return changes
}

// name is the address of the person, as far as the history knows it.
func (v *Reversal) name() string {
	if v.Entry.Forgotten {
		return "a forgotten person"
	}
	return v.Entry.Email
}

// Invites reports whether this is about an invitation that is known.
func (v *Reversal) Invites() bool {
	return !v.Entry.Forgotten && (v.Entry.Action == plan.Invite.String() || v.Entry.Action == plan.RevokeInvitation.String())
}

// invitation revokes an invitation that the runs sent, or sends one again that
// they revoked. A mail cannot be taken back.
func (v *Reversal) invitation(pending *clerkapi.Invitation, roles roster.Roles) []plan.Change {
	switch {
	case v.start == nil && v.end == nil, v.start != nil && v.end != nil:
		v.leave(plan.LeftAsBefore, "")
		return nil
	case v.start == nil && (pending == nil || pending.ID != v.Entry.InvitationID):
		v.leave(plan.LeftNoMember, "the invitation is not pending any more")
		return nil
	case v.start == nil:
		c := v.change(plan.RevokeInvitation)
		c.InvitationID, c.From = pending.ID, pending.Role
		return []plan.Change{c}
	case pending != nil:
		v.leave(plan.LeftBack, "is invited again")
		return nil
	}
	c := v.change(plan.Invite)
	c.To, c.Admin = v.start.Role, roles.Effect("", v.start.Role)
	c.Public, c.Private = plan.Canonical(plan.Decode(v.start.Public)), plan.Canonical(plan.Decode(v.start.Private))
	return []plan.Change{c}
}

// change is a change of the entry's person.
func (v *Reversal) change(action plan.Action) plan.Change {
	e := v.Entry
	c := plan.Change{Action: action, Organization: e.Organization, UserID: e.UserID, Email: e.Email, Name: e.Name,
		Source: e.Source, ID: e.PersonID, Because: fmt.Sprintf("undo of run %d (%s)", e.Run, e.Because), State: plan.Ready}
	if action == plan.Remove || action == plan.RevokeInvitation {
		c.Cause = plan.Undone
	}
	return c
}

// restorePatch is the merge patch (RFC 7396) that gives the keys changed
// between start and end their value at the start. moved says that some of them
// have another value by now; these stay.
func restorePatch(start, end, now json.RawMessage) (back map[string]any, moved bool) {
	was, became, is := plan.Decode(start), plan.Decode(end), plan.Decode(now)
	back = map[string]any{}
	keys := map[string]any{}
	maps.Copy(keys, was)
	maps.Copy(keys, became)
	for key := range keys {
		switch {
		case reflect.DeepEqual(was[key], became[key]) || reflect.DeepEqual(is[key], was[key]):
		case !reflect.DeepEqual(is[key], became[key]):
			moved = true
		default:
			back[key] = replacement(was[key], is[key])
		}
	}
	return back, moved
}

// replacement is the patch that turns one value into another.
func replacement(was, is any) any {
	to, ok := was.(map[string]any)
	from, also := is.(map[string]any)
	if !ok || !also {
		return was
	}
	out := map[string]any{}
	for key := range from {
		if _, stays := to[key]; !stays {
			out[key] = nil
		}
	}
	for key, value := range to {
		if !reflect.DeepEqual(value, from[key]) {
			out[key] = replacement(value, from[key])
		}
	}
	return out
}
