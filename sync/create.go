package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"

	"rollcall/clerkapi"
)

// Users are created where missing_users: create says so: POST /users, which
// takes the address as verified and sends no mail, then the membership. Several
// organizations may want the same newcomer, and an answer may be lost: nobody
// gets two users. They stay when the run is undone.

// creator makes each user once, whichever organization comes first.
type creator struct {
	mu    stdsync.Mutex
	users map[string]*creation // by address
}

// creation is a user in the making.
type creation struct {
	// done is closed when all is known that the run will know.
	done chan struct{}
	// outcome is nil when nothing was sent; it is read when done is closed.
	outcome *Outcome
}

func newCreator() *creator { return &creator{users: map[string]*creation{}} }

// claim is the creation of an address; mine says that the caller has to make it.
func (k *creator) claim(email string) (c *creation, mine bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c = k.users[email]; c != nil {
		return c, false
	}
	c = &creation{done: make(chan struct{})}
	k.users[email] = c
	return c, true
}

// create makes the users of a batch that nobody else of the run makes, and
// then the memberships of all of them. The two are written down apart: a run
// that is cut off in between has created a user, and added nobody.
func (w *organizationWork) create(ctx context.Context, changes []int) {
	creations := make([]*creation, len(changes))
	var mine []int
	for k, i := range changes {
		var first bool
		if creations[k], first = w.users.claim(w.plan.Changes[i].Email); first {
			mine = append(mine, k)
		}
	}
	w.createUsers(ctx, changes, creations, mine)
	var adds []Change
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
			add.Action, add.UserID = Add, o.user
			adds, created = append(adds, add), append(created, i)
		}
	}
	if len(adds) == 0 || w.stopped != "" {
		return
	}
	w.settle(created, w.written(adds, func() []*Outcome { return w.sendAll(ctx, adds) }))
	for _, i := range created {
		if o := w.outcomes[i]; o != nil {
			o.Change = w.plan.Changes[i] // whose outcome it is in reports
		}
	}
}

// creation is the part of a change that makes the user: what belongs to the
// membership is written down with that.
func (c *Change) creation() Change {
	user := *c
	user.To, user.Admin, user.Public, user.Private = "", "", "", ""
	return user
}

// createUsers makes users; whoever waits for them is told, however it ends.
func (w *organizationWork) createUsers(ctx context.Context, changes []int, creations []*creation, mine []int) {
	defer func() {
		for _, k := range mine {
			close(creations[k].done)
		}
	}()
	if len(mine) == 0 {
		return
	}
	users := make([]Change, len(mine))
	for n, k := range mine {
		users[n] = w.plan.Changes[changes[k]].creation()
	}
	for n, o := range w.written(users, func() []*Outcome { return w.sendAll(ctx, users) }) {
		creations[mine[n]].outcome = o
	}
}

// mostCreates is how often a user is asked for whose answers are lost.
const mostCreates = 3

// createUser creates the user of a change. It is asked for again only when
// nobody has the address: Clerk takes each address once, and an answer that
// was lost is looked up first.
func (r *Reconciler) createUser(ctx context.Context, c *Change) Outcome {
	lost := false
	for try := 1; ; try++ {
		u, err := r.clerk.CreateUser(ctx, clerkapi.NewUser{Email: c.Email, ExternalID: c.ExternalID,
			FirstName: c.FirstName, LastName: c.LastName, SkipPasswordRequired: true})
		if err == nil {
			return Outcome{Change: *c, Result: Done, user: u.ID}
		}
		taken := errors.Is(err, clerkapi.ErrExists)
		failed := Outcome{Change: *c, Result: Failed, Error: err.Error(), fatal: clerkapi.StopsRun(err), outage: clerkapi.Outage(err)}
		if !taken && !clerkapi.OutcomeUnknown(err) {
			return failed
		}
		lost = lost || !taken
		user, why, findErr := r.createdAs(ctx, c)
		switch {
		case findErr != nil:
			return failed
		case user != "" && lost:
			return Outcome{Change: *c, Result: Done, user: user}
		case user != "":
			return Outcome{Change: *c, Result: Found, Error: fmt.Sprintf("user %s has got the address meanwhile; the next run adds them", user)}
		case taken:
			return Outcome{Change: *c, Result: Dropped, Error: why}
		case try == mostCreates:
			return failed
		}
	}
}

// createdAs finds the user who has the address of somebody to be created,
// verified (S03), and no other external_id; why says who stands in the way.
func (r *Reconciler) createdAs(ctx context.Context, c *Change) (user, why string, err error) {
	users, err := r.clerk.Users(ctx, clerkapi.UserQuery{Emails: []string{c.Email}})
	if err == nil && c.ExternalID != "" {
		var more []clerkapi.User
		more, err = r.clerk.Users(ctx, clerkapi.UserQuery{ExternalIDs: []string{c.ExternalID}})
		users = append(users, more...)
	}
	if err != nil {
		return "", "", err
	}
	why = "Clerk says that the address or the external_id is taken, and shows no user who has it"
	for i := range users {
		u := &users[i]
		holds := slices.Contains(verified(u), c.Email)
		denied := newList(r.config.Deny).has(append(verified(u), u.ID, u.ExternalID)...)
		if holds && (c.ExternalID == "" || u.ExternalID == c.ExternalID) && !u.Banned && !u.Deprovisioned && !denied {
			return u.ID, "", nil
		}
		why = fmt.Sprintf("user %s has the address without proof, which nobody else can take (S03)", u.ID)
		switch {
		case u.Banned || u.Deprovisioned:
			why = fmt.Sprintf("user %s, who is banned or deprovisioned, has the address or the external_id (S08)", u.ID)
		case denied:
			why = fmt.Sprintf("user %s, who is on the deny list, has the address or the external_id (S08)", u.ID)
		case holds:
			why = fmt.Sprintf("user %s has the address, and the external_id %q instead of %q (S02)", u.ID, u.ExternalID, c.ExternalID)
		case c.ExternalID != "" && u.ExternalID == c.ExternalID:
			why = fmt.Sprintf("user %s has the external_id, and another address (S02)", u.ID)
		}
	}
	return "", why, nil
}
