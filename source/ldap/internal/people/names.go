package people

import (
	"slices"
	"strings"

	"rollcall/source"
)

// AttributeNames are the names in an AttributeTypeDescription (RFC 4512 section
// 4.1.2): NAME 'cn' or NAME ( 'cn' 'commonName' ).
func AttributeNames(description string) []string {
	_, rest, ok := strings.Cut(description, " NAME ")
	if !ok {
		return nil
	}
	rest = strings.TrimSpace(rest)
	if list, found := strings.CutPrefix(rest, "("); found {
		rest, _, _ = strings.Cut(list, ")")
	} else if rest, found = strings.CutPrefix(rest, "'"); found {
		if rest, _, found = strings.Cut(rest, "'"); !found {
			return nil
		}
	} else {
		return nil
	}
	var names []string
	for word := range strings.FieldsSeq(rest) {
		if name := strings.Trim(word, "'"); IsAttributeName(name) {
			names = append(names, name)
		}
	}
	return names
}

// IsAttributeName accepts the descriptors and OIDs of RFC 4512 section 1.4.
func IsAttributeName(s string) bool {
	for i, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		digit := '0' <= r && r <= '9'
		if !letter && !digit && (i == 0 || r != '-' && r != '.') {
			return false
		}
	}
	return s != ""
}

// ContainsFold reports whether a list has a text, without regard to case in ASCII.
func ContainsFold(list []string, want string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return source.SameName(s, want) })
}
