package memory

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// Who tells a person from others.
type Who interface {
	// IsSubject reports whether a user id, or an address, is the person's.
	IsSubject(subject string) bool
	// IsID reports whether an id of a source is the person's.
	IsID(id plan.DirectoryID) bool
}

// Without are the facts of a journal that must change so that they are about others
// only: those that get another value, and those that go. A fact that cannot be read
// goes too if its kind is about people.
func Without(facts []journal.Fact, who Who) (set, drop []journal.Fact) {
	for _, f := range facts {
		value, keep := without(&f, who)
		switch {
		case !keep:
			drop = append(drop, f)
		case string(value) != string(f.Value):
			f.Value = value
			set = append(set, f)
		}
	}
	return set, drop
}

// without is the value of a fact that is about others only; keep is false if nothing
// is left.
func without(f *journal.Fact, who Who) (value json.RawMessage, keep bool) {
	switch f.Kind {
	case FactInvitation, FactManaged, FactMissing, FactSeen:
		_, subject, _ := strings.Cut(f.Key, " ")
		return f.Value, !who.IsSubject(subject)
	case FactLeaver:
		leaver, err := decode[LeaverFact](f)
		user, _ := LeaverOfKey(f.Key)
		ids := append(leaver.Claimants, plan.DirectoryID{Source: leaver.Source, ID: leaver.ID})
		return f.Value, err == nil && !who.IsSubject(user) && !who.IsSubject(leaver.Email) && !slices.ContainsFunc(ids, who.IsID)
	case FactMover:
		mover, err := decode[MoverFact](f)
		return f.Value, err == nil && !who.IsSubject(mover.User) && !who.IsID(idIn(f.Key))
	case factDecided:
		decision, err := decode[plan.Decision](f)
		_, user, _ := strings.Cut(strings.TrimPrefix(f.Key, idIn(f.Key).Source+"\x1f"), "\x1f")
		others := !slices.ContainsFunc(append(decision.Also, decision.Was), who.IsID)
		return f.Value, err == nil && others && !who.IsSubject(user) && !who.IsID(idIn(f.Key))
	case FactAdmins:
		return changedFact(f, func(users []string) []string { return slices.DeleteFunc(users, who.IsSubject) })
	case FactReferences:
		return changedFact(f, func(refs map[string]string) map[string]string {
			for ref, ids := range refs {
				if ids != GroupReference && slices.ContainsFunc(decodeIDs(ids, f.Key), who.IsID) {
					delete(refs, ref)
				}
			}
			return refs
		})
	}
	return f.Value, true
}

// Identities lists, for each fact that has an id of a source, the ids that it says are
// one person.
func Identities(facts []journal.Fact, id string) [][]plan.DirectoryID {
	var out [][]plan.DirectoryID
	add := func(ids ...plan.DirectoryID) {
		if slices.ContainsFunc(ids, func(one plan.DirectoryID) bool { return one.ID == id }) {
			out = append(out, slices.DeleteFunc(ids, func(one plan.DirectoryID) bool { return one.ID == "" }))
		}
	}
	for i := range facts {
		switch f := &facts[i]; f.Kind {
		case FactMover:
			add(idIn(f.Key))
		case factDecided: // the former ids may be another person's
			add(idIn(f.Key))
		case FactReferences:
			refs, err := decode[map[string]string](f)
			for _, ids := range refs {
				if err == nil && ids != GroupReference {
					add(decodeIDs(ids, f.Key)...)
				}
			}
		}
	}
	return out
}

// idIn is the id of a person with which the key of a fact begins.
func idIn(key string) plan.DirectoryID {
	source, rest, _ := strings.Cut(key, "\x1f")
	id, _, _ := strings.Cut(rest, "\x1f")
	return plan.DirectoryID{Source: source, ID: id}
}

// changedFact is the value of a fact after a change; one that is the same keeps its
// bytes.
func changedFact[V any](f *journal.Fact, change func(V) V) (json.RawMessage, bool) {
	v, err := decode[V](f)
	if err != nil {
		return nil, false
	}
	before, errBefore := json.Marshal(v)
	after, errAfter := json.Marshal(change(v))
	switch {
	case errBefore != nil || errAfter != nil:
		return nil, false
	case string(before) == string(after):
		return f.Value, true
	}
	return after, true
}

// IsFact reports whether runs judge by facts of this kind.
func IsFact(kind string) bool { return tables(&Memory{}, time.Time{})[kind] != nil }
