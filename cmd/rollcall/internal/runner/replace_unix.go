//go:build unix

package runner

import "github.com/google/renameio/v2"

// replaceFile replaces a file of the state directory as a whole.
func replaceFile(name string, data []byte) error { return renameio.WriteFile(name, data, 0o600) }
