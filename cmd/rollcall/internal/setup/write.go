package setup

import (
	_ "embed" // the configuration's text
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/template"

	"rollcall/cmd/rollcall/internal/escape"
)

var (
	//go:embed config.yaml.tmpl
	configText string
	configFile = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("config").Funcs(template.FuncMap{"quote": escape.Quote, "list": list, "beside": beside,
			"column": func(c CSV, key string) string { return c.column(key) }, "where": where}).Parse(configText))
	})
)

// Write writes the configuration, once check has found it good. A file that is
// there is somebody's work: only force replaces it. Nothing is left behind
// where something fails.
func Write(file string, a Answers, force bool, check func(file string) error) error {
	if _, err := os.Lstat(file); err == nil && !force {
		return fmt.Errorf("%s: %w; use another file with --config, or replace it with --force", file, fs.ErrExist)
	}
	dir := filepath.Dir(file)
	temp, err := os.CreateTemp(dir, ".rollcall-init-*.yaml") // mode 0600
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already where all went well
	err = configFile().Execute(temp, struct {
		Answers
		Dir string
	}{a, dir})
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if err := check(temp.Name()); err != nil {
		return err
	}
	if force {
		err = os.Rename(temp.Name(), file)
	} else {
		err = os.Link(temp.Name(), file) // fails where somebody was faster
	}
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

func list(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = escape.Quote(v)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// where is the conditions of rows, in the form of the configuration.
func where(conditions map[string][]string) string {
	var parts []string
	for _, heading := range slices.Sorted(maps.Keys(conditions)) {
		parts = append(parts, escape.Quote(heading)+": "+list(conditions[heading]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// beside is a file as the configuration has to name it: relative names start
// beside the configuration.
func beside(dir, name string) string {
	whole, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return whole
	}
	if short, err := filepath.Rel(from, whole); err == nil && !strings.HasPrefix(short, "..") {
		return short
	}
	return whole
}
