//go:build unix

package disk

var renames = map[string]func(from, to string) error{"the platform's": Rename, "with a look before": renameFree}
