package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Users are created where missing_users: create says so: POST /users, which takes the
// address as verified, or reserves it (create.address), and sends no mail; then the
// membership. Several
// organizations may want the same newcomer, and an answer may be lost: nobody
// gets two users. They stay when the run is undone.

// creator makes each user once, whichever organization comes first.
type creator struct {
	mu    stdsync.Mutex
	users map[string]*userCreation // by address
}

// userCreation is a user in the making.
type userCreation struct {
	// done is closed when all is known that the run will know.
	done chan struct{}
	// outcome is nil when nothing was sent; it is read when done is closed.
	outcome *Outcome
}

func newCreator() *creator { return &creator{users: map[string]*userCreation{}} }

// claim returns the creation of an address; mine says that the caller must do
// it.
func (k *creator) claim(email string) (c *userCreation, mine bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c = k.users[email]; c != nil {
		return c, false
	}
	c = &userCreation{done: make(chan struct{})}
	k.users[email] = c
	return c, true
}

// createBatch creates the users of a batch, as many at once as gains may be: the
// first membership may show that no seat is left for the others (S39).
func (w *organizationRun) createBatch(ctx context.Context, changes []int) {
	for w.goesOn(ctx, gains) {
		if changes = w.leaveRefused(changes); len(changes) == 0 {
			return
		}
		n := min(w.tallies[gains].atOnce(gains), len(changes))
		w.createSome(ctx, changes[:n])
		for _, i := range changes[:n] {
			w.count(w.outcomes[i])
		}
		changes = changes[n:]
	}
}

// createSome creates the users of changes that no other organization of the
// run creates, and then all memberships. The two are written to the journal
// apart, because a run may be cut off in between.
func (w *organizationRun) createSome(ctx context.Context, changes []int) {
	creations := make([]*userCreation, len(changes))
	var mine []int
	for k, i := range changes {
		var first bool
		if creations[k], first = w.users.claim(w.plan.Changes[i].Email); first {
			mine = append(mine, k)
		}
	}
	w.createUsers(ctx, changes, creations, mine)
	var adds []plan.Change
	var created []int
	for k, i := range changes {
		<-creations[k].done
		o := creations[k].outcome
		switch {
		case o == nil:
		case o.user == "":
			mine := *o
			mine.Change = w.plan.Changes[i]
			w.outcomes[i] = &mine
		default:
			add := w.plan.Changes[i]
			add.Action, add.UserID = plan.Add, o.user
			adds, created = append(adds, add), append(created, i)
		}
	}
	if len(adds) == 0 || !w.goesOn(ctx, gains) {
		return
	}
	w.fileOutcomes(created, w.writeAhead(adds, func() []*Outcome { return w.sendAll(ctx, adds) }))
	for _, i := range created {
		if o := w.outcomes[i]; o != nil {
			o.Change = w.plan.Changes[i] // whose outcome it is in reports
		}
	}
}

// sendAll sends changes at once.
func (w *organizationRun) sendAll(ctx context.Context, changes []plan.Change) []*Outcome {
	outcomes := make([]*Outcome, len(changes))
	w.sendSome(ctx, changes, outcomes)
	return outcomes
}

// creationOf is the part of a change that creates the user. The part about the
// membership is in the journal with the membership.
func creationOf(c *plan.Change) plan.Change {
	user := *c
	user.To, user.Admin, user.Public, user.Private = "", "", "", ""
	return user
}

// createUsers creates users, and then wakes everybody that waits for them,
// with or without success.
func (w *organizationRun) createUsers(ctx context.Context, changes []int, creations []*userCreation, mine []int) {
	defer func() {
		for _, k := range mine {
			close(creations[k].done)
		}
	}()
	if len(mine) == 0 {
		return
	}
	users := make([]plan.Change, len(mine))
	for n, k := range mine {
		users[n] = creationOf(&w.plan.Changes[changes[k]])
	}
	for n, o := range w.writeAhead(users, func() []*Outcome { return w.sendAll(ctx, users) }) {
		creations[mine[n]].outcome = o
	}
}

