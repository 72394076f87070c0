package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// emailTemplate says which attributes make an address: literal text and
// alternatives in turn.
type emailTemplate []emailPart

type emailPart struct {
	literal string
	// anyOf are the attributes of a placeholder; the first with a usable
	// address, or with any value where literal text stands beside it, counts.
	anyOf []string
}

// parseEmailTemplate takes an attribute's name, or text with {attribute} and
// {first|second}; {{ and }} are braces.
func parseEmailTemplate(s string) (emailTemplate, error) {
	if isAttributeName(s) {
		return emailTemplate{{anyOf: []string{s}}}, nil
	}
	var t emailTemplate
	var literal strings.Builder
	found := false
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "{{") || strings.HasPrefix(s[i:], "}}"):
			literal.WriteByte(s[i])
			i++
		case s[i] == '}':
			return nil, errors.New("has a } without its {")
		case s[i] == '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return nil, errors.New("has a { without its }")
			}
			names := strings.Split(s[i+1:i+end], "|")
			for _, n := range names {
				if !isAttributeName(n) {
					return nil, fmt.Errorf("%q is no name of an attribute", n)
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
		return nil, fmt.Errorf("%q names no attribute; write an attribute such as mail, or {mail|userPrincipalName}", s)
	}
	return append(t, emailPart{literal: literal.String()}).compact(), nil
}

func (t emailTemplate) compact() emailTemplate {
	out := t[:0]
	for _, p := range t {
		if p.literal != "" || p.anyOf != nil {
			out = append(out, p)
		}
	}
	return out
}

func (t emailTemplate) attributes() []string {
	var list []string
	for _, p := range t {
		list = append(list, p.anyOf...)
	}
	return list
}

// candidates lists texts that may be addresses, in groups: all values of the
// first alternative, then those of the next.
func (t emailTemplate) candidates(e *entry) [][]string {
	if len(t) == 1 && t[0].anyOf != nil {
		var groups [][]string
		for _, name := range t[0].anyOf {
			groups = append(groups, e.get(name))
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
			value = or(value, e.first(name))
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
func (r *session) addresses(e *entry) (list []string, bad int) {
	for _, group := range r.email.candidates(e) {
		if list, bad = r.usable(list, group, bad); len(list) > 0 {
			break
		}
	}
	own := len(list)
	for _, name := range r.cfg.OtherEmails {
		list, _ = r.usable(list, e.get(name), 0)
	}
	if own == 0 {
		return nil, bad // S07: further addresses never stand in for the e-mail
	}
	return list, bad
}

func (r *session) usable(list, values []string, bad int) ([]string, int) {
	for _, v := range values {
		folded, err := FoldEmail(trimSMTP(v))
		if err != nil {
			bad++
			continue
		}
		local, domain, _ := strings.Cut(folded, "@")
		if to, ok := r.domains[domain]; ok {
			folded = local + "@" + to
		}
		if !slices.Contains(list, folded) {
			list = append(list, folded)
		}
	}
	return list, bad
}

// trimSMTP takes the scheme off a value of proxyAddresses.
func trimSMTP(v string) string {
	if len(v) > 5 && sameName(v[:5], "smtp:") {
		return v[5:]
	}
	return v
}
