package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/source/file"
)

// files reads each file that the configuration names. A secret that is missing
// or empty would make every run fail; an export may still come.
func (c *Checkup) files() error {
	problems := 0
	for _, f := range c.config.ConnectionFiles() {
		if err := readable(f); err != nil {
			c.bad("%s: %v", f.Path, err)
			problems++
		}
	}
	for i, s := range c.config.Sources {
		if s.CSV != nil && len(s.CSV.Command) > 0 {
			if err := unusableProgram(s.CSV.Command[0]); err != nil {
				c.bad("sources[%d].csv.command: %v", i, err)
				problems++
			}
		}
		if s.CSV == nil || s.CSV.Path == "" || s.CSV.Path == file.Stdin {
			continue
		}
		at := fmt.Sprintf("sources[%d].csv.path", i)
		switch missing, err := unreadablePeople(s.CSV.Path); {
		case err != nil:
			c.bad("%s: %v", at, err)
			problems++
		case missing:
			c.warn("%s: no file %s yet", at, s.CSV.Path)
		}
	}
	if problems > 0 {
		return runner.UsageError{Err: fmt.Errorf("config check found %s that rollcall cannot use", facts.Count(problems, "file"))}
	}
	return nil
}

// readable reports why a file cannot be used.
func readable(f config.NamedFile) error {
	secret, err := config.ReadSecret(f.Name)
	switch {
	case err != nil:
		return fmt.Errorf("read the file: %w", err)
	case secret == "":
		return fmt.Errorf("the file %s is empty", f.Name)
	}
	return nil
}

// unusableProgram reports why a program cannot be run. What it writes, only a run shows.
func unusableProgram(path string) error {
	if _, err := exec.LookPath(path); err != nil {
		return fmt.Errorf("the program cannot be run: %w", err)
	}
	return runner.RefuseProgram(path)
}

// unreadablePeople reports whether there is no file yet that a path or a glob
// names, or why one cannot be opened.
func unreadablePeople(path string) (missing bool, err error) {
	names := []string{path}
	if found, err := filepath.Glob(path); err == nil && len(found) > 0 {
		names = found
	}
	for _, name := range names {
		in, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		_ = in.Close() // nothing was read
	}
	return false, nil
}
