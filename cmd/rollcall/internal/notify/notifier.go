package notify

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/journal"
)

// Notifier reports runs to the channels. Its methods return nothing: a message
// that cannot be sent is a warning in the log, and fails no run.
type Notifier struct {
	config   Config
	state    string
	instance clerkapi.Instance // of notices
	page     string            // address of the status page, without a slash at its end
	log      *zap.Logger
	poster   poster
	channels []channel
}

// channel is a way to tell people or programs of a run.
type channel struct {
	name string
	when When
	tell func(context.Context, *message) error
}

// Option replaces a collaborator.
type Option func(*Notifier)

// WithLogger sets the logger; without it nothing is logged.
func WithLogger(l *zap.Logger) Option { return func(n *Notifier) { n.log = l.Named("notify") } }

// WithPage sets the address of the service's status page, for links in messages;
// empty is no links.
func WithPage(url string) Option {
	return func(n *Notifier) { n.page = strings.TrimSuffix(url, "/") }
}

// WithInstance sets the Clerk instance that notices are about (S41); a run has its own.
func WithInstance(i clerkapi.Instance) Option { return func(n *Notifier) { n.instance = i } }

// New makes a Notifier of a valid configuration. Its memory is the journal of
// the state directory; empty is none.
func New(config Config, state string, options ...Option) *Notifier {
	n := &Notifier{config: config, state: state, log: zap.NewNop(), poster: newPoster()}
	for _, o := range options {
		o(n)
	}
	n.config.Name = NameOf(config)
	if e := config.Email; e != nil {
		n.channels = append(n.channels, channel{"email", e.When, e.tell})
	}
	if s := config.Slack; s != nil {
		n.channels = append(n.channels, channel{"slack", s.When, func(ctx context.Context, m *message) error { return s.tell(ctx, n.poster, m) }})
	}
	if w := config.Webhook; w != nil {
		n.channels = append(n.channels, channel{"webhook", w.When, func(ctx context.Context, m *message) error { return w.tell(ctx, n.poster, m) }})
	}
	return n
}

// NameOf is what the installation is called: as the configuration says, else by the
// name of the host.
func NameOf(c Config) string {
	if c.Name != "" {
		return c.Name
	}
	host, _ := os.Hostname() // a message without it is better than none
	return host
}

// Begin is called before a run of everything that may change Clerk.
func (n *Notifier) Begin(ctx context.Context) {
	if h := n.config.Heartbeat; h != nil {
		n.complain("heartbeat", h.begin(ctx, n.poster))
	}
}

// End is called after the run, also when it was interrupted, and before the lock
// is released. All channels are told at the same time.
func (n *Notifier) End(ctx context.Context, r Run) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	n.withJournal(ctx, func(db *journal.DB) {
		known, err := readKnown(ctx, db)
		n.doubt(err)
		var group errgroup.Group
		for _, c := range n.channels {
			group.Go(func() error { n.notifyChannel(ctx, db, c, &r, known[c.name]); return nil })
		}
		if h := n.config.Heartbeat; h != nil {
			group.Go(func() error { n.complain("heartbeat", h.end(ctx, n.poster, &r)); return nil })
		}
		_ = group.Wait() // each has complained for itself
	})
}

func (n *Notifier) notifyChannel(ctx context.Context, db *journal.DB, c channel, r *Run, known knownProblem) {
	tell, wellAgain := n.due(c.when, r, known)
	if !tell {
		return
	}
	m := n.runMessage(r, wellAgain)
	if until := known.At.Add(n.config.Repeat); wellAgain && until.After(r.Finished) {
		m.source += fmt.Sprintf(" If the same problem returns before %s, no message is sent until then.", until.UTC().Format("2006-01-02 15:04 MST"))
	}
	err := c.tell(ctx, m)
	n.complain(c.name, err)
	if _, some := errors.AsType[partialError](err); err == nil || some {
		n.complain(c.name, writeKnown(ctx, db, r.ID, c.name, n.next(r, known)))
	}
}

// partialError is the error of a channel that has reached some recipients: sending
// to all of them again after each run would not help the others.
type partialError struct{ error }

// Notice is something to say beside a run, such as a source that keeps failing
// and is tried less often.
type Notice struct {
	Title string
	Lines []string
}

// Notice tells every channel. The caller avoids sending the same notice too
// often.
func (n *Notifier) Notice(ctx context.Context, notice Notice) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	m := n.noticeMessage(notice)
	var group errgroup.Group
	for _, c := range n.channels {
		group.Go(func() error { n.complain(c.name, c.tell(ctx, m)); return nil })
	}
	_ = group.Wait() // each has complained for itself
}

// Tested is what became of a test message.
type Tested struct {
	Channel string
	Err     error
}

// Test tells every channel that this is a test.
func (n *Notifier) Test(ctx context.Context) []Tested {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	m := n.noticeMessage(Notice{Title: "this is a test", Lines: []string{"Somebody ran rollcall check --notify. Nothing is wrong."}})
	var tested []Tested
	for _, c := range n.channels {
		tested = append(tested, Tested{c.name, c.tell(ctx, m)})
	}
	if h := n.config.Heartbeat; h != nil {
		tested = append(tested, Tested{"heartbeat", n.poster.post(ctx, h.URL, nil, nil)})
	}
	return tested
}

// withJournal opens the memory for f. A journal that cannot be opened has
// failed the run, which is one more reason to tell. Without a channel nothing is
// remembered.
func (n *Notifier) withJournal(ctx context.Context, f func(db *journal.DB)) {
	if n.state == "" || len(n.channels) == 0 {
		f(nil)
		return
	}
	db, err := journal.Open(ctx, n.state, journal.Options{})
	if err != nil {
		n.doubt(err)
		f(nil)
		return
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	f(db)
}

// doubt says that nobody knows which problems were told already.
func (n *Notifier) doubt(err error) {
	if err != nil {
		n.log.Warn("the history cannot be read, so a message may be sent twice", zap.String("error", escape.Text(err.Error())))
	}
}

func (n *Notifier) complain(channel string, err error) {
	if err != nil {
		n.log.Warn("notification failed", zap.String("channel", channel), zap.String("error", escape.Text(err.Error())))
	}
}

func (n *Notifier) newMessage(kind string, instance clerkapi.Instance) *message {
	name := escape.Text(cmp.Or(n.config.Name, "unnamed"))
	return &message{id: "msg_" + rand.Text(), kind: kind, at: time.Now(), name: name, instance: escape.Brief(instance.String())}
}
