package file

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"go.uber.org/zap"

	"rollcall/source"
)

// Use reads the texts of one attempt. When the attempt breaks off, a new Use
// begins anew.
type Use interface {
	// Text reads one text to its end.
	Text(ctx context.Context, in *Input) (Parsed, error)
	// End judges what was read, once all of it came whole.
	End(Outcome) error
}

// Input is one text.
type Input struct {
	io.Reader
	Name string
	// N counts the bytes that were read, Before those of the texts before this
	// one; Size is that of all texts, 0 when it is unknown.
	N, Before, Size int64
}

func (i *Input) Read(p []byte) (int, error) {
	n, err := i.Reader.Read(p)
	i.N += int64(n)
	return n, err
}

// Parsed is what the reading of a text found.
type Parsed struct {
	// Complete says that the text itself says where it ends; Judged, that it
	// ought to.
	Complete, Judged bool
	Rows             int
	Headings         []string
}

// Outcome is what there is to say of texts that came whole.
type Outcome struct {
	Files []string
	// Path is the path or glob of the files; [Stdin] for what has no files.
	Path string
	// Newest says that only the newest of Matched files was read.
	Newest  bool
	Matched int
	// Doubts say why a text may nevertheless have been cut short (S11).
	Doubts []string
}

// Stdin is the path of standard input.
const Stdin = "-"

const defaultSettle = 5 * time.Second

// Options are what a Store works with. The zero value reads the process's
// standard input and gives no notice.
type Options struct {
	// Stdin is what the path "-" reads.
	Stdin  io.Reader
	Logger *zap.Logger
	// Settle is called with the name of a file, and for how long, when a read waits for
	// the file to settle (S11): silence would look like a hang.
	Settle func(file string, wait time.Duration)
	// A transfer that broke off is begun again after a pause of RetryDelay (1s),
	// so that there are Tries (3) in all.
	RetryDelay time.Duration
	Tries      int
	// Secrets are the files with secrets that the configuration names, by the
	// key that names them; Credentials is systemd's directory of them. None of
	// them is read as an export, whatever link leads there (S43).
	Secrets     map[string]string
	Credentials string
	// Lookup gives the variables that a program gets; those of this process if nil.
	Lookup func(name string) (string, bool)
	// Trust says why a program may not be run (S34). Cover hides what may be a secret
	// in what a program says (S43).
	Trust func(program string) error
	Cover func(line string) string
}

func (o Options) withDefaults() Options {
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	o.Logger = cmp.Or(o.Logger, zap.NewNop()).Named("source")
	if o.Settle == nil {
		o.Settle = func(string, time.Duration) {}
	}
	if o.Lookup == nil {
		o.Lookup = os.LookupEnv
	}
	if o.Trust == nil {
		o.Trust = func(string) error { return nil }
	}
	if o.Cover == nil {
		o.Cover = func(line string) string { return line }
	}
	o.RetryDelay, o.Tries = cmp.Or(o.RetryDelay, time.Second), cmp.Or(o.Tries, 3)
	return o
}

// Store is where the texts of a source are.
type Store struct {
	name   string
	config Config
	settle time.Duration
	opts   Options
	// remote and command are nil for files of this machine.
	remote  *remote
	command *command
}

// New makes a Store; it opens nothing.
func New(name string, c Config, o Options) *Store {
	s := &Store{name: name, config: c, settle: defaultSettle, opts: o.withDefaults()}
	if c.Settle != nil {
		s.settle = *c.Settle
	}
	if c.URL != "" || c.URLFile != "" {
		s.remote = newRemote(s)
	}
	if len(c.Command) > 0 {
		s.command = newCommand(s)
	}
	return s
}

// Read reads the texts with what begin gives, again where a transfer broke off.
func (s *Store) Read(ctx context.Context, begin func() Use) error {
	if s.command != nil {
		return s.command.read(ctx, begin)
	}
	if s.remote != nil {
		remote, err := s.remote.open()
		if err != nil {
			return err
		}
		if err := remote.read(ctx, begin); err != nil {
			return err
		}
		s.remote.name, s.remote.lastTransfer = remote.name, remote.lastTransfer
		return nil
	}
	r := &attempt{store: s, use: begin(), Outcome: Outcome{Path: s.config.Path}}
	read := r.readFiles
	if s.config.Path == Stdin {
		read = r.readStdin
	}
	err := read(ctx)
	if _, damage := errors.AsType[*source.DamageError](err); damage {
		return err // it has lines of its own
	}
	if err != nil {
		return source.Shown(err)
	}
	return r.use.End(r.Outcome)
}

// attempt is one try to read the texts; nothing of a failed one stays.
type attempt struct {
	store *Store
	use   Use
	Outcome
	size, done int64
	last       *Parsed
}

func (r *attempt) addDoubt(reason string) { r.Doubts = append(r.Doubts, reason) }

func (r *attempt) readText(ctx context.Context, name string, in io.Reader) (*Parsed, error) {
	input := &Input{Reader: in, Name: name, Before: r.done, Size: r.size}
	p, err := r.use.Text(ctx, input)
	r.last = &p
	return r.last, err
}
