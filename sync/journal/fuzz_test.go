package journal

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"rollcall/sync/journal/internal/wallog"
)

// FuzzChange damages the JSON of a row: it is read as it stands or refused as
// damaged, and never something else.
func FuzzChange(f *testing.F) {
	for _, seed := range []string{`{}`, `{`, ``, `nul`, "\x00", `{"a":1}x`, `[1e999]`, "\xff", `"\ud800"`} {
		f.Add(seed, seed, int64(1))
	}
	dir := f.TempDir()
	db, err := Open(f.Context(), dir, Options{})
	must(f, err)
	defer func() { must(f, db.Close()) }()
	run := begin(f, db)
	ids := intend(f, db, run, 1)
	f.Fuzz(func(t *testing.T, public, after string, settled int64) {
		_, err := db.pool.ExecContext(t.Context(), "UPDATE changes SET public = ?, after = ?, settled = ?, result = CASE ? WHEN 0 THEN '' ELSE 'done' END",
			public, after, settled, settled)
		must(t, err)
		got, err := db.Changes(t.Context(), run)
		if err != nil {
			if _, ok := errors.AsType[*DamagedError](err); !ok || got != nil {
				t.Fatalf("%v, %v", got, err)
			}
			return
		}
		if len(got) != 1 || got[0].ID != ids[0] || string(got[0].Public) != public || string(got[0].After) != after || got[0].Open() != (settled == 0) {
			t.Fatalf("%q %q %d came back as %+v", public, after, settled, got)
		}
	})
}

// FuzzStory writes any text and reads the same again.
func FuzzStory(f *testing.F) {
	f.Add("name", "key\x00", "\u202e")
	db, err := Open(f.Context(), f.TempDir(), Options{})
	must(f, err)
	defer func() { must(f, db.Close()) }()
	run := begin(f, db)
	f.Fuzz(func(t *testing.T, name, key, reason string) {
		ctx := t.Context()
		ids, err := db.Intend(ctx, run, []Change{{Name: name, Because: key, Email: reason}})
		must(t, err)
		must(t, db.Record(ctx, []Outcome{{ID: ids[0], Result: Done, Error: reason}}))
		all, err := db.Changes(ctx, run)
		must(t, err)
		if c := all[len(all)-1]; c.Name != name || c.Because != key || c.Email != reason || c.Error != reason {
			t.Errorf("%q %q %q came back as %+v", name, key, reason, c)
		}
		if !utf8.ValidString(key) {
			return // keys travel as JSON
		}
		must(t, db.Approve(ctx, Approval{Hash: "h", Keys: []string{key}, Reason: reason}))
		must(t, db.UseApproval(ctx, "h", []string{key}))
		approvals, err := db.Approvals(ctx)
		must(t, err)
		if a := approvals[0]; a.Keys[0] != key || !a.Used || a.Reason != reason {
			t.Errorf("%q %q came back as %+v", key, reason, a)
		}
	})
}

// FuzzLog applies any log: it never fails but with an error, and never makes an
// image that the log could not hold.
func FuzzLog(f *testing.F) {
	dir := f.TempDir()
	db, err := Open(f.Context(), dir, Options{})
	must(f, err)
	intend(f, db, begin(f, db), 5)
	image, log := read(f, filepath.Join(dir, fileName)), read(f, filepath.Join(dir, fileName+"-wal"))
	must(f, db.Close())
	f.Add(log)
	f.Add(log[:len(log)-1])
	f.Add(log[:wallog.HeaderSize])
	f.Add([]byte(nil))
	f.Add(bytes.Repeat([]byte{0}, 100))
	f.Fuzz(func(t *testing.T, log []byte) {
		out, err := applyLog(bytes.Clone(image), log)
		if err == nil && len(out) > len(image)+len(log) {
			t.Errorf("%d bytes of image and %d of log make %d", len(image), len(log), len(out))
		}
	})
}
