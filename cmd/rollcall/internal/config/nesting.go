package config

import "strings"

// The bounds of nesting. A configuration nests a dozen levels; the parser takes
// time and memory that grow with the square of the depth.
const (
	mostNested = 64  // brackets in brackets
	mostIndent = 256 // columns before a value
)

// checkIndent refuses a text with values further to the right than any
// configuration has.
func checkIndent(data []byte) error {
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		if indent := len(line) - len(strings.TrimLeft(line, " -?\t")); indent > mostIndent {
			return &yamlError{position{number, 1}, "is nested too deeply"}
		}
	}
	return nil
}
