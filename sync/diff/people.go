package diff

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/plan"
)

// People of several sources may have one user (S01). In an organization that
// several of them are wanted in, one is placed: a person with an id before one
// with only an address, then the higher rule, as for one person. Metadata of
// people with ids merges key by key; what a source without ids says of an
// address changes nothing that an id has brought.

// onePerUser lists one entitlement for each user, or for each address without a
// user.
func (d *desirer) onePerUser(wants []assign.Entitlement, f *Findings) []assign.Entitlement {
	if !d.sharesUsers(wants) {
		return wants
	}
	wants = slices.Clone(wants)
	slices.SortStableFunc(wants, func(a, b assign.Entitlement) int {
		return cmp.Or(compareBool(a.StartsLater(), b.StartsLater()), compareBool(a.Person.ID == "", b.Person.ID == ""),
			assign.PriorityOf(&a).Compare(assign.PriorityOf(&b)))
	})
	index := make(map[string]int, len(wants))
	out := wants[:0:0]
	for i := range wants {
		w := &wants[i]
		key := subject(w)
		at, again := index[key]
		if !again || key == "" {
			index[key] = len(out)
			out = append(out, *w)
			continue
		}
		first := &out[at]
		if first.Role != w.Role {
			f.Note("", first.Person.Email, fmt.Sprintf("role %s by %s, not %s by %s", first.Role, first.Because(), w.Role, w.Because()))
		}
		if w.Person.ID != "" {
			first.Public, first.Private = plan.Merge(first.Public, w.Public), plan.Merge(first.Private, w.Private)
		}
	}
	return out
}

func (d *desirer) sharesUsers(wants []assign.Entitlement) bool {
	if !severalSources(d.people) {
		return false
	}
	seen := make(map[string]bool, len(wants))
	for i := range wants {
		key := subject(&wants[i])
		if key != "" && seen[key] {
			return true
		}
		seen[key] = true
	}
	return false
}

func severalSources(v *identity.Resolver) bool {
	return v.Directory != nil && len(v.Directory.Snapshots) > 1
}

// subject is the user of an entitlement, or the address of a person without one;
// empty for a person that must wait.
func subject(w *assign.Entitlement) string {
	if w.Person.Problem != nil {
		return ""
	}
	return w.Person.Subject()
}

// compareBool puts false first.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// idsOfUsers lists the ids of the people of each user that is the user of
// several: a marker with either id is right.
func idsOfUsers(v *identity.Resolver) map[string][]plan.DirectoryID {
	if !severalSources(v) {
		return nil
	}
	first, ids := make(map[string]*directory.Person, len(v.People)), map[string][]plan.DirectoryID{}
	for _, p := range v.People {
		q := first[p.UserID]
		switch {
		case p.UserID == "":
		case q == nil:
			first[p.UserID] = p
		case ids[p.UserID] == nil:
			ids[p.UserID] = append(q.DirectoryIDs(), p.DirectoryIDs()...)
		default:
			ids[p.UserID] = append(ids[p.UserID], p.DirectoryIDs()...)
		}
	}
	return ids
}
