package sync

import (
	"path"
	"strings"

	"rollcall/source"
)

// list is one of the admin's own lists of people, ready for comparison: user
// ids, external ids and addresses as they are, and globs over addresses.
type list struct {
	exact map[string]bool
	globs []string
}

// newList folds the entries once, so that a list costs nothing for each change.
func newList(entries []string) list {
	l := list{exact: map[string]bool{}}
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

// has reports whether any value answers an entry. Addresses among the values
// must be folded.
func (l list) has(values ...string) bool {
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
			if ok, err := path.Match(glob, unslash(v)); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// foldGlob folds a glob over addresses as an address is folded (S05); a domain
// with wildcards in it cannot take its ASCII form and is only lowered.
func foldGlob(glob string) string {
	if at := strings.LastIndex(glob, "@"); at >= 0 {
		if folded, err := source.FoldEmail("x" + glob[at:]); err == nil {
			glob = glob[:at] + strings.TrimPrefix(folded, "x")
		}
	}
	return unslash(asciiLower(glob))
}

// unslash lets * and ? match a slash, which is lawful before the @: nobody
// escapes a list by putting one into the address.
func unslash(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// asciiLower folds like an address does (S05).
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
