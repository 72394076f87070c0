package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// Journal is what a run needs of the history; *journal.DB satisfies it.
type Journal interface {
	// Bind refuses another Clerk instance than that of earlier runs (S31).
	Bind(ctx context.Context, instance string) error
	// Intend writes changes down before they are sent, Record what became of
	// them (S32). Both are on disk when they return.
	Intend(ctx context.Context, run int64, changes []journal.Change) ([]int64, error)
	Record(ctx context.Context, outcomes []journal.Outcome) error
	// Unfinished are the changes of which nobody wrote down what became of them.
	Unfinished(ctx context.Context) ([]journal.Change, error)
	// Facts are what earlier runs have seen; Remember forgets some and adds others.
	Facts(ctx context.Context, kinds ...string) ([]journal.Fact, error)
	Remember(ctx context.Context, run int64, set, forget []journal.Fact) error
	// Pauses and Approvals are what people decided; UseApproval says what was
	// done of an approval (S23, S25).
	Pauses(ctx context.Context) ([]journal.Pause, error)
	Approvals(ctx context.Context) ([]journal.Approval, error)
	UseApproval(ctx context.Context, hash string, keys []string) error
	// Pause keeps later runs from an organization (S25).
	Pause(ctx context.Context, p journal.Pause) error
	// Runs are the newest runs, the newest first, Changes those of one run.
	Runs(ctx context.Context, limit int) ([]journal.Run, error)
	Changes(ctx context.Context, run int64) ([]journal.Change, error)
	// Run is one run. Latest is the newest done change, of these actions, of
	// each membership.
	Run(ctx context.Context, id int64) (journal.Run, error)
	Latest(ctx context.Context, actions ...string) ([]journal.Change, error)
	// Since are the changes that were intended from then on (S17).
	Since(ctx context.Context, t time.Time) ([]journal.Change, error)
}

// WithJournal gives a run the history, and the number that its changes are
// written under; a dry run has none. A nil Journal is that of a state
// directory before its first run.
func WithJournal(j Journal, run int64) Option {
	return func(r *Reconciler) { r.journal, r.run, r.remembers = j, run, true }
}

// window is how far back the guards look (S17).
const window = 24 * time.Hour

// snapshot is a membership before or after a change, as the journal keeps it.
type snapshot struct {
	Role    string          `json:"role"`
	Public  json.RawMessage `json:"public_metadata,omitempty"`
	Private json.RawMessage `json:"private_metadata,omitempty"`
}

func snapshotOf(m *clerkapi.Membership) json.RawMessage {
	return (&snapshot{m.Role, m.Public, m.Private}).raw()
}

// before is the membership, or the invitation to be revoked, as it was listed;
// nothing for somebody who has none.
func (o *organizationState) before(c *Change) json.RawMessage {
	if inv := o.invited[c.Email]; c.Action == RevokeInvitation && inv != nil {
		return (&snapshot{inv.Role, inv.Public, inv.Private}).raw()
	}
	if s := o.member(c.UserID).snapshot(); s != nil {
		return s.raw()
	}
	return nil
}

func (s *snapshot) raw() json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil {
		// The metadata are what Clerk answered, which was valid JSON.
		panic("a membership cannot be encoded: " + err.Error())
	}
	return raw
}

// entry is a change as the journal keeps it.
func (c *Change) entry() journal.Change {
	return journal.Change{Action: c.Action.String(), Organization: c.Organization, UserID: c.UserID, InvitationID: c.InvitationID, Email: c.Email, Name: c.Name,
		Source: c.Source, PersonID: c.ID, From: c.From, To: c.To, Admin: string(c.Admin),
		Public: c.Public.raw(), Private: c.Private.raw(), PublicBefore: c.PublicBefore.raw(), PrivateBefore: c.PrivateBefore.raw(),
		Nulls: c.Nulls, Because: c.Because, Approved: c.Why == approvedWhy}
}

