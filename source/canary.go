package source

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Canaries are people and groups that are always there: a read that does not
// show one of them went wrong somewhere, however whole it looks (S13). They
// need not be in any rule's group.
type Canaries struct {
	// People are addresses, stable ids or, in a directory, DNs. A disabled
	// person counts as seen.
	People []string `yaml:"people"`
	// Groups are names or, in a directory, DNs.
	Groups []string `yaml:"groups"`
}

func (c Canaries) validate(p *problems, csv *CSVConfig) {
	for _, list := range []struct {
		key    string
		values []string
	}{{"people", c.People}, {"groups", c.Groups}} {
		for i, v := range list.values {
			path := fmt.Sprintf("canaries.%s[%d]", list.key, i)
			switch {
			case strings.TrimSpace(v) == "":
				p.add(path, "is empty: nothing could ever answer it")
			case hasInvisible(v):
				p.add(path, "has control or invisible characters")
			}
		}
	}
	if csv != nil && csv.Columns.review() && len(c.Groups)+len(c.People) > 0 {
		p.add("canaries", "mean nothing for an access review, which wants nobody")
		return
	}
	if csv != nil && csv.Columns.membership() && len(c.Groups) > 0 {
		p.add("canaries.groups", "cannot be seen in the membership form, which has no groups; name people instead")
	}
}

// canaryPerson is how one entry of Canaries.People may be meant.
type canaryPerson struct {
	text string
	// email is the folded address; empty when the text is none.
	email string
	dn    bool
}

func readCanary(text string) canaryPerson {
	c := canaryPerson{text: strings.TrimSpace(text), dn: isDN(text)}
	if email, err := FoldEmail(c.text); err == nil {
		c.email = email
	}
	return c
}

func (c canaryPerson) is(p *Person) bool {
	if p.ID != "" && p.ID == c.text {
		return true
	}
	return c.email != "" && (p.Email == c.email || slices.Contains(p.OtherEmails, c.email))
}

// unseenPeople lists the canaries that none of the people is, in the order of
// the configuration.
func unseenPeople(canaries []string, people []Person) []string {
	var unseen []string
	for _, text := range canaries {
		c := readCanary(text)
		if !slices.ContainsFunc(people, func(p Person) bool { return c.is(&p) }) {
			unseen = append(unseen, "person "+c.text)
		}
	}
	return unseen
}

// canaryFilters are the filters by which a directory may show an address: as a
// value of an attribute, or as what a template makes of one.
func (t emailTemplate) canaryFilters(email string) []string {
	var list []string
	for i, part := range t {
		before, after := "", ""
		for _, p := range t[:i] {
			before += p.literal
		}
		for _, p := range t[i+1:] {
			after += p.literal
		}
		value, ok := strings.CutPrefix(email, lowerASCII(before))
		if value, ok = cutSuffix(value, lowerASCII(after), ok); !ok || len(t.attributes()) != len(part.anyOf) {
			continue
		}
		for _, name := range part.anyOf {
			list = append(list, "("+name+"="+ldap.EscapeFilter(value)+")")
		}
	}
	return list
}

func cutSuffix(s, suffix string, ok bool) (string, bool) {
	out, found := strings.CutSuffix(s, suffix)
	return out, ok && found && out != ""
}
