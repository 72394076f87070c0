package identity

import (
	"context"
	"fmt"
	"slices"

	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// People of two sources without the same ids may have one address. The address
// is then what each source claims, and no identity: people may write their own
// (S01). The user goes to the person whom a marker, an external_id or an
// admin's decision proves. A person with an id that has only the address waits
// (S02), and takes nothing from the person who is proven. If nobody is proven,
// all people with an id wait. A person without an id is their address; having
// verified it is enough.
//
//	p has        another person of another source has   p
//	a proof      anything                               has the user
//	no id        anything                               has the user
//	an id only   a proof                                waits, the user does not
//	an id only   an id only                             both wait, and the user
//	an id only   no id                                  has the user

// settleRivals decides between a person and the people of other sources who have
// the same user, or the same address without a user.
func (v claims) settleRivals(p *directory.Person, others []*directory.Person) (rival *directory.Person, freeze bool) {
	if p.ID == "" || v.proven(p) {
		return nil, false
	}
	for _, q := range others {
		if q != p && q.ID != "" && v.proven(q) {
			return q, false
		}
	}
	for _, q := range others {
		if q != p && q.ID != "" {
			return q, true
		}
	}
	return nil, false
}

// proven reports whether more than an address joins the person to the user. A grant for
// an account is the word of an admin.
func (v claims) proven(p *directory.Person) bool {
	return p.MatchedBy.ByID() || p.MatchedBy == directory.ByException || v.Config.IDChanged == policy.IDChangedSame ||
		v.Memory.DecisionOn(p.DirectoryID(), p.UserID).Was != (plan.DirectoryID{})
}

// sameSpace reports whether the ids of two people can be compared: they are of
// one source, or of sources with the same ids.
func (v claims) sameSpace(a, b *directory.Person) bool {
	return a.From.Source == b.From.Source || directory.DifferByID(v.Directory.Same, a, b)
}

// waitFor makes a person wait whose address another source gives to somebody
// else.
func (v claims) waitFor(p, rival *directory.Person, freeze bool) {
	user := p.UserID
	p.UserID, p.MatchedBy = "", directory.Unmatched
	text := fmt.Sprintf("%s (%s) and %s of source %s (%s) have the same address, but the address alone does not show that they are the same person",
		p.Label(), p.Origin, rival.ID, rival.From.Source, rival.Origin)
	p.Problem = &directory.Problem{Rule: "S02", Hold: true, Text: text + "; " + sameIDsAdvice}
	if freeze && user != "" {
		p.Problem.Users = []string{user}
	}
	if user != "" {
		p.Problem.Conflict = v.conflictOf(p, user, rival.DirectoryID())
	}
}

const sameIDsAdvice = "if they are, set same_ids_as, or give both the same external_id; if not, fix the address"

// foreignID reports whether a marker's id is of another source than the person
// and cannot be compared with the person's id.
func (v claims) foreignID(p *directory.Person, id plan.DirectoryID) bool {
	return id.Source != p.From.Source && v.Directory.Same.Of(id).Source != v.Directory.Same.Of(p.DirectoryID()).Source
}

// verifyMarked looks at users that carry markers of several sources: the marker
// of a person counts if the user has verified an address of the person. An
// older version gave markers by an address alone, which anybody may have
// written (S01).
func (v claims) verifyMarked(ctx context.Context) error {
	var doubtful []*directory.Person
	var ids []string
	for _, p := range v.People {
		if p.MatchedBy != directory.ByMarker || p.ID == "" {
			continue
		}
		if _, foreign := v.foreignMarker(p); foreign {
			doubtful, ids = append(doubtful, p), append(ids, p.UserID)
		}
	}
	if err := v.Load(ctx, ids, "read accounts with markers of several sources"); err != nil {
		return err
	}
	for _, p := range doubtful {
		u := v.Users[p.UserID]
		if u == nil || slices.ContainsFunc(roster.VerifiedAddresses(u), func(e string) bool { return slices.Contains(p.Addresses(), e) }) {
			continue
		}
		other, _ := v.foreignMarker(p)
		user := p.UserID
		v.conflict(p, []string{user}, fmt.Sprintf("%s (%s): account %s is marked as %s of source %s, and as %s of source %s; it has not verified the address",
			p.Label(), p.Origin, user, p.ID, p.From.Source, other.ID, other.Source))
		p.Problem.Conflict = v.conflictOf(p, user, other)
		p.UserID, p.MatchedBy = "", directory.Unmatched
	}
	return nil
}

// foreignMarker is an id of another source that the person's user is marked with
// and that no decision of an admin explains.
func (v claims) foreignMarker(p *directory.Person) (plan.DirectoryID, bool) {
	var few [4]plan.DirectoryID
	for _, other := range v.Have.Markers.DirectoryIDs(p.UserID, few[:0]) {
		if !directory.HasID(v.Directory.Same, p, other) && v.foreignID(p, other) && !v.decided(p.DirectoryID(), other, p.UserID) {
			return other, true
		}
	}
	return plan.DirectoryID{}, false
}

// decided reports whether an admin has decided on two ids of a user, whichever
// of them was asked about.
func (v claims) decided(a, b plan.DirectoryID, user string) bool {
	first, second := v.Memory.DecisionOn(a, user), v.Memory.DecisionOn(b, user)
	return first.Covers(b) || second.Covers(a) || v.Config.IDChanged == policy.IDChangedSame
}

// freePresent lets users change whose own person is in the sources today: that a
// person of another source claims the address takes nothing from them (S01, S39).
func (v claims) freePresent() {
	named := map[plan.DirectoryID]*directory.Person{}
	for _, p := range v.crossed {
		named[p.Problem.Conflict.Was] = nil
	}
	if len(named) == 0 {
		return
	}
	v.Directory.FindPeople(named)
	for _, p := range v.crossed {
		if named[p.Problem.Conflict.Was] != nil {
			p.Problem.Users = nil
		}
	}
}
