package identity

import (
	"fmt"
	"hash/maphash"
	"slices"

	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// claims decides who has a user that several people may be.
type claims struct{ *Resolver }

func (v *Resolver) claims() claims { return claims{v} }

// sharedUsers finds the users that several people match, and the people that
// share an address within one source (S06).
func (v claims) sharedUsers() {
	claimed, known := v.claimants(), v.knownElsewhere()
	var settle []func() // after all were compared as they are
	for _, p := range v.People {
		others := claimed[claimOf(p)]
		rival := v.rivalInSpace(p, others)
		switch twins := v.Directory.SameAddress[p]; {
		case p.Problem != nil && p.Problem.Hold:
		case twins != nil && p.MatchedBy == directory.ByEmail && known[twins] == twins.Size()-1 && rival == nil:
			v.noteShared(p, twins.Other(p))
		case twins != nil && p.MatchedBy != directory.ByMarker:
			settle = append(settle, func() { v.ambiguous(p, "has the same address as "+twins.Other(p).Origin.String()) })
		case rival != nil:
			settle = append(settle, func() { v.ambiguous(p, claimText(p, rival)) })
		case len(others) > 1:
			if other, freeze := v.settleRivals(p, others); other != nil {
				settle = append(settle, func() { v.waitFor(p, other, freeze) })
			}
		}
	}
	for _, s := range settle {
		s()
	}
}

// knownElsewhere counts the people with a shared address whom a marker joins to a
// user. They are that user, whatever address they write, and claim no other one
// (S01): people may write their own address, and could keep a new colleague out.
func (v claims) knownElsewhere() map[*directory.SharedAddress]int {
	known := map[*directory.SharedAddress]int{}
	for p, shared := range v.Directory.SameAddress {
		if p.MatchedBy == directory.ByMarker {
			known[shared]++
		}
	}
	return known
}

func (v claims) noteShared(p, other *directory.Person) {
	v.Notes = append(v.Notes, plan.Note{Rule: "S06", Email: p.Email, Users: []string{p.UserID, other.UserID}, Text: fmt.Sprintf(
		"%s (%s) has the same address as %s, which has account %s by the marker; account %s has verified the address; fix the other entry", p.Label(), p.Origin, other.Origin, other.UserID, p.UserID)})
}

// rivalInSpace is another person with the same user whose id can be compared
// with the person's; nil if there is none.
func (v claims) rivalInSpace(p *directory.Person, others []*directory.Person) *directory.Person {
	for _, q := range others {
		if q != p && v.sameSpace(p, q) {
			return q
		}
	}
	return nil
}

// claimText says what a person claims that is not theirs alone.
func claimText(p, rival *directory.Person) string {
	if p.UserID == "" {
		return "has the same address as " + rival.Origin.String()
	}
	return fmt.Sprintf("matches account %s, and so does %s", p.UserID, rival.Origin)
}

// claimOf is the key under which a person is compared with others: the user, or
// the address of a person without one.
func claimOf(p *directory.Person) string {
	if p.UserID == "" {
		return addressClaim + p.Email
	}
	return p.UserID
}

const addressClaim = "address "

// claimants lists the people of each user that several people match. Hashes
// find the few candidates first, because a map of all people would be large.
func (v claims) claimants() map[string][]*directory.Person {
	seed := v.Have.Markers.Seed
	seen, twice := make(map[uint64]struct{}, len(v.People)), map[uint64]bool{}
	var few [4]string
	for _, p := range v.People {
		for _, user := range v.claimsOf(p, few[:0]) {
			hash := maphash.String(seed, user)
			if _, again := seen[hash]; again {
				twice[hash] = true
			}
			seen[hash] = struct{}{}
		}
	}
	if len(twice) == 0 {
		return nil
	}
	claimed := map[string][]*directory.Person{}
	for _, p := range v.People {
		for _, user := range v.claimsOf(p, few[:0]) {
			if twice[maphash.String(seed, user)] {
				claimed[user] = append(claimed[user], p)
			}
		}
	}
	return claimed
}

// claimsOf appends the users that a person matches: the one that the person is
// joined to, or all that the addresses match. Somebody in an identity conflict
// claims them too: until the conflict is settled, nobody knows that they are not
// this person (S02, S06). A user with our marker is left out, because the id
// decides there.
func (v claims) claimsOf(p *directory.Person, users []string) []string {
	if p.UserID != "" {
		return append(users, p.UserID)
	}
	conflict := p.Problem != nil && p.Problem.Rule == "S02"
	if (p.Problem == nil || conflict) && p.Email != "" && len(v.Directory.Snapshots) > 1 {
		users = append(users, addressClaim+p.Email)
	}
	if !conflict && (p.Problem == nil || p.Problem.Rule != "S06") {
		return users
	}
	matched := p.Problem.Users
	if conflict {
		matched = append(userIDs(v.holders(p)), matched...)
	}
	for _, user := range policy.Unique(slices.Clone(matched)) {
		if len(v.Have.Markers.DirectoryIDs(user, nil)) == 0 {
			users = append(users, user)
		}
	}
	return users
}

// ambiguous unjoins the person, and keeps all users concerned as they are.
func (v claims) ambiguous(p *directory.Person, text string) {
	users := userIDs(v.holders(p))
	if p.UserID != "" {
		users = append(users, p.UserID)
	}
	p.UserID, p.MatchedBy = "", directory.Unmatched
	p.Problem = &directory.Problem{Rule: "S06", Users: policy.Unique(users), Hold: v.Config.Ambiguous == policy.AmbiguousHold,
		Text: fmt.Sprintf("%s (%s) %s", p.Label(), p.Origin, text)}
}
