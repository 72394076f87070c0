package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/source/platform"
)

// somebody is the owner of the tests' directories: nobody, on Debian.
const somebody = 65534

// owned makes a directory of somebody's.
func owned(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		suite.Skip(t, "root", "only root can give files away")
	}
	dir := filepath.Join(t.TempDir(), "state")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, somebody, somebody))
	return dir
}

func ownerOf(t *testing.T, file string) (uid, gid int) {
	t.Helper()
	info, err := os.Lstat(file)
	must(t, err)
	uid, gid, known := platform.Owner(info)
	if !known {
		suite.Skip(t, "owners of files", "the file system has none")
	}
	return uid, gid
}

func allOwned(t *testing.T, when, dir string, want ...string) {
	t.Helper()
	diff(t, when, want, names(t, dir))
	for _, name := range names(t, dir) {
		if uid, gid := ownerOf(t, filepath.Join(dir, name)); uid != somebody || gid != somebody {
			t.Errorf("%s: %s belongs to %d:%d", when, name, uid, gid)
		}
	}
}

func TestS34RootLeavesFilesToTheDirectorysOwner(t *testing.T) {
	for _, network := range []string{"", "NFS"} {
		t.Run(network, func(t *testing.T) {
			dir := owned(t)
			db := open(t, dir, Options{network: func(string) (string, error) { return network, nil }})
			intend(t, db, begin(t, db), 50)
			if network == "" {
				allOwned(t, "in use", dir, fileName, fileName+"-shm", fileName+"-wal")
			} else {
				tx, err := db.pool.BeginTx(t.Context(), nil)
				must(t, err)
				if _, err := tx.ExecContext(t.Context(), "DELETE FROM changes"); err != nil {
					t.Fatal(err)
				}
				allOwned(t, "in a transaction", dir, fileName, fileName+"-journal")
				must(t, tx.Rollback())
			}
			must(t, db.Close())
			allOwned(t, "closed", dir, fileName)
		})
	}
}

// An older rollcall, or a crash, may have left files of root's.
func TestS34RootsFilesAreGivenBack(t *testing.T) {
	dir := owned(t)
	fillSample(t, dir, 1)
	write(t, filepath.Join(dir, "lock"), nil)
	write(t, filepath.Join(dir, "mine"), nil)
	must(t, os.Chown(filepath.Join(dir, fileName), 0, 0))
	must(t, os.Chown(filepath.Join(dir, "mine"), 7, 7))
	db := open(t, dir, Options{})
	begin(t, db)
	must(t, AsOwner(dir, "lock", "mine", "missing"))
	if uid, _ := ownerOf(t, filepath.Join(dir, "mine")); uid != 7 {
		t.Error("a file of a third one's was given away")
	}
	must(t, os.Remove(filepath.Join(dir, "mine")))
	allOwned(t, "in use", dir, fileName, fileName+"-shm", fileName+"-wal", "lock")
}

// The owner of the directory must not be given files elsewhere.
func TestS34LinksAreNotGivenAway(t *testing.T) {
	for name, link := range map[string]func(from, to string) error{"symbolic": os.Symlink, "hard": os.Link} {
		t.Run(name, func(t *testing.T) {
			dir := owned(t)
			secret := filepath.Join(filepath.Dir(dir), "secret")
			write(t, secret, []byte("s"))
			must(t, link(secret, filepath.Join(dir, fileName+"-wal")))
			must(t, link(secret, filepath.Join(dir, "lock")))
			if err := AsOwner(dir, "lock"); err == nil || !strings.Contains(err.Error(), "it is a link") {
				t.Error(err)
			}
			if _, err := Open(t.Context(), dir, Options{}); err == nil {
				t.Error("opened")
			}
			if uid, _ := ownerOf(t, secret); uid != 0 {
				t.Error("the file was given away")
			}
		})
	}
}

func TestS34AJournalWithASecondNameIsRefused(t *testing.T) {
	dir := owned(t)
	fillSample(t, dir, 1)
	file := filepath.Join(dir, fileName)
	must(t, os.Link(file, filepath.Join(filepath.Dir(dir), "elsewhere")))
	must(t, os.Chown(file, 0, 0))
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), "it is a link") {
		t.Error(err)
	}
	if uid, _ := ownerOf(t, file); uid != 0 {
		t.Error("the file was given away")
	}
}

func TestS34OthersAndRootsOwnDirectoryNeedNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "lock"), nil)
	must(t, AsOwner(dir, "lock"))
	if os.Geteuid() == 0 {
		if err := AsOwner(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
}
