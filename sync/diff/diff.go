package diff

import (
	"cmp"
	"maps"
	"slices"

	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// actual is the state of one organization in Clerk.
type actual struct {
	organization string
	members      []roster.Member
	roles        roster.Roles
	owner        string
}

// diff compares what is wanted of one organization with what it has. It is
// pure, total and ordered: the same input gives the same changes.
//
//	wanted | member | kept | change
//	-------+--------+------+------------------------------------------
//	yes    | no     | no   | add, with metadata and marker
//	yes    | yes    | no   | set role, set metadata, adopt as they differ
//	no     | yes    | no   | remove
//	any    | any    | yes  | none
//	no     | no     | any  | none
func diff(want desired, have actual) []plan.Change {
	var changes []plan.Change
	present := make(map[string]bool, len(have.members))
	for i := range have.members {
		m := &have.members[i]
		present[m.UserID] = true
		w, wanted := want.people[m.UserID]
		switch {
		case want.keep[m.UserID]:
		case wanted:
			changes = append(changes, diffMember(w, m, have.roles, have.organization, have.owner)...)
		default:
			changes = append(changes, removal(m, have))
		}
	}
	for _, user := range slices.Sorted(maps.Keys(want.people)) {
		if !present[user] && !want.keep[user] {
			changes = append(changes, addition(want.people[user], have))
		}
	}
	slices.SortFunc(changes, plan.CompareChanges)
	return changes
}

// diffMember lists the changes that make a member as wanted.
func diffMember(w desiredMember, m *roster.Member, roles roster.Roles, organization, owner string) []plan.Change {
	base := plan.Change{Organization: organization, UserID: m.UserID, Email: cmp.Or(w.email, m.Identifier), Name: w.name,
		Source: w.source, ID: w.id, Because: w.because, State: plan.Ready}
	var changes []plan.Change
	if w.role != m.Role {
		c := base
		c.Action, c.From, c.To, c.Admin = plan.SetRole, m.Role, w.role, roles.Effect(m.Role, w.role)
		changes = append(changes, c)
	}
	if len(w.public)+len(w.private) == 0 && !w.mark {
		return changes
	}
	c := base
	c.Action = plan.SetMetadata
	private := w.private
	if w.mark {
		c.Action = plan.Adopt
		private = plan.Merge(map[string]any{plan.MarkerKey: plan.Marker{Owner: owner, Source: w.source, ID: w.id}.Object()}, private)
	}
	pub, pubBefore, nulls := plan.Patch(w.public, plan.Decode(m.Public))
	priv, privBefore, more := plan.Patch(private, m.PrivateMetadata())
	if len(pub)+len(priv) > 0 {
		c.Public, c.Private = plan.Canonical(pub), plan.Canonical(priv)
		c.PublicBefore, c.PrivateBefore = plan.Canonical(pubBefore), plan.Canonical(privBefore)
		c.Nulls = nulls + more
		changes = append(changes, c)
	}
	return changes
}

// addition is the change that adds a person, with metadata and our marker.
func addition(w desiredMember, have actual) plan.Change {
	private := plan.WithoutNulls(w.private)
	private[plan.MarkerKey] = plan.Marker{Owner: have.owner, Source: w.source, ID: w.id}.Object()
	return plan.Change{Action: plan.Add, Organization: have.organization, UserID: w.userID, Email: w.email, Name: w.name,
		Source: w.source, ID: w.id, To: w.role, Admin: have.roles.Effect("", w.role),
		Public: plan.Canonical(plan.WithoutNulls(w.public)), Private: plan.Canonical(private), Because: w.because, State: plan.Ready}
}

// removal is the change that removes a member.
func removal(m *roster.Member, have actual) plan.Change {
	c := plan.Change{Action: plan.Remove, Organization: have.organization, UserID: m.UserID, Email: cmp.Or(m.Email(), m.Identifier),
		Name: plan.FullName(m.FirstName, m.LastName), From: m.Role, Admin: have.roles.Effect(m.Role, ""),
		Because: "no rule gives this membership", Cause: plan.NoRule, State: plan.Ready}
	if m.Marker != nil {
		c.Source, c.ID = m.Marker.Source, m.Marker.ID
	}
	return c
}
