package journal

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/sync/journal/internal/wallog"
)

// The log applied here makes the file that SQLite's checkpoint makes.
func TestTheLogIsAppliedAsACheckpointDoes(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, Options{})
	file := filepath.Join(dir, fileName)
	for round := range 5 {
		intend(t, db, begin(t, db), 60)
		if round == 3 {
			_, err := db.pool.ExecContext(t.Context(), "DELETE FROM changes; VACUUM")
			must(t, err)
		}
		image, err := applyLog(read(t, file), read(t, file+"-wal"))
		must(t, err)
		_, err = db.pool.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
		must(t, err)
		want := read(t, file)
		want[18], want[19] = 1, 1
		if !bytes.Equal(want, image) {
			t.Errorf("round %d: %d bytes, SQLite's checkpoint makes %d others", round, len(image), len(want))
		}
	}
	if info, err := os.Stat(file + "-wal"); err != nil || info.Size() != 0 {
		t.Error("the checkpoint left a log:", err)
	}
}

// A log that is damaged anywhere is read as SQLite reads it: up to the last
// commit before the damage.
func TestS31ADamagedLogIsReadAsSQLiteDoes(t *testing.T) {
	t.Parallel()
	source := t.TempDir()
	db := open(t, source, Options{})
	for range 6 {
		intend(t, db, begin(t, db), 3)
	}
	image, log := read(t, filepath.Join(source, fileName)), read(t, filepath.Join(source, fileName+"-wal"))
	results, places := map[int]int{}, 60
	if suite.Short(t) {
		places = 20
	}
	for at := 8; at < len(log); at += 1 + len(log)/places {
		dir := t.TempDir()
		damaged := append([]byte(nil), log...)
		damaged[at] ^= 0x55
		write(t, filepath.Join(dir, fileName), image)
		write(t, filepath.Join(dir, fileName+"-wal"), damaged)
		counts := [2]int{}
		for i, readOnly := range []bool{true, false} {
			all, err := open(t, dir, Options{ReadOnly: readOnly}).Since(t.Context(), time.Time{})
			must(t, err)
			counts[i] = len(all)
		}
		if counts[0] != counts[1] {
			t.Errorf("damage at %d: %d changes read-only, SQLite has %d", at, counts[0], counts[1])
		}
		results[counts[0]]++
	}
	if len(results) < 5 {
		t.Errorf("the damage made no difference: %v", results)
	}
}

// sealed writes a log's checksums anew, in the byte order that its magic number gives.
func sealed(log []byte) []byte {
	out := bytes.Clone(log)
	r := wallog.NewChecksum(out)
	put := func(at int) {
		binary.BigEndian.PutUint32(out[at:], r.Sum[0])
		binary.BigEndian.PutUint32(out[at+4:], r.Sum[1])
	}
	r.Add(out[:24])
	put(24)
	page := int(binary.BigEndian.Uint32(out[8:]))
	for at := wallog.HeaderSize; at+wallog.FrameHeaderSize+page <= len(out); at += wallog.FrameHeaderSize + page {
		r.Add(out[at : at+8])
		r.Add(out[at+wallog.FrameHeaderSize : at+wallog.FrameHeaderSize+page])
		put(at + 16)
	}
	return out
}

// Logs that SQLite does not write here, and reads all the same.
func TestOtherLogsAreReadAsSQLiteDoes(t *testing.T) {
	source := t.TempDir()
	db := open(t, source, Options{})
	intend(t, db, begin(t, db), 3)
	image, log := read(t, filepath.Join(source, fileName)), read(t, filepath.Join(source, fileName+"-wal"))
	if !bytes.Equal(log, sealed(log)) {
		t.Fatal("the test's checksums are not SQLite's")
	}
	for _, c := range []struct {
		name string
		at   int
		with []byte
		want int
	}{
		{"the other byte order", 3, []byte{0x83 ^ log[3]&1}, 3},
		{"other salts in a frame", wallog.HeaderSize + 8, []byte("salt"), 0},
		{"a frame of page 0", wallog.HeaderSize, make([]byte, 4), 0},
		{"an odd page size", 8, []byte{0, 0, 0x10, 1}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			changed := bytes.Clone(log)
			copy(changed[c.at:], c.with)
			if c.name == "an odd page size" {
				copy(changed, sealed(changed[:wallog.HeaderSize]))
			} else {
				changed = sealed(changed)
			}
			write(t, filepath.Join(dir, fileName), image)
			write(t, filepath.Join(dir, fileName+"-wal"), changed)
			for _, readOnly := range []bool{true, false} {
				all, err := open(t, dir, Options{ReadOnly: readOnly}).Since(t.Context(), time.Time{})
				if err != nil || len(all) != c.want {
					t.Errorf("read-only %v: %d changes, %v; want %d", readOnly, len(all), err, c.want)
				}
			}
		})
	}
}

// A commit that is longer than file and log together is no reason to ask for
// the memory.
func TestALogCannotAskForMoreThanItHolds(t *testing.T) {
	source := t.TempDir()
	db := open(t, source, Options{})
	begin(t, db)
	image, log := read(t, filepath.Join(source, fileName)), read(t, filepath.Join(source, fileName+"-wal"))
	for at := wallog.HeaderSize; at < len(log); at += wallog.FrameHeaderSize + 4096 {
		copy(log[at+4:], []byte{0x7f, 0xff, 0xff, 0xff})
	}
	if out, err := applyLog(image, sealed(log)); err != nil || len(out) != len(image) {
		t.Error(len(out), err)
	}
}
