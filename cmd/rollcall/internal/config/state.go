package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"rollcall/clerkapi"
)

// Place is what the state directory depends on.
type Place struct {
	State string
	// Clerk has the address, and the key where it can be read (S41).
	Clerk clerkapi.Config
}

// State reads only where the state directory is, and the address and the key of
// Clerk, on which its default depends (S41). Verbs that look at the history need no
// secrets, and a mistake elsewhere in the file does not keep them from it (S34).
// What the file does not say is empty.
func State(file string, lookup func(string) (string, bool)) (Place, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return Place{}, nil
	}
	data, err := readFile(file)
	if err != nil {
		return Place{}, err
	}
	root, err := parse(data)
	if err != nil {
		return Place{}, err
	}
	var cfg Config
	d := &decoder{report: newReport(file, data), expand: expander{lookup, filepath.Dir(file)}.expand}
	d.value(reflect.ValueOf(&cfg).Elem(), root, "")
	if cfg.State == "" {
		cfg.readKey(d.report, lookup)
	}
	return Place{relativeTo(file, cfg.State), cfg.Clerk}, nil
}
