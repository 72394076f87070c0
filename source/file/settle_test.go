package file_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
)

const wholeText = "id,email,groups\n1,ann@corp.example,a\n"

// touch sets when a file was last written, relative to now.
func touch(t testing.TB, path string, age time.Duration) {
	t.Helper()
	at := time.Now().Add(-age)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestS11Settle waits until a file was left alone for five seconds, and says so.
func TestS11Settle(t *testing.T) {
	for _, c := range []struct {
		age, waits time.Duration
		notice     string
	}{
		{age: 5 * time.Second},
		{age: time.Hour},
		{age: 2 * time.Second, waits: 3 * time.Second, notice: "3s"},
		{age: -time.Hour, waits: 5 * time.Second, notice: "5s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "people.csv"), wholeText)
			touch(t, path, c.age)
			var notices []string
			s := csvfile.Open("hr", csvfile.Config{Path: path, Columns: peopleForm()}, source.Canaries{},
				file.Options{Settle: func(name string, wait time.Duration) { notices = append(notices, fmt.Sprint(name, " ", wait)) }})
			start := time.Now()
			if _, err := s.Read(t.Context(), source.Request{}); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); waited != c.waits {
				t.Errorf("age %s: waited %s, want %s", c.age, waited, c.waits)
			}
			if got := strings.Join(notices, "\n"); got != "" && got != path+" "+c.notice || (got == "") != (c.notice == "") {
				t.Errorf("age %s: told %q", c.age, notices)
			}
		})
	}
}

// TestS11SettleEnds gives up on a file that is written again and again, that
// goes away, and when the run is interrupted.
func TestS11SettleEnds(t *testing.T) {
	for name, c := range map[string]struct {
		notice func(t *testing.T, path string, cancel func())
		want   func(error) bool
	}{
		"written on": {
			func(t *testing.T, path string, _ func()) { touch(t, path, -time.Second) },
			func(err error) bool { return errors.Is(err, source.ErrChanged) },
		},
		"gone": {
			func(t *testing.T, path string, _ func()) {
				if err := os.Remove(path); err != nil {
					t.Error(err)
				}
			},
			isMissing,
		},
		"interrupted": {
			func(_ *testing.T, _ string, cancel func()) { cancel() },
			func(err error) bool { return errors.Is(err, context.Canceled) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := writeFile(t, filepath.Join(t.TempDir(), "people.csv"), wholeText)
				touch(t, path, 0)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := openCSV(t, csvfile.Config{Path: path, Columns: peopleForm(), Settle: new(time.Minute)},
					file.Options{Settle: func(string, time.Duration) { c.notice(t, path, cancel) }})
				if snapshot, err := s.Read(ctx, source.Request{}); snapshot != nil || !c.want(err) {
					t.Errorf("got %v, %v", snapshot, err)
				}
			})
		})
	}
}

// TestS11NobodyIsRemoved lists what keeps a read from removing anybody.
func TestS11NobodyIsRemoved(t *testing.T) {
	cut := strings.TrimSuffix(wholeText, "\n")
	for name, c := range map[string]struct {
		text   string
		config csvfile.Config
		keeps  string
	}{
		"whole":                  {text: wholeText},
		"no newline":             {text: cut, keeps: "people.csv:2: the last line has no newline"},
		"no newline, windows":    {text: cut + "\r", keeps: "people.csv:2: the last line has no newline"},
		"newline is optional":    {text: cut, config: csvfile.Config{FinalNewline: "optional"}},
		"newline is required":    {text: cut, config: csvfile.Config{FinalNewline: "required"}, keeps: "people.csv:2: the last line"},
		"marker":                 {text: wholeText + "# end\n", config: csvfile.Config{EndMarker: "# end"}},
		"marker without newline": {text: wholeText + "# end", config: csvfile.Config{EndMarker: "# end"}},
		"marker of cells":        {text: wholeText + "END,1,2\n\n", config: csvfile.Config{EndMarker: "END,1,2"}},
		"no marker":              {text: wholeText, config: csvfile.Config{EndMarker: "END"}, keeps: "people.csv: the end marker is missing"},
		"stdin":                  {text: wholeText, config: csvfile.Config{Path: "-"}, keeps: "standard input may have been cut short"},
		"stdin with marker":      {text: wholeText + "END\n", config: csvfile.Config{Path: "-", EndMarker: "END"}},
		"stdin without marker":   {text: wholeText, config: csvfile.Config{Path: "-", EndMarker: "END"}, keeps: "stdin: the end marker is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.config.Path == "" {
				c.config.Path = writeFile(t, filepath.Join(dir, "people.csv"), c.text)
			}
			c.config.Columns = peopleForm()
			s, err := openCSV(t, c.config, file.Options{Stdin: strings.NewReader(c.text)}).Read(t.Context(), source.Request{})
			if err != nil {
				t.Fatal(err)
			}
			if len(s.People) != 1 {
				t.Errorf("got %d people", len(s.People))
			}
			got := strings.ReplaceAll(strings.Join(s.NoRemovals, "\n"), dir+"/", "")
			if (got == "") != (c.keeps == "") || !strings.HasPrefix(got, c.keeps) {
				t.Errorf("got %q, want %q", got, c.keeps)
			}
		})
	}
}

// TestS11MaxAge refuses a file that nobody renewed.
func TestS11MaxAge(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "people.csv"), wholeText)
	touch(t, path, 49*time.Hour)
	c := csvfile.Config{Path: path, Columns: peopleForm(), MaxAge: 50 * time.Hour}
	if _, err := openCSV(t, c).Read(t.Context(), source.Request{}); err != nil {
		t.Errorf("young enough: %v", err)
	}
	c.MaxAge = 48 * time.Hour
	s, err := openCSV(t, c).Read(t.Context(), source.Request{})
	if s != nil || !errors.Is(err, source.ErrStale) || isDamage(err) || !strings.Contains(err.Error(), "written 49h0m") {
		t.Errorf("got %v, %v", s, err)
	}
}

// TestStdinEmpty refuses a pipe that nobody wrote into.
func TestStdinEmpty(t *testing.T) {
	s, err := openCSV(t, csvfile.Config{Path: "-", Columns: peopleForm()}, file.Options{Stdin: strings.NewReader("")}).Read(t.Context(), source.Request{})
	diff(t, damage(t, s, err, ""), []string{"stdin:1:1: " + file.EmptyProblem})
}

// TestGlob reads all files of a glob, and each once.
func TestGlob(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"b", "a", "[odd]"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, d, "p.csv"), "id,email,groups\n"+d[:1]+","+d[len(d)-1:]+"x@corp.example,g\n")
	}
	if err := os.Symlink(filepath.Join(dir, "a", "p.csv"), filepath.Join(dir, "b", "again.csv")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "a", ".p.csv.part"), "id")
	writeFile(t, filepath.Join(dir, "a", ".hidden.csv"), "id")
	s, err := openCSV(t, csvfile.Config{Path: filepath.Join(dir, "?/*.csv"), Columns: peopleForm()}).Read(t.Context(), source.Request{})
	if err != nil || len(s.People) != 2 || len(s.Files) != 2 || len(s.Groups) != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
}