// mostCreates is how often a user is asked for whose answers are lost.
const mostCreates = 3

// createUser creates the user of a change. It is asked for again only when
// nobody has the address: Clerk takes each address once, and an answer that
// was lost is looked up first.
func (r *Sender) createUser(ctx context.Context, c *plan.Change) Outcome {
	lost := false
	for try := 1; ; try++ {
		u, err := r.Clerk.CreateUser(ctx, clerkapi.NewUser{Email: c.Email, ExternalID: c.ExternalID,
			FirstName: c.FirstName, LastName: c.LastName, SkipPasswordRequired: true, ReserveEmail: c.ReservesAddress})
		if err == nil {
			return Outcome{Change: *c, Result: Done, user: u.ID}
		}
		taken := errors.Is(err, clerkapi.ErrExists)
		failed := failedBy(c, err)
		if !taken && !clerkapi.OutcomeUnknown(err) {
			failed.refuse(err)
			return failed
		}
		lost = lost || !taken
		user, why, findErr := r.createdAs(ctx, c, lost)
		switch {
		case findErr != nil:
			return failed
		case user != "" && lost:
			return Outcome{Change: *c, Result: Done, user: user}
		case user != "":
			return Outcome{Change: *c, Result: Found, Error: fmt.Sprintf("account %s has the address now; the next run adds it", user)}
		case taken:
			return Outcome{Change: *c, Result: Dropped, Error: why}
		case try == mostCreates:
			return failed
		}
	}
}

// hasReservedOnly reports whether a user has the address reserved, no address that
// somebody has verified, and the external_id that was asked for or none.
func (r *Sender) hasReservedOnly(u *clerkapi.User, c *plan.Change) bool {
	if r.Config.Create.Address != policy.AddressReserved {
		return false
	}
	_, mismatch := roster.ReservationMismatch(u, []string{c.Email}, c.ExternalID)
	return mismatch == ""
}

// createdAs finds the user that has the address of somebody to be created,
// verified (S03), and no other external_id. If an answer was lost, the user may have it
// reserved: only a backend can do that, and nobody else has proven anything to that
// user yet. If there is none, why names the user that prevents it.
func (r *Sender) createdAs(ctx context.Context, c *plan.Change, lost bool) (user, why string, err error) {
	deny := policy.NewList(r.Config.Deny)
	users, err := r.Clerk.Users(ctx, clerkapi.UserQuery{Emails: []string{c.Email}})
	if err == nil && c.ExternalID != "" {
		var more []clerkapi.User
		more, err = r.Clerk.Users(ctx, clerkapi.UserQuery{ExternalIDs: []string{c.ExternalID}})
		users = append(users, more...)
	}
	if err != nil {
		return "", "", err
	}
	why = "Clerk says that the address or the external_id is taken, but lists no account that has it"
	for i := range users {
		u := &users[i]
		verified := roster.VerifiedAddresses(u)
		holds := slices.Contains(verified, c.Email) || lost && r.hasReservedOnly(u, c)
		denied := deny.Has(append(verified, u.ID, u.ExternalID)...)
		if holds && (c.ExternalID == "" || u.ExternalID == c.ExternalID) && !u.Banned && !u.Deprovisioned && !denied {
			return u.ID, "", nil
		}
		why = fmt.Sprintf("account %s has this address but has not verified it, and Clerk allows no second account with it (S03)", u.ID)
		switch {
		case u.Banned || u.Deprovisioned:
			why = fmt.Sprintf("account %s has the address or the external_id, and is banned or deprovisioned (S08)", u.ID)
		case denied:
			why = fmt.Sprintf("account %s has the address or the external_id, and is on the deny list (S08)", u.ID)
		case holds:
			why = fmt.Sprintf("account %s has the address, but the external_id %q instead of %q (S02)", u.ID, u.ExternalID, c.ExternalID)
		case c.ExternalID != "" && u.ExternalID == c.ExternalID:
			why = fmt.Sprintf("account %s has the external_id, but another address (S02)", u.ID)
		}
	}
	return "", why, nil
}
