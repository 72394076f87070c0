package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/source"
)

// unknownKey says what is wrong and what was likely meant.
func unknownKey[V any](key string, known map[string]V) string {
	keys := slices.Sorted(maps.Keys(known))
	if near := source.Nearest(key, keys); near != "" {
		return fmt.Sprintf("unknown key %q: did you mean %q?", key, near)
	}
	return fmt.Sprintf("unknown key %q; known keys here: %s", key, strings.Join(keys, ", "))
}