// entry is what the journal keeps of an outcome; nil is a change that was
// written down and then not sent.
func (o *Outcome) entry(id int64) journal.Outcome {
	if o == nil {
		return journal.Outcome{ID: id, Result: string(NotSent)}
	}
	e := journal.Outcome{ID: id, Result: string(o.Result), Error: o.Error, UserID: o.user}
	if inv := o.invitation; inv != nil {
		e.InvitationID = inv.ID
		if o.Change.Action == Invite {
			e.After = (&snapshot{inv.Role, inv.Public, inv.Private}).raw()
		}
	}
	switch {
	case o.answer == nil:
	case o.Change.Action == Remove:
		e.Before = snapshotOf(o.answer)
	default:
		e.After = snapshotOf(o.answer)
	}
	return e
}

// recalled is the change that an entry of the journal was.
func recalled(e *journal.Change) (Change, error) {
	c := Change{Organization: e.Organization, UserID: e.UserID, InvitationID: e.InvitationID, Email: e.Email, Name: e.Name, Source: e.Source, ID: e.PersonID,
		From: e.From, To: e.To, Admin: AdminEffect(e.Admin), Nulls: e.Nulls, Because: e.Because}
	if err := c.Action.UnmarshalText([]byte(e.Action)); err != nil {
		return c, fmt.Errorf("read change %d of run %d in the journal: %w", e.Seq, e.Run, err)
	}
	c.Public, c.Private = canonical(decodeObject(e.Public)), canonical(decodeObject(e.Private))
	return c, nil
}

// lookBack settles what was cut off, if this run may, and reads what the last
// 24 hours did.
func (r *Reconciler) lookBack(ctx context.Context, run Run) (recovered int64, p *past, err error) {
	if r.journal == nil {
		p = newPast()
		p.memory, err = r.remembered(ctx)
		return 0, p, err
	}
	instance, err := r.clerk.Instance(ctx)
	if err != nil {
		return 0, nil, fmt.Errorf("read Clerk: read the instance: %w", err)
	}
	if err := r.journal.Bind(ctx, instance.ID); err != nil {
		return 0, nil, err
	}
	if run.Apply {
		if recovered, err = r.recoverRun(ctx); err != nil {
			return 0, nil, err
		}
	}
	p, err = r.recall(ctx)
	return recovered, p, err
}

// recall reads what the last 24 hours did.
func (r *Reconciler) recall(ctx context.Context) (*past, error) {
	p := newPast()
	var err error
	if p.memory, err = r.remembered(ctx); err != nil {
		return nil, err
	}
	entries, err := r.journal.Since(ctx, r.now().Add(-window))
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	for i := range entries {
		if err := p.add(&entries[i]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// past is what was done in the window, by organization and in all (S17).
type past struct {
	organizations map[string]*tally
	run           tally
	// changes are those that were done, by organization and user (S30).
	changes map[string][]Change
	memory  *memory
}

// tally counts changes by guard. Approved ones do not count, but they too
// changed how many there are.
type tally struct {
	counts          map[string]int
	members, admins int // by how much they grew
}

func newPast() *past {
	return &past{organizations: map[string]*tally{}, changes: map[string][]Change{}}
}

func (p *past) add(e *journal.Change) error {
	// What is still open may have had its effect.
	if e.Result != "" && e.Result != string(Done) {
		return nil
	}
	c, err := recalled(e)
	if err != nil {
		return err
	}
	if c.Action == CreateUser {
		return nil // the add that follows counts
	}
	p.changes[membershipKey(&c)] = append(p.changes[membershipKey(&c)], c)
	of := p.organizations[c.Organization]
	if of == nil {
		of = &tally{}
		p.organizations[c.Organization] = of
	}
	of.members += c.seatDelta()
	of.admins += c.adminDelta()
	if e.Approved {
		return nil
	}
	for _, g := range guards {
		if g.kind(&c) {
			of.count(g.name)
			p.run.count(g.name)
		}
	}
	return nil
}

func (t *tally) count(guard string) {
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[guard]++
}

// of is what was done in an organization.
func (p *past) of(organization string) tally {
	return *cmp.Or(p.organizations[organization], &tally{})
}
