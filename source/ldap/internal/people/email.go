package people

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
)

// EmailTemplate says which attributes make an address: literal text and
// alternatives in turn.
type EmailTemplate []emailPart

type emailPart struct {
	literal string
	// anyOf are the attributes of a placeholder; the first with a usable
	// address, or with any value where literal text stands beside it, counts.
	anyOf []string
}

// ParseEmailTemplate takes an attribute's name, or text with {attribute} and
// {first|second}; {{ and }} are braces.
func ParseEmailTemplate(s string) (EmailTemplate, error) {
	if IsAttributeName(s) {
		return EmailTemplate{{anyOf: []string{s}}}, nil
	}
	var t EmailTemplate
	var literal strings.Builder
	found := false
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "{{") || strings.HasPrefix(s[i:], "}}"):
			literal.WriteByte(s[i])
			i++
		case s[i] == '}':
			return nil, errors.New("has a } without a {")
		case s[i] == '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return nil, errors.New("has a { without a }")
			}
			names := strings.Split(s[i+1:i+end], "|")
			for _, n := range names {
				if !IsAttributeName(n) {
					return nil, fmt.Errorf("%q is not a valid attribute name", n)
				}
			}
			t = append(t, emailPart{literal: literal.String()}, emailPart{anyOf: names})
			literal.Reset()
			i += end
			found = true
		default:
			literal.WriteByte(s[i])
		}
	}
	if !found {
		return nil, fmt.Errorf("%q contains no attribute: write an attribute such as mail, or {mail|userPrincipalName}", s)
	}
	return append(t, emailPart{literal: literal.String()}).compact(), nil
}

func (t EmailTemplate) compact() EmailTemplate {
	out := t[:0]
	for _, p := range t {
		if p.literal != "" || p.anyOf != nil {
			out = append(out, p)
		}
	}
	return out
}

// Attributes are the attributes that the template names.
func (t EmailTemplate) Attributes() []string {
	var list []string
	for _, p := range t {
		list = append(list, p.anyOf...)
	}
	return list
}

// candidates lists texts that may be addresses, in groups: all values of the
// first alternative, then those of the next.
func (t EmailTemplate) candidates(e *wire.Entry) [][]string {
	if len(t) == 1 && t[0].anyOf != nil {
		var groups [][]string
		for _, name := range t[0].anyOf {
			groups = append(groups, e.Get(name))
		}
		return groups
	}
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.literal)
		if p.anyOf == nil {
			continue
		}
		value := ""
		for _, name := range p.anyOf {
			value = cmp.Or(value, e.First(name))
		}
		if value == "" {
			return nil
		}
		b.WriteString(value)
	}
	return [][]string{{b.String()}}
}

// addresses gives the person's addresses, folded and mapped, each once. bad
// counts values that were there and are no usable address.
func (m *Mapper) addresses(e *wire.Entry) (list []string, bad int) {
	for _, group := range m.Config.Email.candidates(e) {
		group = primaryFirst(group)
		if list, bad = m.usable(list, group, bad); len(list) > 0 {
			break
		}
	}
	own := len(list)
	for _, name := range m.Config.OtherEmails {
		list, _ = m.usable(list, e.Get(name), 0)
	}
	if own == 0 {
		return nil, bad // S07: further addresses never stand in for the e-mail
	}
	return list, bad
}

func (m *Mapper) usable(list, values []string, bad int) ([]string, int) {
	for _, v := range values {
		if len(list) >= source.MostAddresses {
			break
		}
		folded, err := source.FoldEmail(trimSMTP(v))
		if err != nil {
			bad++
			continue
		}
		local, domain, _ := strings.Cut(folded, "@")
		if to, ok := m.Config.EmailDomains[domain]; ok {
			folded = local + "@" + to
		}
		if !slices.Contains(list, folded) {
			list = append(list, folded)
		}
	}
	return list, bad
}

// primaryFirst sorts the values of proxyAddresses: SMTP: in capitals is the
// primary address, smtp: is an alias. LDAP values have no order (RFC 4511), so
// the place in the answer says nothing. Values without a scheme stay as they are.
func primaryFirst(values []string) []string {
	if !slices.ContainsFunc(values, func(v string) bool { return trimSMTP(v) != v }) {
		return values
	}
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b string) int {
		if p, q := strings.HasPrefix(a, "SMTP:"), strings.HasPrefix(b, "SMTP:"); p != q {
			if p {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return values
}

// trimSMTP takes the scheme off a value of proxyAddresses.
func trimSMTP(v string) string {
	if len(v) > 5 && source.SameName(v[:5], "smtp:") {
		return v[5:]
	}
	return v
}

// CanaryFilters are the filters by which a directory may show an address: as a
// value of an attribute, or as what a template makes of one.
func (t EmailTemplate) CanaryFilters(email string) []string {
	var list []string
	for i, part := range t {
		before, after := "", ""
		for _, p := range t[:i] {
			before += p.literal
		}
		for _, p := range t[i+1:] {
			after += p.literal
		}
		value, ok := strings.CutPrefix(email, source.LowerASCII(before))
		if value, ok = cutSuffix(value, source.LowerASCII(after), ok); !ok || len(t.Attributes()) != len(part.anyOf) {
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
