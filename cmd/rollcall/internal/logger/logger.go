package logger

import (
	"fmt"
	"io"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"

	"rollcall/cmd/rollcall/internal/escape"
)

// New logs every event (no sampling: the log is evidence) to w, with
// ISO 8601 times, for people (console) or machines (json). For the journal of
// systemd each line begins with its priority.
func New(w io.Writer, level, format string, journal bool) (*zap.Logger, error) {
	least, err := levelOf(level)
	if err != nil {
		return nil, err
	}
	cfg := zap.NewProductionEncoderConfig()
	cfg.EncodeTime = zapcore.ISO8601TimeEncoder
	cfg.TimeKey = "time"
	var encoder zapcore.Encoder
	switch format {
	case "json":
		encoder = zapcore.NewJSONEncoder(cfg)
	case "console":
		cfg.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(cfg)
	default:
		return nil, fmt.Errorf("--log-format is %q; allowed: console, json", format)
	}
	encoder = harmless{encoder, format == "console"}
	if journal {
		encoder = prioritized{encoder}
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), least)), nil
}

func levelOf(level string) (zapcore.Level, error) {
	least, err := zapcore.ParseLevel(level)
	if err != nil || least > zapcore.ErrorLevel {
		return least, fmt.Errorf("--log-level is %q; allowed: debug, info, warn, error", level)
	}
	return least, nil
}

// harmless makes values in a line safe to show, whoever wrote them (S35). For
// machines they decode to the same.
type harmless struct {
	zapcore.Encoder
	people bool // read the lines
}

// Clone is what a logger with fields of its own encodes with.
func (h harmless) Clone() zapcore.Encoder { return harmless{h.Encoder.Clone(), h.people} }

// EncodeEntry encodes one line. Its tabs stand between the parts.
func (h harmless) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	b, err := h.Encoder.EncodeEntry(entry, fields)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSuffix(b.String(), zapcore.DefaultLineEnding)
	safe := escape.Line(text)
	if !h.people {
		safe = escape.InJSON(text)
	}
	if safe != text {
		b.Reset()
		b.AppendString(safe + zapcore.DefaultLineEnding)
	}
	return b, nil
}

// prioritized begins each line with the priority that the journal files it
// under (sd-daemon(3)), so that journalctl -p warning shows what matters.
type prioritized struct{ zapcore.Encoder }

// Clone is what a logger with fields of its own encodes with.
func (p prioritized) Clone() zapcore.Encoder { return prioritized{p.Encoder.Clone()} }

// EncodeEntry encodes one line.
func (p prioritized) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	b, err := p.Encoder.EncodeEntry(entry, fields)
	if err != nil {
		return nil, err
	}
	line := b.String()
	b.Reset()
	b.AppendString(Priority(entry.Level) + line)
	return b, nil
}

// Priority is a level of syslog as sd-daemon(3) writes it.
func Priority(l zapcore.Level) string {
	switch {
	case l >= zapcore.ErrorLevel:
		return "<3>"
	case l == zapcore.WarnLevel:
		return "<4>"
	case l == zapcore.InfoLevel:
		return "<6>"
	}
	return "<7>"
}
