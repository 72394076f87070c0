package runner

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
)

// TestRequestsFileIsNoMoreThanAHint: whatever the file holds is read without an error, and within bounds.
func TestRequestsFileIsNoMoreThanAHint(t *testing.T) {
	now, state := time.Now(), t.TempDir()
	file := filepath.Join(state, requestsFile)
	write(t, file, fmt.Appendf(nil, "garbage\n\x00\n99999999999999999999\n-1\n%d\n%d\n", now.Add(time.Hour).UnixNano(), now.Add(-time.Hour).UnixNano()))
	if n := len(readRequests(state)); n != 3 {
		t.Errorf("%d sends are read, want 3", n)
	}
	write(t, file, bytes.Repeat([]byte("1\n"), 3*maxRequests))
	if n := len(readRequests(state)); n != maxRequests {
		t.Errorf("%d sends are read, want %d at most", n, maxRequests)
	}
	if err := writeRequests(state, make([]time.Time, maxRequests+1)); err != nil || len(readRequests(state)) > maxRequests {
		t.Errorf("%d sends are kept, %v", len(readRequests(state)), err)
	}
}

// TestRequestsOfARunMeanwhileAreKept has the file changed by somebody else
// between open and close; what was known at the start counts once.
func TestRequestsOfARunMeanwhileAreKept(t *testing.T) {
	state, now := t.TempDir(), time.Now()
	known, other, old := now.Add(-200*time.Millisecond), now.Add(-100*time.Millisecond), now.Add(-time.Minute)
	c := clerkapi.Config{SecretKey: clerkapi.NewSecret("sk_live_test")}
	client, err := clerkapi.New(c, clerkapi.WithEarlierSends([]time.Time{known, known}))
	if err != nil {
		t.Fatal(err)
	}
	if err := writeRequests(state, []time.Time{known, known, other, old, now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	(&Session{Config: &config.Config{Clerk: c}, Clerk: client, log: zap.NewNop(), state: state}).Close()
	if got := readRequests(state); !slices.EqualFunc(got, []time.Time{known, known, other}, time.Time.Equal) {
		t.Errorf("kept %v, want %v twice and %v", got, known, other)
	}
}
