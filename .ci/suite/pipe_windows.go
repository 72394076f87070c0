package suite

import "errors"

// NamedPipe makes none: Windows has no named pipes in directories.
func NamedPipe(string) error { return errors.ErrUnsupported }
