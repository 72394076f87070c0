package platform

import (
	"path/filepath"
	"strings"
)

// separator stands between the names of a path.
const separator = string(filepath.Separator)

// Split cuts an absolute path into its root, such as / or C:\, and the names below it.
func Split(abs string) (root string, names []string) {
	volume := filepath.VolumeName(abs)
	return volume + separator, strings.Split(abs[len(volume):], separator)
}

// HasGlob reports whether a path is a pattern of [filepath.Match]. A backslash is
// part of a pattern only where it separates no names.
func HasGlob(path string) bool { return strings.ContainsAny(path, globCharacters) }
