package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"rollcall/source"
)

// unknownKey says what is wrong and what was likely meant: the nearest key of the
// section, or the section that has this very key, in a file of the type root. meant is
// the path of a nearest key.
func unknownKey(root reflect.Type, path, key string, known map[string][]int) (problem, meant string) {
	keys := slices.Sorted(maps.Keys(known))
	if near := source.Nearest(key, keys); near != "" {
		return fmt.Sprintf("unknown key %q: did you mean %q?", key, near), join(path, near)
	}
	const few = 2
	if places := placesOfKey(root, path, key); len(places) > 0 && len(places) <= few {
		return fmt.Sprintf("unknown key %q here: did you mean %s?", key, strings.Join(places, " or ")), ""
	}
	return fmt.Sprintf("unknown key %q; known keys here: %s", key, strings.Join(keys, ", ")), ""
}

var index = regexp.MustCompile(`\[\d+\]`)

// placesOfKey are the paths at which the file knows a key, within the same entry of a
// list if the path is in one. A nil root is the configuration.
func placesOfKey(root reflect.Type, path, key string) []string {
	if root == nil {
		root = reflect.TypeFor[Config]()
	}
	entry := "[0]"
	if found := index.FindString(path); found != "" {
		entry = found
	}
	var places []string
	for _, at := range pathsBelow(root, "") {
		if lastKey(at) == key {
			places = append(places, strings.ReplaceAll(at, "[]", entry))
		}
	}
	return places
}

// pathsBelow are the paths of all keys of a section. An entry of a list is [].
func pathsBelow(t reflect.Type, path string) []string {
	switch t.Kind() { //nolint:exhaustive // the others have no keys
	case reflect.Pointer:
		return pathsBelow(t.Elem(), path)
	case reflect.Slice:
		return pathsBelow(t.Elem(), path+"[]")
	case reflect.Struct:
		if decodesItself(reflect.New(t).Elem()) {
			return nil
		}
		var paths []string
		for key, at := range fieldsByKey(t) {
			below := join(path, key)
			paths = append(append(paths, below), pathsBelow(t.FieldByIndex(at).Type, below)...)
		}
		slices.Sort(paths)
		return paths
	}
	return nil
}
