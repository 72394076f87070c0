package csvfile

import (
	"context"

	"rollcall/source"
	"rollcall/source/file"
	"rollcall/source/internal/dates"
	"rollcall/source/internal/panics"
)

// Source reads people or memberships from CSV files or standard input.
type Source struct {
	name   string
	config Config
	// canaries must be seen (S13).
	canaries source.Canaries
	dates    dates.Reader
	files    *file.Store
	// most is mostPeople, but in tests.
	most int
}

// Open makes the source of a configuration that Validate has accepted; it reads
// nothing yet.
func Open(name string, cfg Config, canaries source.Canaries, o file.Options) *Source {
	at := file.Config{Path: cfg.Path, Newest: cfg.Newest, Settle: cfg.Settle, MaxAge: cfg.MaxAge, Remote: cfg.Remote, Program: cfg.Program}
	return &Source{name: name, config: cfg, canaries: canaries,
		dates: dates.NewReader(cfg.Timezone, cfg.DateFormat...), files: file.New(name, at, o), most: mostPeople}
}

// Name is the name the configuration gives the source.
func (s *Source) Name() string { return s.name }

// Read reads all files of the source, or standard input, or the file behind the
// URL, or the output of the program, from the first byte to the last. The answer does not depend on the order
// of the rows: people are sorted by id, then by address, groups by name, rows by
// person and organization. Only origins and notes, which name places, follow the
// files.
//
// Damaged input is a [source.DamageError] that lists every place, and nothing of
// it is used; [source.MissingError], [source.ErrChanged], [source.ErrStale],
// [file.FetchError], [file.CommandError] and what the system reports say that the input could not be
// judged. A panic is such an error too.
func (s *Source) Read(ctx context.Context, want source.Request) (snap *source.Snapshot, err error) {
	defer panics.Recover(&err)
	var last *table
	err = s.files.Read(ctx, func() file.Use {
		last = newTable(s, want)
		return last
	})
	if err != nil {
		return nil, err
	}
	return last.snapshot, nil
}

// Text reads one text.
func (r *table) Text(ctx context.Context, in *file.Input) (file.Parsed, error) {
	r.people.length.in = in
	t, err := r.readText(ctx, in.Name, in)
	if t == nil {
		return file.Parsed{}, err
	}
	return file.Parsed{Complete: t.marked, Judged: r.source.config.EndMarker != "", Rows: t.rows, Headings: t.layout.headings}, err
}

// End makes the snapshot, or says what is damaged.
func (r *table) End(o file.Outcome) error {
	r.files, r.path, r.noRemovals = o.Files, o.Path, append(r.noRemovals, o.Doubts...)
	r.newest = o.Newest
	if o.Newest {
		r.notes = append(r.notes, source.Note{Origin: source.Origin{Source: r.source.name, File: r.files[0]},
			Text: "the newest of " + source.Count(o.Matched, "file") + " of " + r.path + "; only this one was read"})
	}
	r.snapshot = r.makeSnapshot()
	return r.damage.err()
}

// Fetched describes the last transfer, see [file.Store.Fetched].
func (s *Source) Fetched() string { return s.files.Fetched() }
