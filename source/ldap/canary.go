package ldap

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/internal/check"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// canarySearch looks for single people and groups, as a run would see them.
type canarySearch struct {
	read   *session
	mapper *people.Mapper
}

// missingCanaries looks for what must be there, wherever it is (S13). Who was
// read already is seen; each of the others costs one look-up.
func (c *canarySearch) missingCanaries(ctx context.Context, found []source.Person) ([]string, error) {
	var missing []string
	for _, text := range c.read.dir.canaries.People {
		canary := check.ReadCanary(text)
		if !canary.IsDN && len(check.MissingPeople([]string{text}, found)) == 0 {
			continue
		}
		seen, err := c.seesPerson(ctx, canary)
		if err != nil {
			return nil, err
		}
		if !seen {
			missing = append(missing, "person "+canary.Text)
		}
	}
	for _, name := range c.read.dir.canaries.Groups {
		seen, err := c.seesGroup(ctx, strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if !seen {
			missing = append(missing, "group "+strings.TrimSpace(name))
		}
	}
	return missing, nil
}

// seesPerson asks for one person as the run would. A person whose address and id
// are hidden by an access rule is of no use to a run, and counts as missing.
func (c *canarySearch) seesPerson(ctx context.Context, canary check.Canary) (bool, error) {
	q := wire.Query{Base: canary.Text, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attrs: c.mapper.Attributes()}
	if !canary.IsDN {
		filters := c.personFilters(canary)
		if len(filters) == 0 {
			return false, nil
		}
		q.Base, q.Scope, q.Filter = c.read.userBase, ldap.ScopeWholeSubtree, people.And(c.read.schema.Users, "(|"+strings.Join(filters, "")+")")
	}
	return c.sees(ctx, q, func(e *wire.Entry) bool {
		p, why := c.mapper.Person(e)
		return c.read.schema.Classify(e) == people.KindPerson && why == "" && (canary.IsDN || canary.Is(&p))
	})
}

// personFilters are the filters that find a person by an id or an address.
func (c *canarySearch) personFilters(canary check.Canary) []string {
	var list []string
	for _, id := range c.read.schema.IDs {
		list = append(list, people.IDFilter(id, canary.Text))
	}
	if canary.Email == "" {
		return list
	}
	local, domain, _ := strings.Cut(canary.Email, "@")
	emails := []string{canary.Email}
	for from, to := range c.read.dir.people.EmailDomains {
		if to == domain {
			emails = append(emails, local+"@"+from)
		}
	}
	for _, email := range emails {
		list = append(list, c.read.dir.people.Email.CanaryFilters(email)...)
		for _, name := range slices.Concat(c.read.dir.cfg.OtherEmails, c.read.dir.people.Email.Attributes()) {
			// proxyAddresses holds its addresses with their scheme.
			list = append(list, "("+name+"="+ldap.EscapeFilter(email)+")", "("+name+"=smtp:"+ldap.EscapeFilter(email)+")")
		}
	}
	return list
}

func (c *canarySearch) seesGroup(ctx context.Context, name string) (bool, error) {
	q := wire.Query{Base: name, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attrs: []string{"objectClass"}}
	if !source.IsDN(name) {
		q.Base, q.Scope = c.read.groupBase, ldap.ScopeWholeSubtree
		q.Filter = people.And(c.read.schema.Groups, "("+c.read.dir.cfg.GroupName+"="+ldap.EscapeFilter(name)+")")
	}
	return c.sees(ctx, q, func(e *wire.Entry) bool { return c.read.schema.Classify(e) == people.KindGroup })
}

// sees reports whether a search shows an entry that is what was looked for. A
// base that is not there, or not for this bind to see, is an answer too.
func (c *canarySearch) sees(ctx context.Context, q wire.Query, is func(*wire.Entry) bool) (bool, error) {
	seen := false
	err := c.read.server.Search(ctx, q, func(e *wire.Entry) error {
		seen = seen || is(e)
		return nil
	})
	if wire.NotShown(err) {
		return false, nil
	}
	return seen, err
}
