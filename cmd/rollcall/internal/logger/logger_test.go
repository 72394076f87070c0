package logger

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"go.uber.org/zap"

	"rollcall/source"
)

// For the journal each line begins with its priority, in either form.
func TestJournalLinesBearTheirPriority(t *testing.T) {
	for _, format := range []string{"json", "console"} {
		var b bytes.Buffer
		log, err := New(&b, "debug", format, true)
		if err != nil {
			t.Fatal(err)
		}
		log = log.With(zap.String("a", "b")).Named("n")
		log.Debug("d")
		log.Info("i")
		log.Warn("w")
		log.Error("e")
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		for i, want := range []string{"<7>", "<6>", "<4>", "<3>"} {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: %q does not begin with %s", format, lines[i], want)
			}
		}
	}
}

// Values and messages, whoever wrote them, are one line of text each, with and
// without a priority. For machines they decode to what they were (S35).
func TestS35LinesAreHarmless(t *testing.T) {
	const value = "a\u202eb\u009b\u3164c\nINFO forged"
	blanks := strings.Repeat(" ", 70)
	for _, journal := range []bool{false, true} {
		for _, format := range []string{"json", "console"} {
			var b bytes.Buffer
			log, err := New(&b, "debug", format, journal)
			if err != nil {
				t.Fatal(err)
			}
			log.With(zap.String("always", value)).Named("n").Info("m"+blanks+value, zap.String("file", value+blanks+"x"), zap.Error(errors.New(value)))
			line := strings.TrimSuffix(b.String(), "\n")
			if strings.ContainsFunc(strings.ReplaceAll(line, "\t", ""), source.Unsafe) {
				t.Errorf("%s: %q", format, line)
			}
			if strings.Contains(line, "[70 blanks]") != (format == "console") {
				t.Errorf("%s: %q", format, line)
			}
			var fields struct{ Msg, File, Always, Error string }
			if format == "json" {
				_, text, _ := strings.Cut(line, "{")
				if err := json.Unmarshal([]byte("{"+text), &fields); err != nil || fields.File != value+blanks+"x" || fields.Always != value || fields.Error != value || fields.Msg != "m"+blanks+value {
					t.Errorf("%v: %+v", err, fields)
				}
			}
		}
	}
	var b bytes.Buffer
	log, err := New(&b, "debug", "console", false)
	if err != nil {
		t.Fatal(err)
	}
	if log.Info("plain", zap.String("a", "é b")); !strings.HasSuffix(b.String(), "\tINFO\tplain\t{\"a\": \"é b\"}\n") {
		t.Errorf("%q", b.String())
	}
}
