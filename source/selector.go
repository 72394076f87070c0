package source

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Selector says which groups a rule means: by exact name or DN, by glob, or
// by regexp. Exactly one of Name, Glob and Regexp is set.
type Selector struct {
	// Source limits the selector to the source of that name; empty means any.
	Source string
	// Name is a group's whole name, or its DN; DNs compare as DNs.
	Name string
	// Glob matches the whole name; * and ? do not match a slash (path.Match).
	Glob string
	// Regexp matches the whole name (S21); named captures fill templates.
	Regexp *regexp.Regexp
	// Base is the DN below which a pattern looks; required with Regexp and
	// Glob on LDAP (S21).
	Base string
}

// Pattern reports whether the selector can match more than one group.
func (s Selector) Pattern() bool { return s.Name == "" }

// String is the selector as the configuration wrote it.
func (s Selector) String() string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Glob != "":
		return s.Glob
	case s.Regexp != nil:
		return strings.TrimSuffix(strings.TrimPrefix(s.Regexp.String(), wholeStart), wholeEnd)
	}
	return ""
}

// wholeStart and wholeEnd stand around a pattern that matches whole names.
const wholeStart, wholeEnd = `\A(?:`, `)\z`

// MatchName reports whether a whole group name answers the selector, and the
// named captures of a regexp. DNs are compared by the LDAP source, not here.
func (s Selector) MatchName(name string) (map[string]string, bool) {
	switch {
	case s.Name != "":
		return nil, s.Name == name
	case s.Glob != "":
		ok, err := path.Match(s.Glob, name)
		return nil, ok && err == nil
	case s.Regexp != nil:
		return matchWhole(s.Regexp, name)
	}
	return nil, false
}

func matchWhole(re *regexp.Regexp, name string) (map[string]string, bool) {
	m := re.FindStringSubmatch(name)
	if m == nil || m[0] != name {
		return nil, false
	}
	captures := map[string]string{}
	for i, key := range re.SubexpNames() {
		if key != "" {
			captures[key] = m[i]
		}
	}
	return captures, true
}

// CompileWhole compiles a pattern so that it matches whole names only (S21);
// a plain leftmost match of an alternation could be a part.
func CompileWhole(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, errors.New("empty pattern, which would match every name")
	}
	re, err := regexp.Compile(wholeStart + pattern + wholeEnd)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	return re, nil
}
