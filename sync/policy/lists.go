package policy

import (
	"path"
	"slices"
	"strings"

	"rollcall/source"
)

// List is one of the admin's lists of people, ready for comparison: user ids,
// external ids and addresses, and globs over addresses.
type List struct {
	exact map[string]bool
	globs []string
}

// NewList folds the entries once, so that a comparison costs little.
func NewList(entries []string) List {
	l := List{exact: map[string]bool{}}
	for _, entry := range entries {
		l.exact[entry] = true
		if folded, err := source.FoldEmail(entry); err == nil {
			l.exact[folded] = true
		}
		if strings.ContainsAny(entry, "*?[") {
			l.globs = append(l.globs, foldGlob(entry))
		}
	}
	return l
}

// Has reports whether a value matches an entry. Addresses among the values must
// be folded.
func (l List) Has(values ...string) bool {
	for _, v := range values {
		if v == "" {
			continue
		}
		if l.exact[v] {
			return true
		}
		if !strings.Contains(v, "@") {
			continue
		}
		for _, glob := range l.globs {
			if ok, err := path.Match(glob, hideSlashes(v)); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// foldGlob folds a glob over addresses as an address is folded (S05). A domain
// with wildcards has no ASCII form and is only lowered.
func foldGlob(glob string) string {
	if at := strings.LastIndex(glob, "@"); at >= 0 {
		if folded, err := source.FoldEmail("x" + glob[at:]); err == nil {
			glob = glob[:at] + strings.TrimPrefix(folded, "x")
		}
	}
	return hideSlashes(asciiLower(glob))
}

// hideSlashes lets * and ? match a slash, which is valid before the @. Otherwise
// an address with a slash would escape a list.
func hideSlashes(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// asciiLower folds as addresses are folded (S05).
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// DomainOf is the domain of an address.
func DomainOf(email string) string { return email[strings.LastIndex(email, "@")+1:] }

// DomainSet is the set of the domains, folded.
func DomainSet(domains []string) map[string]bool {
	out := map[string]bool{}
	for _, d := range domains {
		if folded, err := source.FoldEmail("x@" + d); err == nil {
			out[DomainOf(folded)] = true
		}
	}
	return out
}

// Unique sorts a list in place and drops repeated entries.
func Unique(in []string) []string {
	slices.Sort(in)
	return slices.Compact(in)
}

// Union lists the entries of both lists, sorted, each once.
func Union(a, b []string) []string {
	return Unique(append(slices.Clone(a), b...))
}

// IsFile reports whether a name in retire is that of a file (S11).
func IsFile(name string) bool { return strings.ContainsAny(name, "/.") }
