package runner

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// bound makes a state directory of an instance; an empty id is nobody's yet.
func bound(t *testing.T, dir, id string) {
	t.Helper()
	db, err := journal.Open(t.Context(), dir, journal.Options{})
	if err == nil && id != "" {
		err = db.Bind(t.Context(), clerkapi.Instance{ID: id, Environment: "development"})
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Each instance has a default directory of its own, and the first one keeps the name
// that it has: it is nobody else's, whatever else is there. What an admin names is
// taken as it is (S41).
func TestS41DefaultDirectoryOfEachInstance(t *testing.T) {
	for name, x := range map[string]struct {
		have map[string]string // directories, and whose they are
		want string            // for ins_two
	}{
		"no run yet":                    {nil, "rollcall"},
		"nobody's yet":                  {map[string]string{"rollcall": ""}, "rollcall"},
		"its own":                       {map[string]string{"rollcall": "ins_two"}, "rollcall"},
		"another one's":                 {map[string]string{"rollcall": "ins_one"}, "rollcall-ins_two"},
		"another one's, and its own":    {map[string]string{"rollcall": "ins_one", "rollcall-ins_two": "ins_two"}, "rollcall-ins_two"},
		"its own, and a further one":    {map[string]string{"rollcall": "ins_two", "rollcall-ins_two": "ins_two"}, "rollcall"},
		"the first one is gone":         {map[string]string{"rollcall-ins_two": "ins_two"}, "rollcall-ins_two"},
		"the first of a third is there": {map[string]string{"rollcall-ins_one": "ins_one"}, "rollcall"},
		"a damaged one":                 {map[string]string{"rollcall": "damaged"}, "rollcall"}, // the run says so
	} {
		base := t.TempDir()
		for dir, id := range x.have {
			if id != "damaged" {
				bound(t, filepath.Join(base, dir), id)
				continue
			}
			if err := os.Mkdir(filepath.Join(base, dir), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(base, dir, "journal.db"), []byte("damaged"))
		}
		place := Place{filepath.Join(base, "rollcall"), true}
		if got := place.OfInstance(t.Context(), clerkapi.Instance{ID: "ins_two"}); got != filepath.Join(base, x.want) {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
		place.Default = false
		if got, known := place.OfKey(clerkapi.NewSecret("sk_test_two")); got != place.Dir || !known {
			t.Errorf("%s, named: %s, %t", name, got, known)
		}
	}
}

// A directory is found by the key that used it, and by no other; without a history
// there is nothing to choose. What lies at another address counts for nothing.
func TestS41DirectoryOfTheKey(t *testing.T) {
	base := t.TempDir()
	place := Place{filepath.Join(base, "rollcall"), true}
	one, two, unknown := clerkapi.NewSecret("sk_test_one"), clerkapi.NewSecret("sk_test_two"), clerkapi.NewSecret("sk_test_new")
	check := func(when string, key clerkapi.Secret, want string, known bool) {
		t.Helper()
		if got, ok := place.OfKey(key); got != filepath.Join(base, want) || ok != known {
			t.Errorf("%s: %s, %t", when, got, ok)
		}
	}
	bound(t, filepath.Join(base, "rollcall-127.0.0.1-4900"), "ins_away")
	check("no run", unknown, "rollcall", true)
	bound(t, place.Dir, "ins_one")
	check("one, without a key", one, "rollcall", false)
	if dir, err := place.OfVerb(t.Context(), unknown); err != nil || dir != place.Dir {
		t.Errorf("the only one: %s, %v", dir, err)
	}
	write(t, filepath.Join(place.Dir, keyFile), []byte(hashOf(one)+"\n"))
	bound(t, place.Dir+"-ins_two", "ins_two")
	write(t, filepath.Join(place.Dir+"-ins_two", keyFile), []byte(hashOf(two)+"\n"))
	check("the first key", one, "rollcall", true)
	check("the second key", two, "rollcall-ins_two", true)
	check("a new key", unknown, "rollcall", false)
	check("no key", clerkapi.Secret{}, "rollcall", false)
	_, err := place.OfVerb(t.Context(), unknown)
	if err == nil || !slices.Equal(strings.Split(err.Error(), "\n")[1:], []string{
		"  --state " + place.Dir + " (development instance ins_one)", "  --state " + place.Dir + "-ins_two (development instance ins_two)"}) {
		t.Errorf("got %v", err)
	}
	if _, usage := errors.AsType[UsageError](err); !usage {
		t.Errorf("got %T", err)
	}
	if dir, err := place.OfVerb(t.Context(), two); err != nil || dir != place.Dir+"-ins_two" {
		t.Errorf("the second key: %s, %v", dir, err)
	}
}

// The note of the key is a plain file, or none (S34), and does not show the key.
func TestS41NoteOfTheKey(t *testing.T) {
	key := clerkapi.NewSecret("sk_test_0123456789")
	if hash := hashOf(key); strings.Contains(hash, "0123456789") || len(hash) != 16 || hash == hashOf(clerkapi.NewSecret("sk_test_other")) {
		t.Errorf("the hash is %s", hash)
	}
	for name, put := range map[string]func(file string) error{
		"none": func(string) error { return nil },
		"pipe": func(file string) error { return suite.NamedPipe(file) },
		"link": func(file string) error {
			return errors.Join(os.WriteFile(file+".old", []byte(hashOf(key)), 0o600), os.Symlink(file+".old", file))
		},
		"empty": func(file string) error { return os.WriteFile(file, nil, 0o600) },
	} {
		place := Place{filepath.Join(t.TempDir(), "rollcall"), true}
		bound(t, place.Dir, "ins_one")
		if err := put(filepath.Join(place.Dir, keyFile)); err != nil {
			t.Fatal(err)
		}
		if _, known := place.OfKey(key); known {
			t.Errorf("%s: the key is known", name)
		}
	}
}
