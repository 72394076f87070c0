package config

import (
	"fmt"
	"slices"
	"strings"
)

// Deprecated is a key that still works, and that a later version will not know.
type Deprecated struct {
	// Key is the path without indices, such as "sources[].csv.path".
	Key string
	// Instead says what to write, and Until is the version that removes the key, such as
	// "0.9".
	Instead, Until string
}

// deprecations are the keys that a later version removes. Each stays here for at least
// one release before its field goes, and check warns of it. keys.txt in testdata has
// all keys that were ever released; a test refuses one that is gone without that.
var deprecations []Deprecated

// DeprecatedKeys are the warnings about keys of this configuration that a later version
// does not know, each with its place.
func (c *Config) DeprecatedKeys() []string { return c.deprecated }

// findDeprecated compares the keys of the file with a list.
func (r *report) findDeprecated(list []Deprecated) []string {
	var warnings []string
	for path, at := range r.places {
		i := slices.IndexFunc(list, func(d Deprecated) bool { return d.Key == index.ReplaceAllString(path, "[]") })
		if i >= 0 {
			warnings = append(warnings, fmt.Sprintf("%s:%d:%d: %s is deprecated, and version %s will not know it: %s",
				r.file, at.line, at.column, path, list[i].Until, list[i].Instead))
		}
	}
	slices.SortFunc(warnings, strings.Compare)
	return warnings
}
