package notify

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync/journal"
)

// Notifier tells of runs. Its methods return nothing: what could not be told
// is a warning in the log, and no reason for a run to fail.
type Notifier struct {
	config   Config
	state    string
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

// New makes a Notifier of a valid configuration. Its memory is the journal of
// the state directory; empty is none.
func New(config Config, state string, options ...Option) *Notifier {
	n := &Notifier{config: config, state: state, log: zap.NewNop(), poster: newPoster()}
	for _, o := range options {
		o(n)
	}
	if n.config.Name == "" {
		n.config.Name, _ = os.Hostname() // a message without it is better than none
	}
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

// Begin is called before a run that may change Clerk.
func (n *Notifier) Begin(ctx context.Context) {
	if h := n.config.Heartbeat; h != nil {
		n.complain("heartbeat", h.begin(ctx, n.poster))
	}
	if n.config.Events != nil {
		n.withJournal(ctx, func(db *journal.DB) { n.complain("events", n.beginEvents(ctx, db)) })
	}
}

// End is called after the run, also when it was interrupted, and while nobody
// else runs: all channels are told side by side.
func (n *Notifier) End(ctx context.Context, r Run) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	n.withJournal(ctx, func(db *journal.DB) {
		known, err := recall(ctx, db)
		n.complain("memory", err)
		var group errgroup.Group
		for _, c := range n.channels {
			group.Go(func() error { n.tellRun(ctx, db, c, &r, known[c.name]); return nil })
		}
		if h := n.config.Heartbeat; h != nil {
			group.Go(func() error { n.complain("heartbeat", h.end(ctx, n.poster, &r)); return nil })
		}
		if n.config.Events != nil && db != nil {
			group.Go(func() error { n.complain("events", n.sendEvents(ctx, db)); return nil })
		}
		_ = group.Wait() // each has complained for itself
	})
}

func (n *Notifier) tellRun(ctx context.Context, db *journal.DB, c channel, r *Run, known told) {
	tell, wellAgain := n.due(c.when, r, known)
	if !tell {
		return
	}
	err := c.tell(ctx, n.runMessage(r, wellAgain))
	n.complain(c.name, err)
	if _, some := errors.AsType[partly](err); err == nil || some {
		n.complain(c.name, remember(ctx, db, r.ID, c.name, r.next(known)))
	}
}

// partly is the error of a channel that has reached somebody: telling all of
// them again after each run would not mend it.
type partly struct{ error }

// Notice is something to say beside a run, such as a source that keeps failing
// and is tried less often.
type Notice struct {
	Title string
	Lines []string
}

// Notice tells every channel. Whoever calls it sees to it that the same is not
// said too often.
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
	m := n.noticeMessage(Notice{Title: "this is a test", Lines: []string{"Somebody typed rollcall check --notify. Nothing is wrong."}})
	var tested []Tested
	for _, c := range n.channels {
		tested = append(tested, Tested{c.name, c.tell(ctx, m)})
	}
	if h := n.config.Heartbeat; h != nil {
		tested = append(tested, Tested{"heartbeat", n.poster.post(ctx, h.URL, nil, nil)})
	}
	if e := n.config.Events; e != nil {
		tested = append(tested, Tested{"events", e.post(ctx, n.poster, m.id, n.eventsEnvelope([]event{}))})
	}
	return tested
}

// withJournal opens the memory for f. A journal that cannot be opened has
// failed the run, which is one more reason to tell.
func (n *Notifier) withJournal(ctx context.Context, f func(db *journal.DB)) {
	if n.state == "" {
		f(nil)
		return
	}
	db, err := journal.Open(ctx, n.state, journal.Options{})
	if err != nil {
		n.complain("memory", err)
		f(nil)
		return
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	f(db)
}

func (n *Notifier) complain(channel string, err error) {
	if err != nil {
		n.log.Warn("notification failed", zap.String("channel", channel), zap.String("error", report.Escape(err.Error())))
	}
}

func (n *Notifier) newMessage(kind string) *message {
	name := report.Escape(cmp.Or(n.config.Name, "unnamed"))
	return &message{id: "msg_" + rand.Text(), kind: kind, at: time.Now(), name: name}
}
