package file_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/file/filetest"
)

// readDated reads a file of which the server says when it was written and what time it is.
func readDated(t *testing.T, written, now time.Time) (*source.Snapshot, error) {
	t.Helper()
	page := &filetest.Page{Text: remoteText, Modified: written, ETag: `"1"`}
	w := startWeb(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cache-Control") != "no-cache" {
			t.Error("a cache may answer with what it has")
		}
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		page.ServeHTTP(w, r)
	})
	config := w.config("/people.csv")
	config.MaxAge = time.Hour
	return openRemote(t, config).Read(t.Context(), source.Request{})
}

// A cache keeps the Date of the answer that it has. By it a file would be young for ever,
// and max_age would never notice that the export has stopped.
func TestS11AnAnswerOfACacheIsAsOldAsItsFile(t *testing.T) {
	t.Parallel()
	old := time.Now().Add(-72 * time.Hour)
	if _, err := readDated(t, old, old.Add(time.Minute)); !errors.Is(err, source.ErrStale) || !strings.Contains(err.Error(), "72h") {
		t.Errorf("got %v", err)
	}
	// A server whose clock is ahead, or a little behind, knows how old its file is.
	for _, off := range []time.Duration{2 * time.Hour, -10 * time.Minute} {
		at := time.Now().Add(off)
		s, err := readDated(t, at.Add(-20*time.Minute), at)
		if err != nil || len(s.NoRemovals) > 0 {
			t.Errorf("a clock that is off by %s: %v", off, err)
		}
	}
}

// A file from the future would never be too old (S12).
func TestS12AFetchedFileFromTheFutureRemovesNobody(t *testing.T) {
	t.Parallel()
	for ahead, doubts := range map[time.Duration]int{time.Minute: 0, 24 * time.Hour: 1} {
		s, err := readDated(t, time.Now().Add(ahead), time.Now())
		if err != nil || len(s.NoRemovals) != doubts || doubts > 0 && !strings.Contains(s.NoRemovals[0], "is in the future") {
			t.Errorf("%s ahead: %v, %v", ahead, s, err)
		}
	}
}
