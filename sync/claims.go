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
		case len(twins) > 0 && p.join != joinMarker:
			v.ambiguous(p, "shares the address with "+twins[0].Origin.String())
		case p.userID != "" && len(others) > 1:
			v.ambiguous(p, fmt.Sprintf("claims user %s, as does %s", p.userID, other(others, p).Origin))
		}
	}
}

// claimed lists the people of each user whom several people claim. Hashes
// find the few that may be such first: a map of everybody would be large.
func (v *resolver) claimed() map[string][]*person {
	seed := v.state.marked.seed
	seen, twice := make(map[uint64]struct{}, len(v.people)), map[uint64]bool{}
	for _, p := range v.people {
		if p.userID == "" {
			continue
		}
		hash := maphash.String(seed, p.userID)
		if _, again := seen[hash]; again {
			twice[hash] = true
		}
		seen[hash] = struct{}{}
	}
	claimed := map[string][]*person{}
	for _, p := range v.people {
		if len(twice) > 0 && p.userID != "" && twice[maphash.String(seed, p.userID)] {
			claimed[p.userID] = append(claimed[p.userID], p)
		}
	}
	return claimed
}

func other(people []*person, p *person) *person {
	if people[0] == p {
		return people[1]
	}
	return people[0]
}

// ambiguous takes the person's user away and keeps everybody concerned as they are.
func (v *resolver) ambiguous(p *person, text string) {
	var users []string
	if p.userID != "" {
		users = append(users, p.userID)
	}
	if p.trouble != nil {
		users = append(users, p.trouble.users...)
	}
	users = append(users, userIDs(v.holders(p))...)
	p.userID, p.join = "", joinNone
	p.trouble = &trouble{rule: "S06", users: unique(users), hold: v.config.Ambiguous == AmbiguousHold,
		text: fmt.Sprintf("%s (%s) %s", p.Label(), p.Origin, text)}
}
