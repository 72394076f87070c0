package sync

import "fmt"

// claims finds users whom several people claim (S06), and people who share an
// address within one source.
func (v *resolver) claims() {
	claimed := map[string][]*person{}
	for _, p := range v.people {
		if p.userID != "" {
			claimed[p.userID] = append(claimed[p.userID], p)
		}
	}
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
