package source

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// Whoever may write into a directory may choose a file's name: it steers no
// terminal and begins no line, in whatever error it stands.
func TestS35NamesOfFilesAreHarmless(t *testing.T) {
	const name = "drop/a\x1b]0;x\a\n2026 INFO run ended\u202e\u3164.csv"
	for kind, err := range map[string]error{
		"a row":    &RowError{File: name, Line: 1, Column: 1, Field: name, Problem: name},
		"a file":   Damaged(name, "is a directory"),
		"no file":  &MissingError{Path: name, Problem: "no such file"},
		"a system": Shown(&fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}),
	} {
		text := strings.TrimPrefix(err.Error(), "the input is damaged, so nothing from it was used; correct these places, or export it again (1 problem):\n")
		if strings.ContainsFunc(text, Unsafe) || !strings.Contains(text, `\u001b`) {
			t.Errorf("%s: %q", kind, text)
		}
	}
	if err := Shown(&fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}); !errors.Is(err, fs.ErrPermission) {
		t.Error("the cause is lost")
	}
	if plain := errors.New("plain é"); !errors.Is(Shown(plain), plain) || Shown(nil) != nil {
		t.Error("a harmless error is another one")
	}
}
