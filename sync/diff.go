package sync

import (
	"cmp"
	"maps"
	"slices"
)

// Actual is what Clerk holds for one organization, as the diff sees it.
type Actual struct {
	Organization string
	Members      []member
	Roles        roleBook
	Owner        string
}

// Diff compares what is wanted of one organization with what it has. It is
// pure, total and ordered: the same input gives the same changes.
//
//	wanted | member | kept | change
//	-------+--------+------+------------------------------------------
//	yes    | no     | no   | add, with metadata and marker
//	yes    | yes    | no   | set role, set metadata, adopt as they differ
//	no     | yes    | no   | remove
//	any    | any    | yes  | none
//	no     | no     | any  | none
func Diff(want Desired, have Actual) []Change {
	var changes []Change
	present := make(map[string]bool, len(have.Members))
	for i := range have.Members {
		m := &have.Members[i]
		present[m.UserID] = true
		w, wanted := want.People[m.UserID]
		switch {
		case want.Keep[m.UserID]:
		case wanted:
			changes = append(changes, diffMember(w, m, have.Roles, have.Organization, have.Owner)...)
		default:
			changes = append(changes, removal(m, have))
		}
	}
	for _, user := range slices.Sorted(maps.Keys(want.People)) {
		if !present[user] && !want.Keep[user] {
			changes = append(changes, addition(want.People[user], have))
		}
	}
	slices.SortFunc(changes, compareChanges)
	return changes
}

// diffMember lists what a member lacks to be as wanted.
func diffMember(w Want, m *member, roles roleBook, organization, owner string) []Change {
	base := Change{Organization: organization, UserID: m.UserID, Email: cmp.Or(w.Email, m.Identifier), Name: w.Name,
		Source: w.Source, ID: w.ID, Because: w.Because, State: Ready}
	var changes []Change
	if w.Role != m.Role {
		c := base
		c.Action, c.From, c.To, c.Admin = SetRole, m.Role, w.Role, roles.effect(m.Role, w.Role)
		changes = append(changes, c)
	}
	if len(w.Public)+len(w.Private) == 0 && !w.Mark {
		return changes
	}
	c := base
	c.Action = SetMetadata
	private := w.Private
	if w.Mark {
		c.Action = Adopt
		private = mergeLower(map[string]any{markerKey: Marker{owner, w.Source, w.ID}.object()}, private)
	}
	pub, pubBefore, nulls := patch(w.Public, decodeObject(m.Public))
	priv, privBefore, more := patch(private, m.private())
	if len(pub)+len(priv) > 0 {
		c.Public, c.Private = canonical(pub), canonical(priv)
		c.PublicBefore, c.PrivateBefore = canonical(pubBefore), canonical(privBefore)
		c.Nulls = nulls + more
		changes = append(changes, c)
	}
	return changes
}

func addition(w Want, have Actual) Change {
	private := withoutNulls(w.Private)
	private[markerKey] = Marker{have.Owner, w.Source, w.ID}.object()
	return Change{Action: Add, Organization: have.Organization, UserID: w.UserID, Email: w.Email, Name: w.Name,
		Source: w.Source, ID: w.ID, To: w.Role, Admin: have.Roles.effect("", w.Role),
		Public: canonical(withoutNulls(w.Public)), Private: canonical(private), Because: w.Because, State: Ready}
}

func removal(m *member, have Actual) Change {
	c := Change{Action: Remove, Organization: have.Organization, UserID: m.UserID, Email: cmp.Or(m.email(), m.Identifier),
		Name: fullName(m.FirstName, m.LastName), From: m.Role, Admin: have.Roles.effect(m.Role, ""),
		Because: "no rule wants this membership", State: Ready}
	if m.marker != nil {
		c.Source, c.ID = m.marker.Source, m.marker.ID
	}
	return c
}

func fullName(first, last string) string {
	if first == "" || last == "" {
		return first + last
	}
	return first + " " + last
}

// phase is when a change is applied within its organization: what gives
// access first, what takes it last, so that the number of admins never dips.
func (c *Change) phase() int {
	switch {
	case c.Action == RevokeInvitation:
		return 0
	case c.Action == Add || c.Action == Invite || c.Action == CreateUser:
		return 1
	case c.Action == SetRole && c.Admin == AdminGained:
		return 1
	case c.Action == SetMetadata || c.Action == Adopt:
		return 2
	case c.Action == SetRole && c.Admin == "":
		return 3
	case c.Action == SetRole:
		return 4
	}
	return 5
}

func compareChanges(a, b Change) int {
	return cmp.Or(cmp.Compare(a.phase(), b.phase()), cmp.Compare(a.Action, b.Action),
		cmp.Compare(a.Email, b.Email), cmp.Compare(a.UserID, b.UserID))
}
