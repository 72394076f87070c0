package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/sync/journal/internal/disk"
)

func on(name string) Options {
	return Options{network: func(string) (string, error) { return name, nil }}
}

func TestS32NoWriteAheadLogOnANetworkFileSystem(t *testing.T) {
	for _, c := range []struct{ name, before string }{
		{"made there", "none"}, {"left by a local disk", ""}, {"left by a local disk, cut off", "cut"}, {"opened again", "NFS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			want := 5
			switch c.before {
			case "none":
				want = 0
			case "cut":
				source := t.TempDir()
				db := open(t, source, Options{})
				intend(t, db, begin(t, db), 5)
				for _, suffix := range []string{"", "-wal"} {
					write(t, filepath.Join(dir, fileName+suffix), read(t, filepath.Join(source, fileName+suffix)))
				}
			default:
				db := open(t, dir, on(c.before))
				intend(t, db, begin(t, db), 5)
				must(t, db.Close())
			}
			db, beside := open(t, dir, on("NFS")), open(t, dir, on("NFS"))
			run := begin(t, db)
			intend(t, db, run, 2)
			if found, err := beside.Unfinished(t.Context()); err != nil || len(found) != want+2 {
				t.Errorf("%d changes, %v; want %d", len(found), err, want+2)
			}
			diff(t, "the files", []string{fileName}, names(t, dir))
			for pragma, value := range map[string]string{"journal_mode": "delete", "synchronous": "3", "locking_mode": "normal"} {
				var got string
				if err := db.pool.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
					t.Errorf("%s is %s, %v; want %s", pragma, got, err, value)
				}
			}
		})
	}
}

// Back on a local disk it is write-ahead logged again.
func TestS32BackOnALocalDisk(t *testing.T) {
	dir := t.TempDir()
	must(t, open(t, dir, on("NFS")).Close())
	begin(t, open(t, dir, on("")))
	diff(t, "the files", []string{fileName, fileName + "-shm", fileName + "-wal"}, names(t, dir))
}

// While others keep it in the other mode, it is not opened.
func TestS32AModeInUseIsNotChanged(t *testing.T) {
	for _, c := range []struct{ first, second string }{{"", "NFS"}, {"NFS", ""}} {
		t.Run(c.first+" "+c.second, func(t *testing.T) {
			dir := t.TempDir()
			db := open(t, dir, on(c.first))
			begin(t, db)
			tx, err := db.pool.BeginTx(t.Context(), nil)
			must(t, err)
			o := on(c.second)
			o.busy = 50 * time.Millisecond
			if _, err := Open(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "another process") {
				t.Error(err)
			}
			must(t, tx.Rollback())
			begin(t, db)
		})
	}
}

func TestS32AnUnknownFileSystemIsSaid(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(t.Context(), dir, Options{network: func(string) (string, error) { return "", errors.New("no statfs") }})
	if err == nil || !strings.Contains(err.Error(), "find the file system of the state directory: no statfs") {
		t.Error(err)
	}
	if name, err := disk.NetworkName(dir); err != nil || name != "" {
		suite.Skip(t, "a local disk", fmt.Sprintf("the directory of the tests is on %q, %v", name, err))
	}
	if _, err := disk.NetworkName(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing directory has a file system")
	}
}
