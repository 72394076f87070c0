package leavers

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Ladder plans what happens to the accounts of people who have left.
type Ladder struct {
	Config policy.Config
	Reader *directory.Reader
	Clerk  Clerk
}

// Clerk is the part of the Clerk Backend API that the ladder needs to plan.
type Clerk interface {
	memory.ClerkClock
	// MembershipsOfUser lists the memberships of a user in all organizations, whole
	// or an error.
	MembershipsOfUser(ctx context.Context, user string) ([]clerkapi.Membership, error)
}

// Add adds to the plan what happens to accounts, and does nothing if the configuration
// asks for nothing. Each question is asked only about people for whom the earlier ones left no obstacle,
// and those that cost a request come last.
func (l *Ladder) Add(ctx context.Context, s *diff.Comparison) error {
	if !l.Config.Leavers.On() {
		return nil
	}
	w := &search{Ladder: l, Comparison: s, removals: s.Plan.Removals(), organizations: s.Have.ByID(), hidden: s.Have.Hidden()}
	steps, err := w.closeAccounts(ctx)
	if err != nil {
		return err
	}
	steps = append(steps, w.endSessions(steps)...)
	slices.SortFunc(steps, plan.CompareChanges)
	if len(steps) > 0 {
		s.Plan.Organizations = append(s.Plan.Organizations, plan.Organization{ID: plan.Accounts, Name: "Accounts", Changes: steps})
	}
	return nil
}

// closeAccounts are the steps against people who have left.
func (w *search) closeAccounts(ctx context.Context) ([]plan.Change, error) {
	if len(w.Config.Leavers.Steps()) == 0 {
		return nil, nil
	}
	if w.findCandidates(); len(w.candidates) == 0 {
		return nil, nil
	}
	if err := w.loadAccounts(ctx); err != nil {
		return nil, err
	}
	w.doubt()
	w.dropPresent(w.Read.Directory)
	if err := w.lookAgain(ctx); err != nil {
		return nil, err
	}
	w.leaveClaimed()
	if err := w.readMemberships(ctx); err != nil {
		return nil, err
	}
	return w.steps(), nil
}

// search is one run of the ladder.
type search struct {
	*Ladder
	*diff.Comparison
	candidates []*candidate // by user
	removals   map[string][]*plan.Change
	// organizations are those that were read, by id, and hidden those that may have
	// members that nobody has seen; nil is none (S40).
	organizations map[string]*roster.Organization
	hidden        func(organization string) bool
	// second is what the sources answered when they were asked again; nil if none was.
	second *directory.Directory
}

// isHidden reports whether an organization may have members that nobody has seen.
func (w *search) isHidden(organization string) bool {
	return w.hidden != nil && w.hidden(organization)
}

// byUser indexes the candidates: there may be a million people.
func (w *search) byUser() map[string]*candidate {
	out := make(map[string]*candidate, len(w.candidates))
	for _, c := range w.candidates {
		out[c.user] = c
	}
	return out
}

// candidate is an account that the ladder may be for.
type candidate struct {
	user string
	// ids are those of the person in the markers of the user.
	ids []plan.DirectoryID
	// change names the person, and says why they leave.
	change plan.Change
	// recorded says that an earlier run has written the person down, and earlier is what it
	// wrote.
	recorded bool
	earlier  memory.LeaverFact
	// claimants are the entries that may own the account.
	claimants []plan.DirectoryID
	// seen is when a run last found the person in the directory; zero if no run did.
	seen time.Time
	// reason says why no step is taken, with the text of its sentence; 0 is none. A
	// later run looks again if the obstacle ends by itself.
	reason plan.Reason
	text   string
	again  bool
}

// leave leaves the account alone. The first obstacle is the one that is shown.
func (c *candidate) leave(r plan.Reason, text string, again bool) {
	if c.reason == 0 {
		c.reason, c.text, c.again = r, text, again
	}
}

// claim leaves the account alone as long as somebody who is present may own it. A claim that
// has ended lets the ladder go on, unless it has lasted too long, or is that of an entry
// without an id, which may have another address now.
func (c *candidate) claim(text string, now time.Time, by ...plan.DirectoryID) {
	c.leave(plan.LeaverClaimed, text, !c.earlier.IsClaimedForGood(now))
	if c.reason == plan.LeaverClaimed {
		c.claimants = append(c.claimants, by...)
		c.again = c.again && !slices.ContainsFunc(by, func(id plan.DirectoryID) bool { return strings.Contains(id.ID, "@") })
	}
}

// open lists the candidates without an obstacle.
func (w *search) open() []*candidate {
	return slices.DeleteFunc(slices.Clone(w.candidates), func(c *candidate) bool { return c.reason != 0 })
}

// steps are the changes of all candidates. A step that Clerk shows as taken already is
// left out.
func (w *search) steps() []plan.Change {
	var list []plan.Change
	w.Claimants = map[string][]plan.DirectoryID{}
	for _, c := range w.candidates {
		w.Claimants[c.user] = c.claimants
		u := w.People.Users[c.user]
		for _, action := range w.Config.Leavers.Steps() {
			if action == plan.Ban && u.Banned || action == plan.Lock && (u.Banned || u.Locked) {
				continue
			}
			step := c.change
			step.Action, step.Due = action, c.reason == 0 || c.again
			if c.reason != 0 {
				step.Skip(c.reason, c.text)
			}
			list = append(list, step)
		}
	}
	return list
}

// newStep is a change of an account, without an action.
func newStep(f *memory.LeaverFact, user *clerkapi.User) plan.Change {
	c := plan.Change{Organization: plan.Accounts, UserID: user.ID, Email: f.Email, Name: f.Name, Source: f.Source, ID: f.ID,
		Because: f.Because, Cause: f.Cause, Asks: f.Asks, State: plan.Ready}
	verified := roster.VerifiedAddresses(user)
	if c.Email != "" && len(verified) > 0 && !slices.Contains(verified, c.Email) {
		c.UserEmail = verified[0] // who approves sees who it is (S43)
	}
	return c
}
