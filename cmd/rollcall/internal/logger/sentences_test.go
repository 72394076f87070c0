package logger

import (
	"bytes"
	"errors"
	"testing"

	"go.uber.org/zap"
)

// At a terminal a warning is one plain sentence: what happened, to what, and why, and
// nothing of a request.
func TestSentences(t *testing.T) {
	known := errors.New("GET /instance: 503, trace t1")
	words := func(err error) string {
		if errors.Is(err, known) {
			return "Clerk is not available"
		}
		return ""
	}
	var b bytes.Buffer
	log, err := Sentences(&b, "warn", words)
	if err != nil {
		t.Fatal(err)
	}
	log = log.Named("clerkapi")
	log.Info("never")
	log.Warn("Clerk did not answer, so the request is sent again", zap.String("method", "GET"), zap.String("trace", "t1"), zap.Int("status", 0))
	log.Warn("listing failed", zap.Error(known))
	log.With(zap.String("kind", "source")).Warn("retried now", zap.String("name", "corp"), zap.String("reason", "a\nb\x1b"))
	log.Error("the run failed", zap.Error(errors.New("no such file")))
	want := "warning: Clerk did not answer, so the request is sent again\n" +
		"warning: listing failed: Clerk is not available\n" +
		"warning: retried now (source corp): a b\\u001b\n" +
		"error: the run failed: no such file\n"
	if b.String() != want {
		t.Errorf("got %s, want %s", b.String(), want)
	}
	if _, err := Sentences(&b, "loud", words); err == nil {
		t.Error("there is no such level")
	}
}
