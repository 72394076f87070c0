package source

import (
	"io"
	"os"
	"time"

	"go.uber.org/zap"
)

// Option replaces what a source works with.
type Option func(*options)

type options struct {
	stdin  io.Reader
	logger *zap.Logger
	settle func(string)
	// cacheDir is where downloads are kept; empty is nowhere.
	cacheDir     string
	cacheWritten func(dir, name string) error
	// retryDelay is the first pause between two of so many tries.
	retryDelay time.Duration
	tries      int
}

// WithStdin sets what a CSV source with the path "-" reads; without it that is
// the standard input of the process.
func WithStdin(r io.Reader) Option { return func(o *options) { o.stdin = r } }

// WithLogger sets where a source logs; without it, or with nil, nowhere.
func WithLogger(l *zap.Logger) Option { return func(o *options) { o.logger = l } }

// WithSettleNotice sets who is told, in a sentence, that a source waits for a
// file to settle (S11): silence would look like a hang.
func WithSettleNotice(notice func(string)) Option {
	return func(o *options) { o.settle = notice }
}

// WithCache sets the directory where a source keeps the last good file of an
// https URL (mode 0600), so that a server which still has it sends nothing;
// without it each read is a download. written, which may be nil, is told the
// name of each file that was written.
func WithCache(dir string, written func(dir, name string) error) Option {
	return func(o *options) { o.cacheDir, o.cacheWritten = dir, written }
}

// A transfer that broke off is begun again after a pause, so often in all.
const (
	firstRetry  = time.Second
	remoteTries = 3
)

// Open makes the source that a configuration describes. It reads nothing yet;
// the error holds all problems of the configuration, as [Config.Validate]
// finds them.
func Open(cfg Config, opts ...Option) (Source, error) {
	o := options{stdin: os.Stdin, retryDelay: firstRetry, tries: remoteTries}
	for _, opt := range opts {
		opt(&o)
	}
	if o.logger == nil {
		o.logger = zap.NewNop()
	}
	o.logger = o.logger.Named("source")
	if o.settle == nil {
		o.settle = func(string) {}
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.LDAP != nil {
		return openLDAP(cfg, o)
	}
	return newCSV(cfg, o), nil
}
