package sync

import (
	"fmt"
	"hash/maphash"
)

// claims finds users whom several people claim (S06), and people who share an
// address within one source.
func (v *resolver) claims() {
	claimed := v.claimed()
	for _, p := range v.people {
		others := claimed[p.userID]
		switch twins := v.dir.twins[p]; {
		case p.trouble != nil && p.trouble.hold:
		case twins != nil && p.join != joinMarker:
			v.ambiguous(p, "shares the address with "+twins.other(p).Origin.String())
		case len(others) > 1:
			v.ambiguous(p, fmt.Sprintf("claims user %s, as does %s", p.userID, other(others, p).Origin))
		}
	}
}

// claimed lists the people of each user whom several people claim. Hashes
// find the few that may be such first: a map of everybody would be large.
func (v *resolver) claimed() map[string][]*person {
	seed := v.state.marked.seed
	seen, twice := make(map[uint64]struct{}, len(v.people)), map[uint64]bool{}
	var few [4]string
	for _, p := range v.people {
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
	claimed := map[string][]*person{}
	for _, p := range v.people {
		for _, user := range v.claimsOf(p, few[:0]) {
			if twice[maphash.String(seed, user)] {
				claimed[user] = append(claimed[user], p)
			}
		}
	}
	return claimed
}

// claimsOf appends the users whom a person claims: the one joined to, or the
// several that the addresses match. One with our marker is judged by its id.
func (v *resolver) claimsOf(p *person, users []string) []string {
	switch {
	case p.userID != "":
		return append(users, p.userID)
	case p.trouble == nil || p.trouble.rule != "S06":
		return nil
	}
	for _, user := range p.trouble.users {
		if len(v.state.marked.identities(user, nil)) == 0 {
			users = append(users, user)
		}
	}
	return users
}

func other(people []*person, p *person) *person {
	if people[0] == p {
		return people[1]
	}
	return people[0]
}

// ambiguous takes the person's user away and keeps everybody concerned as they are.
func (v *resolver) ambiguous(p *person, text string) {
	users := userIDs(v.holders(p))
	if p.userID != "" {
		users = append(users, p.userID)
	}
	p.userID, p.join = "", joinNone
	p.trouble = &trouble{rule: "S06", users: unique(users), hold: v.config.Ambiguous == AmbiguousHold,
		text: fmt.Sprintf("%s (%s) %s", p.Label(), p.Origin, text)}
}
