package file

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/source"
)

// TestS09UnreadableDirectory reports what a glob could not look into: people
// in there would look gone.
func TestS09UnreadableDirectory(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "people.csv"), wholeText)
	tooLong := filepath.Join(dir, strings.Repeat("x", 300))
	for _, pattern := range []string{tooLong, tooLong + "/*.csv", tooLong + "*/" + strings.Repeat("x", 300) + "/*.csv"} {
		if _, err := filesOf(pattern); err == nil || isMissing(err) != strings.Contains(pattern, "x*/") {
			t.Errorf("%s: got %v", pattern, err)
		}
	}
	if os.Geteuid() == 0 {
		t.Skip("the rest needs a user whom permissions bind; root reads every directory")
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{closed + "/*.csv", dir + "/*/*.csv", closed + "/people.csv"} {
		if _, err := filesOf(pattern); !errors.Is(err, os.ErrPermission) {
			t.Errorf("%s: got %v", pattern, err)
		}
	}
}

// TestCancelReader hands on what was read, and the error behind it.
func TestCancelReader(t *testing.T) {
	got, err := io.ReadAll(&cancelReader{ctx: t.Context(), r: strings.NewReader(strings.Repeat("x", 200_000))})
	if err != nil || len(got) != 200_000 {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// A glob names its files in sorted order, and each once.
func TestGlobNamesFiles(t *testing.T) {
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
	for pattern, want := range map[string]string{
		"?/p.csv":     "a/p.csv b/p.csv",
		"[ab]/*.csv":  "a/p.csv b/p.csv",
		"[b]/*.csv":   "b/again.csv b/p.csv",
		"[odd]/p.csv": "[odd]/p.csv",
		"a/.hid*":     "a/.hidden.csv",
	} {
		files, err := filesOf(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, strings.TrimPrefix(f.path, dir+"/"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
}

// TestS11ChangedWhileRead concludes nothing from a file that was written,
// shortened or removed while it was read.
func TestS11ChangedWhileRead(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"appended": func(path string) error {
			return os.WriteFile(path, []byte(wholeText+"2,bob@corp.example,a\n"), 0o600)
		},
		"cut":     func(path string) error { return os.Truncate(path, 20) },
		"touched": func(path string) error { return os.Chtimes(path, time.Now(), time.Now()) },
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "people.csv"), wholeText)
			touch(t, path, time.Hour)
			files, err := filesOf(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			if err := files[0].checkSame(); !errors.Is(err, source.ErrChanged) {
				t.Errorf("compared after reading: %v", err)
			}
			r := &attempt{store: New("hr", Config{Path: path}, Options{}), use: discard{}}
			err = r.readFile(t.Context(), files[0])
			if sized := name == "appended" || name == "cut"; sized && !errors.Is(err, source.ErrChanged) {
				t.Errorf("read another size: %v", err)
			}
		})
	}
}

// discard is a use of texts that reads them to their end.
type discard struct{}

func (discard) Text(_ context.Context, in *Input) (Parsed, error) {
	_, err := io.Copy(io.Discard, in)
	return Parsed{}, err
}

func (discard) End(Outcome) error { return nil }

const wholeText = "id,email,groups\n1,ann@corp.example,a\n"

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// touch sets when a file was last written, relative to now.
func touch(t testing.TB, path string, age time.Duration) {
	t.Helper()
	at := time.Now().Add(-age)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// filesOf are the files that a pattern names.
func filesOf(pattern string) ([]localFile, error) {
	r := &attempt{store: New("hr", Config{Path: pattern}, Options{})}
	return r.findFiles()
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*source.MissingError](err)
	return ok
}

// Files that are larger than they may be are refused before they are read, one
// alone and all of a glob together.
func TestLocalFilesAreBounded(t *testing.T) {
	dir := t.TempDir()
	big := wholeText + strings.Repeat("2,bob@corp.example,a\n", 30_000) // 0.6 MB
	for _, name := range []string{"a.csv", "b.csv"} {
		touch(t, writeFile(t, filepath.Join(dir, name), big), time.Hour)
	}
	for pattern, x := range map[string]struct {
		most    int
		refused bool
	}{"a.csv": {1, false}, "*.csv": {1, true}, "?.csv": {2, false}, "[ab].csv": {0, false}} {
		s := New("hr", Config{Path: filepath.Join(dir, pattern), Remote: Remote{MaxMegabytes: x.most}}, Options{})
		err := s.Read(t.Context(), func() Use { return discard{} })
		if refused := err != nil && strings.Contains(err.Error(), "raise max_megabytes"); refused != x.refused || err != nil && !refused {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
