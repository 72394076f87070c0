package assign

import (
	"fmt"
	"maps"
	"slices"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Exceptions stand above the rules; package exception says what they mean. A grant
// becomes an assignment with a start and an end date, so that all that holds for
// dates holds for it (S28). It is kept apart from those of rules and rows, because it
// feeds no organization (S15).

// exceptions are what admins have granted and denied for a time.
type exceptions struct {
	// granted are the assignments by grants, by org_ id.
	granted map[string][]Assignment
	// fed are the names of organizations that a rule or a row leads to today.
	fed map[string]bool
	// ended are the grants that are over and may have left something, denies those that
	// are in force.
	ended, denies []*exception.Exception
	// linked are the ids of entries that denies name, by the account that they have today,
	// or another key of theirs.
	linked map[string][]plan.DirectoryID
	// accounts are the people of grants for accounts in no source, by user.
	accounts map[string]*directory.Person
}

// Exceptional is the part of assignments that is about exceptions.
type Exceptional struct{ *Assignments }

// Exceptions are the exceptions of the assignments.
func (a *Assignments) Exceptions() Exceptional { return Exceptional{a} }

// add files the exceptions. It comes after all that decides which
// organizations the sources feed, and which of them wait.
func (a Exceptional) add() {
	if a.Memory == nil || len(a.Memory.Exceptions) == 0 {
		return
	}
	a.granted, a.fed, a.accounts = map[string][]Assignment{}, map[string]bool{}, map[string]*directory.Person{}
	for _, name := range a.Organizations() {
		a.fed[name] = !a.FedBefore[name]
	}
	found := a.peopleOfExceptions()
	for i := range a.Memory.Exceptions {
		e := &a.Memory.Exceptions[i]
		if e.Kind == exception.Grant {
			a.addGrant(e, a.personOf(e, found))
		}
	}
	a.FileDenies()
	var people []*directory.Person
	for i := range a.Memory.Exceptions { // in the order in which they were made
		if p := a.accounts[a.Memory.Exceptions[i].UserID]; p != nil && !slices.Contains(people, p) {
			people = append(people, p)
		}
	}
	a.Read.Directory.People = append(a.Read.Directory.People, people)
}

// FileDenies files the denies in force. An undo asks for nothing else.
func (a Exceptional) FileDenies() {
	if a.Memory == nil {
		return
	}
	for i := range a.Memory.Exceptions {
		if e := &a.Memory.Exceptions[i]; e.Kind == exception.Deny && a.denyInForce(e) {
			a.denies = append(a.denies, e)
		}
	}
}

// denyInForce reports whether a deny keeps somebody out. A wrong clock ends none (S28).
func (a Exceptional) denyInForce(e *exception.Exception) bool {
	return e.InForce() && (!e.Over(a.Now) || a.Memory.Clock.Wrong != "")
}

// PersonID is the id of the entry that an exception names, under the present name of
// its source.
func (a Exceptional) PersonID(e *exception.Exception) plan.DirectoryID {
	return a.config.PresentID(plan.DirectoryID{Source: e.Person.Source, ID: e.Person.ID})
}

// peopleOfExceptions are the entries that grants name.
func (a Exceptional) peopleOfExceptions() map[plan.DirectoryID]*directory.Person {
	found := map[plan.DirectoryID]*directory.Person{}
	for i := range a.Memory.Exceptions {
		if e := &a.Memory.Exceptions[i]; e.Person != (exception.Person{}) {
			found[a.PersonID(e)] = nil
		}
	}
	if len(found) > 0 {
		a.Read.Directory.FindPeople(found)
	}
	return found
}

// personOf is the person of a grant; nil if the source has nobody with that id.
func (a Exceptional) personOf(e *exception.Exception, found map[plan.DirectoryID]*directory.Person) *directory.Person {
	if e.Person != (exception.Person{}) {
		return found[a.PersonID(e)]
	}
	if a.accounts[e.UserID] == nil {
		a.accounts[e.UserID] = &directory.Person{
			Person:     &source.Person{ID: e.UserID, Email: e.Address, Origin: source.Origin{Source: exception.Source, File: "an exception"}},
			From:       &source.Snapshot{Source: exception.Source, StableIDs: true},
			Exceptions: &directory.Exceptions{Account: e.UserID},
		}
	}
	return a.accounts[e.UserID]
}

// addGrant files a grant for a person.
func (a Exceptional) addGrant(e *exception.Exception, p *directory.Person) {
	period := &source.Period{Start: e.Given, End: e.Ends, EndedBy: "the grant"}
	if period.Ahead(a.Now) {
		period.Start = a.Now // the clock was set back: what has begun does not begin again (S28)
	}
	switch {
	case !e.InForce() && a.Memory.Settled[memory.SettledKey(e)]:
	case !e.InForce():
		a.ended = append(a.ended, e)
	case period.Over(a.Now):
		a.ended = append(a.ended, e)
		if p != nil {
			a.expire(e.Organization, p, period)
		}
	case p == nil && a.incomplete(a.PersonID(e).Source):
		a.Unreadable[e.Organization] = append(a.Unreadable[e.Organization], a.PersonID(e)) // what it gave stays (S14)
	case p == nil:
		a.noteGrant(e, "no longer in the directory, so the grant gives nothing")
	case p.Disabled != "":
		a.noteGrant(e, p.Origin.String()+": "+p.Disabled+", so the grant gives nothing")
	default:
		a.Dated = true
		reason := &SharedReason{Text: e.Text(), Exception: e}
		a.granted[e.Organization] = append(a.granted[e.Organization], Assignment{person: p, Role: e.Role, Periods: []*source.Period{period}, Reason: Reason{SharedReason: reason}})
	}
}

func (a Exceptional) noteGrant(e *exception.Exception, why string) {
	a.Notes = append(a.Notes, plan.Note{Organization: e.Organization, Email: e.Address, Text: fmt.Sprintf("%s: %s (exception %d, %s)", e.Address, why, e.ID, e.Text())})
}

// expire notes that the end of a grant may cause changes (S28).
func (a Exceptional) expire(organization string, p *directory.Person, period *source.Period) {
	a.Dated = true
	if a.Expired[organization] == nil {
		a.Expired[organization] = map[*directory.Person]*source.Period{}
	}
	a.Expired[organization][p] = period
}

// incomplete reports whether a source may have people whom this run does not see.
func (a Exceptional) incomplete(name string) bool {
	if a.Read.Failed[name] {
		return true
	}
	for _, s := range a.Read.Directory.Snapshots {
		if s.Source == name {
			stale, _ := a.Memory.Stale(s)
			return stale || len(s.MissingCanaries)+len(s.NoRemovals) > 0
		}
	}
	return false
}

// takeGrants are the assignments by grants in an organization, if a rule or a row leads
// there (S15). They are taken once.
func (a Exceptional) takeGrants(organization string, names []string) []Assignment {
	if !slices.ContainsFunc(names, func(name string) bool { return a.fed[name] }) {
		return nil
	}
	list := a.granted[organization]
	delete(a.granted, organization)
	return list
}

// NoteIdle says which grants give nothing, because no rule and no row leads to
// their organization. The entitlements of all organizations come first.
func (a Exceptional) NoteIdle() {
	for _, id := range slices.Sorted(maps.Keys(a.granted)) {
		for _, x := range a.granted[id] {
			a.noteGrant(x.Exception, "no rule or row leads to "+id+", so the grant gives nothing (S15)")
		}
	}
}

// None reports whether there is no exception that could keep anybody out, or has left
// something.
func (a Exceptional) None() bool { return len(a.ended)+len(a.denies)+len(a.accounts) == 0 }

// Ended lists the grants that are over and may have left something.
func (a Exceptional) Ended() []*exception.Exception { return a.ended }

// DeniedIn is the deny that keeps somebody out of an organization; nil if there is
// none. The person is known by the account, by ids, or both.
func (a Exceptional) DeniedIn(organization, user string, ids ...plan.DirectoryID) *exception.Exception {
	return a.about(a.denies, organization, user, append(a.linked[user], ids...))
}

// LinkDenied notes that whoever has an account, or another key, is an entry that a deny
// names.
func (a Exceptional) LinkDenied(key string, ids []plan.DirectoryID) {
	if a.linked == nil {
		a.linked = map[string][]plan.DirectoryID{}
	}
	a.linked[key] = append(a.linked[key], ids...)
}

// DenyOf is the last deny of an entry, in whatever organization; nil if there is none.
func (a Exceptional) DenyOf(ids ...plan.DirectoryID) *exception.Exception {
	for _, e := range slices.Backward(a.denies) {
		if a.names(e, ids) {
			return e
		}
	}
	return nil
}

// EndedIn is the last grant of somebody in an organization that has ended; nil if there
// is none.
func (a Exceptional) EndedIn(organization, user string, ids ...plan.DirectoryID) *exception.Exception {
	return a.about(a.ended, organization, user, ids)
}

// about finds the last exception about somebody in an organization.
func (a Exceptional) about(list []*exception.Exception, organization, user string, ids []plan.DirectoryID) *exception.Exception {
	for _, e := range slices.Backward(list) {
		if !e.In(organization) {
			continue
		}
		if a.names(e, ids) || user != "" && user == e.UserID {
			return e
		}
	}
	return nil
}

// names reports whether an exception names an entry with one of the ids.
func (a Exceptional) names(e *exception.Exception, ids []plan.DirectoryID) bool {
	same := policy.SameIDs(a.config.SameIDs)
	return e.Person != (exception.Person{}) && slices.ContainsFunc(ids, func(id plan.DirectoryID) bool { return same.Of(id) == same.Of(a.PersonID(e)) })
}
