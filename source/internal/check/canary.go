package check

import (
	"slices"
	"strings"
	"time"

	"rollcall/source"
)

// Canary is how one entry of [source.Canaries].People may be meant.
type Canary struct {
	Text string
	// Email is the folded address; empty when the text is none.
	Email string
	IsDN  bool
}

// ReadCanary reads an entry of the configuration.
func ReadCanary(text string) Canary {
	c := Canary{Text: strings.TrimSpace(text), IsDN: source.IsDN(text)}
	if email, err := source.FoldEmail(c.Text); err == nil {
		c.Email = email
	}
	return c
}

// Is reports whether the canary is this person.
func (c Canary) Is(p *source.Person) bool {
	if p.ID != "" && p.ID == c.Text {
		return true
	}
	return c.Email != "" && (p.Email == c.Email || slices.Contains(p.OtherEmails, c.Email))
}

// MissingPeople lists the canaries that none of the people is, in the order of
// the configuration.
func MissingPeople(canaries []string, people []source.Person) []string {
	var missing []string
	for _, text := range canaries {
		c := ReadCanary(text)
		if !slices.ContainsFunc(people, func(p source.Person) bool { return c.Is(&p) }) {
			missing = append(missing, "person "+c.Text)
		}
	}
	return missing
}

// mostSuggested is how many people are suggested.
const mostSuggested = 3

// SuggestCanaries picks the largest group, and one enabled person of each of
// up to three groups: were they not seen, the read would have gone wrong.
func SuggestCanaries(snap *source.Snapshot, now time.Time) (people, groups []string) {
	order := slices.Clone(snap.Groups)
	slices.SortStableFunc(order, func(a, b source.Group) int { return len(b.Members) - len(a.Members) })
	for i, g := range order {
		if i == mostSuggested || len(g.Members) == 0 {
			break
		}
		if i == 0 {
			groups = append(groups, g.ID)
		}
		for _, m := range g.Members {
			p := &snap.People[m.Person]
			if p.Gone(now) == "" && p.Email != "" && !slices.Contains(people, p.Email) {
				people = append(people, p.Email)
				break
			}
		}
	}
	return people, groups
}
