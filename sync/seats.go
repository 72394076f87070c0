package sync

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/sync/diff"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// An organization may have fewer seats by its subscription than
// max_allowed_memberships says. The subscription is read only where somebody joins,
// and not again for a day where it counts no seats.

const (
	// seatPatience is how long a run waits for the first subscription, and seatShare
	// how much longer for each other one: losses must not wait for a server that hangs
	// (S39), and a low rate limit is no reason to know less.
	seatPatience = 10 * time.Second
	seatShare    = 250 * time.Millisecond
	// seatReads is how many subscriptions are read at once, seatFailures after how many
	// failures the others are not read.
	seatReads    = 8
	seatFailures = 3
)

// seats is what was read of the subscriptions of a run.
type seats struct {
	// unlimited are the organizations that count no seats, limited those that do. The
	// empty key is the whole instance.
	unlimited, limited []string
}

// readSeats puts the seats that are paid for into the plan. A subscription that
// cannot be read is a note, and the joins go on as if it counted no seats (S40).
func readSeats(ctx context.Context, clerk Clerk, now time.Time, s *diff.Comparison) *seats {
	r := &seatReader{clerk: clerk}
	for i, d := range s.Proposals {
		o := &s.Plan.Organizations[i]
		if joins(d) && !o.Migrating && !s.Memory.HasUnlimitedSeats(o.ID, now) {
			r.asked = append(r.asked, o)
		}
	}
	out := &seats{}
	if len(r.asked) == 0 {
		return out
	}
	r.found, r.failed = make([]clerkapi.Seats, len(r.asked)), make([]error, len(r.asked))
	r.read(ctx, 0, seatPatience)
	if refusedForGood(r.failed[0]) { // an instance without billing; the others would be refused too
		out.unlimited = append(out.unlimited, "")
		return out
	}
	r.readOthers(ctx)
	unread := 0
	for i, o := range r.asked {
		switch err := r.failed[i]; {
		case err == nil && !r.found[i].Unlimited:
			out.limited = append(out.limited, o.ID)
			o.Seats.Known = true
			o.Seats.Pay(r.found[i].Quantity)
		case err == nil, errors.Is(err, clerkapi.ErrNotFound), refusedForGood(err):
			out.unlimited = append(out.unlimited, o.ID)
		default:
			unread++
			s.Plan.Notes = noteUnreadSeats(s.Plan.Notes, o, unread, err)
		}
	}
	return out
}

// seatReader reads the subscriptions of organizations.
type seatReader struct {
	clerk    Clerk
	asked    []*plan.Organization
	found    []clerkapi.Seats
	failed   []error
	failures atomic.Int32
}

// errUnasked is that of a subscription that was not read because others failed.
var errUnasked = errors.New("not read, because others could not be read")

// readOthers reads all but the first. If that one has hung, none is read.
func (r *seatReader) readOthers(ctx context.Context) {
	if errors.Is(r.failed[0], context.DeadlineExceeded) {
		r.failures.Store(seatFailures)
	}
	deadline := seatPatience + time.Duration(len(r.asked))*seatShare
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(seatReads)
	for i := 1; i < len(r.asked); i++ {
		group.Go(func() error {
			r.read(ctx, i, deadline)
			return nil
		})
	}
	_ = group.Wait() // each organization has its error
}

func (r *seatReader) read(ctx context.Context, i int, patience time.Duration) {
	if r.failed[i] = errUnasked; r.failures.Load() >= seatFailures {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r.found[i], r.failed[i] = r.clerk.Seats(ctx, r.asked[i].ID)
	if err := r.failed[i]; err != nil && !errors.Is(err, clerkapi.ErrNotFound) && !refusedForGood(err) {
		r.failures.Add(1)
	}
}

// joins reports whether somebody would take a seat.
func joins(d *diff.Proposal) bool {
	for i := range d.Changes {
		if d.Changes[i].SeatDelta() > 0 {
			return true
		}
	}
	return false
}

// refusedForGood reports whether Clerk does not tell the seats: there is no billing,
// or the key may not read it. It says nothing about the secret key.
func refusedForGood(err error) bool {
	e, ok := errors.AsType[*clerkapi.Error](err)
	return ok && (e.Status == 401 || e.Status == 402 || e.Status == 403)
}

// noteUnreadSeats says that a subscription could not be read; many are one note.
func noteUnreadSeats(notes []plan.Note, o *plan.Organization, n int, err error) []plan.Note {
	const some = 3
	switch {
	case n < some:
		return append(notes, plan.Note{Rule: "S19", Organization: o.ID, Text: fmt.Sprintf("could not read the paid seats (%v): this plan does not know whether everybody has a seat", err)})
	case n == some:
		return append(notes, plan.Note{Rule: "S19", Text: "could not read the paid seats of more organizations"})
	}
	return notes
}

// rememberSeats keeps which organizations count no seats, so that a day passes before
// they are asked again.
func rememberSeats(n *update, read *seats) {
	for _, key := range read.unlimited {
		n.Put(memory.FactSeats, key, memory.UnlimitedFact{At: n.now().UTC().Truncate(time.Second)})
	}
	for _, key := range read.limited {
		n.Drop(memory.FactSeats, key)
	}
}
