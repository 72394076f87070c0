package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
)

// State reads only where the state directory is. Verbs that look at the
// history need no secrets, and a mistake elsewhere in the file does not keep
// them from it (S34). It is empty where the file does not say, or there is none.
func State(file string, lookup func(string) (string, bool)) (string, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	data, err := readFile(file)
	if err != nil {
		return "", err
	}
	root, err := parse(data)
	if err != nil {
		return "", err
	}
	var cfg Config
	d := &decoder{report: newReport(file, data), expand: expander{lookup, filepath.Dir(file)}.expand}
	d.value(reflect.ValueOf(&cfg).Elem(), root, "")
	return besides(file, cfg.State), nil
}
