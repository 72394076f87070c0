package sync

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
)

// reversal is what a user had in an organization before some runs and after
// them; nil is no membership.
type reversal struct {
	entry      *journal.Change // the last, which names the person
	start, end *snapshot
	// unclear says why nobody knows how it ended; empty when that is known.
	unclear string
}

// reversals reads from the journal what runs changed, by organization and user.
func (r *Reconciler) reversals(ctx context.Context, runs []int64) ([]*reversal, error) {
	var entries []journal.Change
	for _, run := range runs {
		list, err := r.journal.Changes(ctx, run)
		if err != nil {
			return nil, fmt.Errorf("read what run %d did: %w", run, err)
		}
		entries = append(entries, list...)
	}
	slices.SortFunc(entries, func(a, b journal.Change) int { return cmp.Compare(a.ID, b.ID) })
	found := map[string]*reversal{}
	var out []*reversal
	for i := range entries {
		e := &entries[i]
		if !e.Open() && e.Result != string(Done) {
			continue
		}
		key := e.Organization + " " + cmp.Or(e.UserID, e.Email)
		if e.Action == CreateUser.String() {
			key = "created " + e.Email // the add has a reversal of its own
		}
		v := found[key]
		if v == nil {
			v = &reversal{start: readSnapshot(e.Before)}
			found[key] = v
			out = append(out, v)
		}
		v.follow(e)
	}
	return out, nil
}

// follow takes the next change of the membership.
func (v *reversal) follow(e *journal.Change) {
	v.entry, v.end = e, readSnapshot(e.After)
	switch {
	case e.Open():
		v.unclear = fmt.Sprintf("run %d was cut off before it wrote down what became of this; the next apply finds out", e.Run)
	case v.end == nil && e.Action != Remove.String() && e.Action != RevokeInvitation.String() && e.Action != CreateUser.String():
		v.unclear = "the history does not say what Clerk answered"
	}
}

func readSnapshot(raw json.RawMessage) *snapshot {
	var s snapshot
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return &s
}

// same reports whether two memberships agree in all that undo restores.
func (s *snapshot) same(other *snapshot) bool {
	return s.Role == other.Role && reflect.DeepEqual(decodeObject(s.Public), decodeObject(other.Public)) &&
		reflect.DeepEqual(decodeObject(s.Private), decodeObject(other.Private))
}

// changes are those that bring the membership back to what it was before the
// runs; why says what cannot come back, since it has moved.
func (v *reversal) changes(now *member, pending *clerkapi.Invitation, roles roleBook) (changes []Change, why string) {
	have := now.snapshot()
	switch {
	case v.unclear != "":
		return nil, v.unclear
	case v.entry.Action == CreateUser.String():
		return nil, fmt.Sprintf("user %s was created, which is not undone", v.entry.UserID)
	case v.invites():
		return v.invitation(pending, roles)
	case v.start == nil && v.end == nil:
		return nil, "" // came and went
	case v.start == nil && have == nil:
		return nil, "is no member any more"
	case v.start == nil && !have.same(v.end):
		return nil, "the membership has changed since"
	case v.start == nil:
		c := v.change(Remove)
		c.From, c.Admin = have.Role, roles.effect(have.Role, "")
		return []Change{c}, ""
	case v.end == nil && have != nil:
		return nil, "is a member again"
	case v.end == nil:
		c := v.change(Add)
		c.To, c.Admin = v.start.Role, roles.effect("", v.start.Role)
		c.Public, c.Private = canonical(decodeObject(v.start.Public)), canonical(decodeObject(v.start.Private))
		return []Change{c}, ""
	case have == nil:
		return nil, "is no member any more"
	}
	return v.restore(have, roles)
}

// restore brings back the role and the metadata of a membership that stayed.
func (v *reversal) restore(have *snapshot, roles roleBook) (changes []Change, why string) {
	switch {
	case v.start.Role == v.end.Role || have.Role == v.start.Role:
	case have.Role != v.end.Role:
		why = "the role has changed since"
	default:
		c := v.change(SetRole)
		c.From, c.To, c.Admin = have.Role, v.start.Role, roles.effect(have.Role, v.start.Role)
		changes = append(changes, c)
	}
	public, moved := backward(v.start.Public, v.end.Public, have.Public)
	private, alsoMoved := backward(v.start.Private, v.end.Private, have.Private)
	if moved || alsoMoved {
		why = cmp.Or(why, "some of the metadata have changed since")
	}
	if len(public)+len(private) > 0 {
		c := v.change(SetMetadata)
		var nulls, more int
		var before, beforePrivate map[string]any
		public, before, nulls = patch(public, decodeObject(have.Public))
		private, beforePrivate, more = patch(private, decodeObject(have.Private))
		c.Public, c.Private, c.Nulls = canonical(public), canonical(private), nulls+more
		c.PublicBefore, c.PrivateBefore = canonical(before), canonical(beforePrivate)
		changes = append(changes, c)
	}
	return changes, why
}

// invites reports whether this is about an invitation.
func (v *reversal) invites() bool {
	return v.entry.Action == Invite.String() || v.entry.Action == RevokeInvitation.String()
}

// invitation revokes what the runs sent, and sends anew what they revoked. A
// mail that was sent stays sent.
func (v *reversal) invitation(pending *clerkapi.Invitation, roles roleBook) (changes []Change, why string) {
	switch {
	case v.start == nil && v.end == nil, v.start != nil && v.end != nil:
		return nil, ""
	case v.start == nil && (pending == nil || pending.ID != v.entry.InvitationID):
		return nil, "the invitation is not pending any more"
	case v.start == nil:
		c := v.change(RevokeInvitation)
		c.InvitationID, c.From = pending.ID, pending.Role
		return []Change{c}, ""
	case pending != nil:
		return nil, "is invited again"
	}
	c := v.change(Invite)
	c.To, c.Admin = v.start.Role, roles.effect("", v.start.Role)
	c.Public, c.Private = canonical(decodeObject(v.start.Public)), canonical(decodeObject(v.start.Private))
	return []Change{c}, ""
}

// change is one of the entry's person.
func (v *reversal) change(action Action) Change {
	e := v.entry
	return Change{Action: action, Organization: e.Organization, UserID: e.UserID, Email: e.Email, Name: e.Name,
		Source: e.Source, ID: e.PersonID, Because: fmt.Sprintf("undoes run %d, which did: %s", e.Run, e.Because), State: Ready}
}

// backward is the merge patch (RFC 7396) that gives the keys that went from
// start to end their value at the start again; moved says that some of them
// have another value by now, and stay.
func backward(start, end, now json.RawMessage) (back map[string]any, moved bool) {
	was, became, is := decodeObject(start), decodeObject(end), decodeObject(now)
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
			back[key] = replacing(was[key], is[key])
		}
	}
	return back, moved
}

// replacing is what merges onto is so that was comes out.
func replacing(was, is any) any {
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
			out[key] = replacing(value, from[key])
		}
	}
	return out
}

// snapshot is the membership as the journal keeps it; nil for no member.
func (m *member) snapshot() *snapshot {
	if m == nil {
		return nil
	}
	return &snapshot{m.Role, m.Public, canonical(m.private()).raw()}
}
