package csvfile

import (
	"errors"
	"io"
	"testing"

	"github.com/jcmturner/gokrb5/v8/config"

	"rollcall/source"
	"rollcall/source/file"
	"rollcall/source/internal/panics"
)

// broken is a reader that a library's fault ends.
type broken struct{}

func (broken) Read([]byte) (int, error) {
	_, err := config.NewFromString("[realms]\nA = { kdc = x }\n")
	return 0, errors.Join(err, io.ErrUnexpectedEOF)
}

// A library that panics while a file is read is a failed read with its name.
func TestS09PanicOfALibraryIsAFailedRead(t *testing.T) {
	s, err := openCSV(t, Config{Path: "-", Columns: peopleForm()}, file.Options{Stdin: broken{}}).Read(t.Context(), source.Request{})
	if e, ok := errors.AsType[*panics.Error](err); !ok || s != nil || e.Library != "github.com/jcmturner/gokrb5/v8/config" {
		t.Errorf("%v, %v", s, err)
	}
}
