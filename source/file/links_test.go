package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/source"
)

// stranger is a user who is neither root nor the one of the tests, which CI
// also runs as nobody (65534).
const stranger = 65533

// dropped makes a directory with an export, and one beside it with a secret.
func dropped(t *testing.T) (drop, secret string) {
	t.Helper()
	dir := t.TempDir()
	drop = filepath.Join(dir, "drop")
	for _, d := range []string{drop, filepath.Join(dir, "beside"), filepath.Join(drop, "..2026"), filepath.Join(drop, "sub")} {
		must(t, os.Mkdir(d, 0o755))
	}
	for _, f := range []string{"people.csv", "sub/people.csv", "..2026/people.csv"} {
		touch(t, writeFile(t, filepath.Join(drop, f), wholeText), time.Hour)
	}
	return drop, writeFile(t, filepath.Join(dir, "beside", "key"), "sk_live_abcdefghijkl\n")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// link makes a link that belongs to a user.
func link(t *testing.T, target, name string, uid int) {
	t.Helper()
	must(t, os.Symlink(target, name))
	if uid == os.Geteuid() {
		return
	}
	if err := os.Lchown(name, uid, uid); err != nil {
		t.Skip("needs root: ", err)
	}
}

func readAll(t *testing.T, pattern string, o Options) error {
	t.Helper()
	return New("hr", Config{Path: pattern, Settle: new(time.Duration(0))}, o).Read(t.Context(), func() Use { return discard{} })
}

// A link in the directory of the exports leads nowhere else.
func TestS34NoLinkLeadsOut(t *testing.T) {
	own := os.Geteuid()
	for name, x := range map[string]struct {
		target, at, path string
		uid              int
	}{
		"a file of a glob":         {"../beside/key", "b.csv", "*.csv", own},
		"by its whole name":        {"/etc/passwd", "b.csv", "*.csv", own},
		"a directory of a glob":    {"../beside", "out", "*/key", own},
		"through a further link":   {"b.lnk", "b.csv", "*.csv", own},
		"a single path":            {"../beside/key", "b.csv", "b.csv", stranger},
		"in the middle of a path":  {"../beside", "out", "out/key", stranger},
		"own link to a stranger's": {"b.lnk", "b.csv", "b.csv", own},
	} {
		t.Run(name, func(t *testing.T) {
			drop, _ := dropped(t)
			if x.target == "b.lnk" {
				link(t, "../beside/key", filepath.Join(drop, "b.lnk"), stranger)
			}
			link(t, x.target, filepath.Join(drop, x.at), x.uid)
			err := readAll(t, filepath.Join(drop, x.path), Options{})
			if _, damage := errors.AsType[*source.DamageError](err); !damage || !strings.Contains(err.Error(), "is a link to a file outside ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A link that stays inside is read, as is one that the owner of the
// configuration made.
func TestS34LinksThatStay(t *testing.T) {
	own := os.Geteuid()
	for name, x := range map[string]struct {
		links [][2]string
		path  string
		uid   int
	}{
		"a ConfigMap":              {[][2]string{{"..2026", "..data"}, {"..data/people.csv", "a.csv"}}, "a.csv", stranger},
		"a ConfigMap under a glob": {[][2]string{{"..2026", "..data"}, {"..data/people.csv", "a.csv"}}, "*.csv", stranger},
		"to a directory below":     {[][2]string{{"sub/people.csv", "a.csv"}}, "a.csv", stranger},
		"own link elsewhere":       {[][2]string{{"../beside/export", "a.csv"}}, "a.csv", own},
		"own directory elsewhere":  {[][2]string{{"../beside", "d"}}, "d/export", own},
		"no link at all":           {nil, "people.csv", own},
	} {
		t.Run(name, func(t *testing.T) {
			drop, secret := dropped(t)
			touch(t, writeFile(t, filepath.Join(filepath.Dir(secret), "export"), wholeText), time.Hour)
			for _, l := range x.links {
				link(t, l[0], filepath.Join(drop, l[1]), x.uid)
			}
			if err := readAll(t, filepath.Join(drop, x.path), Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	drop, _ := dropped(t)
	link(t, drop, drop+".link", own)
	if err := readAll(t, drop+".link/*.csv", Options{}); err != nil {
		t.Errorf("the directory itself is a link: %v", err)
	}
}

// Links in a circle end.
func TestS34LinksInACircle(t *testing.T) {
	r := &resolver{path: "a", links: maxLinks}
	dir := t.TempDir()
	link(t, "b", filepath.Join(dir, "a"), os.Geteuid())
	if _, err := r.followAll(filepath.Join(dir, "a")); err == nil || !strings.Contains(err.Error(), "too many links") {
		t.Errorf("got %v", err)
	}
}

// No secret of the configuration is read as an export, whatever its name there is.
func TestS43SecretIsNoExport(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, secret, at string){
		"a hard link": func(t *testing.T, secret, at string) { must(t, os.Link(secret, at)) },
		"own link":    func(t *testing.T, secret, at string) { must(t, os.Symlink(secret, at)) },
	} {
		t.Run(name, func(t *testing.T) {
			drop, secret := dropped(t)
			at := filepath.Join(drop, "b.csv")
			put(t, secret, at)
			err := readAll(t, at, Options{Secrets: map[string]string{"clerk.secret_key_file": secret, "x_file": "/nowhere"}})
			if _, damage := errors.AsType[*source.DamageError](err); !damage || !strings.Contains(err.Error(), "b.csv: is the file that clerk.secret_key_file names") {
				t.Errorf("as a secret: %v", err)
			}
			err = readAll(t, at, Options{Credentials: filepath.Dir(secret)})
			if refused := err != nil && strings.Contains(err.Error(), "$CREDENTIALS_DIRECTORY"); refused != (name == "own link") {
				t.Errorf("as a credential: %v", err)
			}
			if err := readAll(t, filepath.Join(drop, "people.csv"), Options{Secrets: map[string]string{"k": secret}, Credentials: filepath.Dir(secret)}); err != nil {
				t.Errorf("the export beside it: %v", err)
			}
		})
	}
}

// What takes a file's place after the look at it is not read: a named pipe would
// block, another file would be another export (S11).
func TestS11AnotherFileInItsPlace(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a pipe":                    func(path string) error { return suite.NamedPipe(path) },
		"a directory":               func(path string) error { return os.Mkdir(path, 0o700) },
		"another file, just as big": func(path string) error { return os.WriteFile(path, []byte(wholeText), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			drop, _ := dropped(t)
			path := filepath.Join(drop, "people.csv")
			files, err := filesOf(path)
			must(t, err)
			must(t, os.Rename(path, path+".old"))
			must(t, put(path))
			done := make(chan error, 1)
			go func() {
				done <- (&attempt{store: New("hr", Config{Path: path}, Options{}), use: discard{}}).readFile(t.Context(), files[0])
			}()
			select {
			case err := <-done:
				if !errors.Is(err, source.ErrChanged) {
					t.Errorf("got %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("the read hangs")
			}
			if err := files[0].checkSame(); !errors.Is(err, source.ErrChanged) {
				t.Errorf("compared after reading: %v", err)
			}
		})
	}
}
