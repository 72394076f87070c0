package recent

import (
	"slices"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Who is what tells whose account an account may be.
type Who struct {
	Config    policy.Config
	Directory *directory.Directory
	Memory    *memory.Memory
	Now       time.Time
}

// person is whom a run is for.
type person struct {
	// addresses are folded. An account that has one of them, verified or not, may be the
	// person's.
	addresses, externalIDs []string
	// users are accounts that may be the person's for another reason.
	users []string
	// means reports whether a membership may be the person's by its marker.
	means func(m *clerkapi.Membership) bool
	// byAccount adds what leads to the accounts of everybody who may have one of the
	// accounts; nil if the run is for an address.
	byAccount func(a *accounts)
}

// person finds what leads to the accounts of a person, who is an address or a user id.
func (w *Who) person(only string, kept func(user string) []clerkapi.Membership) *person {
	d := w.Directory
	address, err := source.FoldEmail(only)
	p := &person{}
	var people []*directory.Person
	named := map[plan.DirectoryID]*directory.Person{}
	if err == nil {
		p.addresses, people = []string{address}, d.WithAddress(address)
	} else {
		p.users = []string{only}
		for _, m := range kept(only) {
			if marker := w.Config.Marker(m.Private); marker.OwnedBy(w.Config.Owner) {
				named[marker.DirectoryID()] = nil
			}
		}
		d.FindPeople(named)
	}
	for _, q := range named {
		if q != nil {
			people = append(people, q)
		}
	}
	w.addPeople(p, people)
	if err != nil {
		p.byAccount = func(a *accounts) { w.addPeople(p, append(people, w.claimants(a)...)) }
	}
	return p
}

// claimants are the people who may have one of the accounts by an address or an
// external id.
func (w *Who) claimants(a *accounts) []*directory.Person {
	values := a.values()
	return w.Directory.All(func(q *directory.Person) bool {
		return q.ExternalID != "" && values[q.ExternalID] || slices.ContainsFunc(q.Addresses(), func(e string) bool { return values[e] })
	})
}

// addPeople adds what leads to the accounts of people.
func (w *Who) addPeople(p *person, people []*directory.Person) {
	same, ids := policy.SameIDs(w.Config.SameIDs), map[plan.DirectoryID]bool{}
	for _, q := range people {
		p.addresses = append(p.addresses, q.Addresses()...)
		for _, id := range append(q.DirectoryIDs(), q.AddressID()) {
			ids[same.Of(id)] = id != plan.DirectoryID{}
		}
		if q.ExternalID != "" {
			p.externalIDs = append(p.externalIDs, q.ExternalID)
		}
		if q.Account() != "" {
			p.users = append(p.users, q.Account())
		}
	}
	p.addresses, p.externalIDs = policy.Unique(p.addresses), policy.Unique(p.externalIDs)
	for id, user := range w.Memory.RememberedMovers(w.Config, w.Now) {
		if ids[same.Of(id)] {
			p.users = append(p.users, user)
		}
	}
	for user, id := range w.Memory.CreatedFor {
		if ids[same.Of(id)] {
			p.users = append(p.users, user)
		}
	}
	read := plan.NewMarkerReader()
	p.means = func(m *clerkapi.Membership) bool {
		marker, _ := read(m.Private)
		return marker.OwnedBy(w.Config.Owner) && ids[same.Of(w.Config.PresentID(marker.DirectoryID()))]
	}
}
