package logger

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"rollcall/cmd/rollcall/internal/escape"
)

// Sentences logs from a level on to a terminal, each event as one plain sentence.
// Methods, paths and traces of requests are left out: a log flag brings them back. The
// function words says what an error means; it is empty for an error that says so itself.
func Sentences(w io.Writer, level string, words func(error) string) (*zap.Logger, error) {
	least, err := levelOf(level)
	return zap.New(&sentences{LevelEnabler: least, out: zapcore.Lock(zapcore.AddSync(w)), words: words}), err
}

type sentences struct {
	zapcore.LevelEnabler
	out    zapcore.WriteSyncer
	words  func(error) string
	fields []zapcore.Field
}

// With adds fields to all events.
func (s *sentences) With(fields []zapcore.Field) zapcore.Core {
	more := *s
	more.fields = slices.Concat(s.fields, fields)
	return &more
}

// Check adds the core to an event that it writes.
func (s *sentences) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if s.Enabled(entry.Level) {
		return checked.AddCore(entry, s)
	}
	return checked
}

// Write writes an event: what happened, to what, and why.
func (s *sentences) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	var about []string
	why := ""
	for _, f := range slices.Concat(s.fields, fields) {
		switch f.Key {
		case "kind", "name", "channel", "organization", "user", "state", "directory":
			about = append(about, f.String)
		case "error", "reason":
			why = s.reason(&f)
		}
	}
	text := entry.Level.String() + ": " + entry.Message
	if entry.Level == zapcore.WarnLevel {
		text = "warning: " + entry.Message
	}
	if len(about) > 0 {
		text += " (" + strings.Join(about, " ") + ")"
	}
	if why != "" {
		text += ": " + why
	}
	if _, err := fmt.Fprintln(s.out, escape.OneLine(text)); err != nil {
		return fmt.Errorf("write a line of the log: %w", err)
	}
	return nil
}

// reason is a field that says why, in words.
func (s *sentences) reason(f *zapcore.Field) string {
	if err, ok := f.Interface.(error); ok {
		return cmp.Or(s.words(err), err.Error())
	}
	return f.String
}

// Sync has nothing to do: each line is written at once.
func (s *sentences) Sync() error { return nil }
