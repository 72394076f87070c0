package source

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// missingCanaries looks for what must be there, wherever it is (S13). Who was
// read already is seen; each of the others costs one look-up.
func (t *memberTable) missingCanaries(ctx context.Context, people []Person) ([]string, error) {
	var missing []string
	for _, text := range t.canaries.People {
		c := readCanary(text)
		if !c.dn && len(unseenPeople([]string{text}, people)) == 0 {
			continue
		}
		seen, err := t.seesPerson(ctx, c)
		if err != nil {
			return nil, err
		}
		if !seen {
			missing = append(missing, "person "+c.text)
		}
	}
	for _, name := range t.canaries.Groups {
		seen, err := t.seesGroup(ctx, strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if !seen {
			missing = append(missing, "group "+strings.TrimSpace(name))
		}
	}
	return missing, nil
}

// seesPerson asks for one person as the run would: somebody whom no run could
// use, because an access rule hides the address and the id, is not seen.
func (t *memberTable) seesPerson(ctx context.Context, c canaryPerson) (bool, error) {
	q := query{base: c.text, scope: ldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: t.personAttributes()}
	if !c.dn {
		filters := t.canaryFilters(c)
		if len(filters) == 0 {
			return false, nil
		}
		q.base, q.scope, q.filter = t.userBase, ldap.ScopeWholeSubtree, and(t.schema.users, "(|"+strings.Join(filters, "")+")")
	}
	return t.sees(ctx, q, func(e *entry) bool {
		p, why := t.person(e)
		return t.schema.classify(e) == kindPerson && why == "" && (c.dn || c.is(&p))
	})
}

func (t *memberTable) canaryFilters(c canaryPerson) []string {
	var list []string
	for _, id := range t.schema.ids {
		list = append(list, idFilter(id, c.text))
	}
	if c.email == "" {
		return list
	}
	local, domain, _ := strings.Cut(c.email, "@")
	emails := []string{c.email}
	for from, to := range t.domains {
		if to == domain {
			emails = append(emails, local+"@"+from)
		}
	}
	for _, email := range emails {
		list = append(list, t.email.canaryFilters(email)...)
		for _, name := range slices.Concat(t.cfg.OtherEmails, t.email.attributes()) {
			// proxyAddresses holds its addresses with their scheme.
			list = append(list, "("+name+"="+ldap.EscapeFilter(email)+")", "("+name+"=smtp:"+ldap.EscapeFilter(email)+")")
		}
	}
	return list
}

// idFilter finds an id as it is printed; an objectGUID is sixteen bytes there.
func idFilter(name, id string) string {
	raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if !sameName(name, "objectGUID") || err != nil || len(raw) != 16 {
		return "(" + name + "=" + ldap.EscapeFilter(id) + ")"
	}
	binary.LittleEndian.PutUint32(raw, binary.BigEndian.Uint32(raw))
	binary.LittleEndian.PutUint16(raw[4:], binary.BigEndian.Uint16(raw[4:]))
	binary.LittleEndian.PutUint16(raw[6:], binary.BigEndian.Uint16(raw[6:]))
	var b strings.Builder
	for _, x := range raw {
		b.WriteString(`\` + hex.EncodeToString([]byte{x}))
	}
	return "(" + name + "=" + b.String() + ")"
}

func (t *memberTable) seesGroup(ctx context.Context, name string) (bool, error) {
	q := query{base: name, scope: ldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{"objectClass"}}
	if !isDN(name) {
		q.base, q.scope = t.groupBase, ldap.ScopeWholeSubtree
		q.filter = and(t.schema.groups, "("+t.cfg.GroupName+"="+ldap.EscapeFilter(name)+")")
	}
	return t.sees(ctx, q, func(e *entry) bool { return t.schema.classify(e) == kindGroup })
}

// sees reports whether a search shows an entry that is what was looked for. A
// base that is not there, or not for this bind to see, is an answer too.
func (t *memberTable) sees(ctx context.Context, q query, is func(*entry) bool) (bool, error) {
	seen := false
	err := t.search(ctx, q, func(e *entry) error {
		seen = seen || is(e)
		return nil
	})
	if _, known := unreadWhy(err); err != nil && known {
		return false, nil
	}
	return seen, err
}
