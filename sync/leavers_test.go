package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// ladder is acme with six people of rollcall, all of them in the directory, who have
// two sessions and a key each. Every step of the leaver ladder is on.
func ladder(t *testing.T) *chronicle {
	t.Helper()
	f := fake.NewClerk("acme", "beta", "own")
	var people []string
	var members []int
	for i, name := range []string{"ann", "ben", "cy", "dan", "eve", "fay"} {
		user, id := "user_"+name, fmt.Sprint(i+1)
		f.User(user, name+"@corp.example")
		f.Member("acme", user, "org:member", fake.Ours(id))
		f.Sessions[user], f.Keys[user] = []string{"sess_" + name, "sess_phone_" + name}, []string{"ak_" + name}
		people, members = append(people, id+" "+name+"@corp.example"), append(members, i)
	}
	s := tell(t, f, fake.HR(people...).Group("staff", members...))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "sales").AllowEmpty = []string{"sales"}
	s.config.EmailDomains = []string{"corp.example"}
	s.config.Leavers = policy.Leavers{EndSessions: true, RevokeAPIKeys: true, Account: policy.AccountBan}
	d := policy.DefaultGuards()
	s.config.Guards.EndSessions, s.config.Guards.RevokeAPIKeys, s.config.Guards.LockOrBan = d.EndSessions, d.RevokeAPIKeys, d.LockOrBan
	return begin(t, s)
}

// depart takes people out of the directory, by index.
func (c *chronicle) depart(people ...int) {
	c.t.Helper()
	s := &c.source().Snapshot
	for i := range s.Groups {
		s.Groups[i].Members = slices.DeleteFunc(slices.Clone(s.Groups[i].Members), func(m source.Member) bool { return slices.Contains(people, m.Person) })
	}
	for _, i := range people { // the indexes of the others stay
		s.People[i] = source.Person{ID: fmt.Sprint("nobody", i), Disabled: "an empty place"}
	}
}

// closed says what is left of an account.
func (c *chronicle) closed(name string) string {
	user := "user_" + name
	i := slices.IndexFunc(c.clerk.Accounts, func(u clerkapi.User) bool { return u.ID == user })
	u := c.clerk.Accounts[i]
	text := fmt.Sprintf("%d sessions, %d keys", len(c.clerk.Sessions[user]), len(c.clerk.Keys[user]))
	if u.Banned {
		text += ", banned"
	}
	if u.Locked {
		text += ", locked"
	}
	return text
}

const (
	closedAccount = "0 sessions, 0 keys, banned"
	openAccount   = "2 sessions, 1 keys"
)

// due lists the people whom the state remembers for the ladder.
func (c *chronicle) due() (users []string) {
	facts, err := c.db.Facts(c.t.Context(), memory.FactLeaver)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := range facts {
		users = append(users, facts[i].Key)
	}
	return users
}

// Whoever has left is removed, and their account closed, in one run and with the fewest
// requests. Nothing is left to do afterwards, and nobody else is touched.
func TestTheLadderClosesTheAccountOfALeaver(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.depart(1)
	reads := c.clerk.Reads["memberships of a user"]
	p := c.plan()
	want := []string{"ready remove acme user_ben", "ready ban accounts user_ben", "ready end_sessions accounts user_ben", "ready revoke_api_keys accounts user_ben"}
	if got := lines(p); !slices.Equal(got, want) || len(p.Holds) != 0 {
		t.Errorf("planned %q, %+v", got, p.Holds)
	}
	if n := c.clerk.Reads["memberships of a user"] - reads; n != 1 {
		t.Errorf("%d reads of memberships", n)
	}
	c.clerk.Calls = nil
	c.apply()
	if got := strings.Join(c.clerk.Calls, ", "); got != "delete org_acme user_ben, ban accounts user_ben, end key ak_ben" || c.clerk.Reads["sessions"] != 1 || c.clerk.Reads["keys"] != 1 {
		t.Errorf("called %s, reads %v", got, c.clerk.Reads)
	}
	if c.closed("ben") != closedAccount || c.closed("ann") != openAccount {
		t.Errorf("ben: %s, ann: %s", c.closed("ben"), c.closed("ann"))
	}
	if due := c.due(); len(due) != 0 {
		t.Errorf("still due: %v", due)
	}
	reads = c.clerk.Reads["memberships of a user"]
	if p := c.plan(); p.Accounts() != nil || c.clerk.Reads["memberships of a user"] != reads {
		t.Errorf("again: %v", lines(p))
	}
}

// A lock ends no session by itself: the sessions end one by one, after the lock.
func TestALockComesBeforeTheSessionsEnd(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.config.Leavers.Account = policy.AccountLock
	c.depart(1)
	c.clerk.Calls = nil
	c.apply()
	if got := strings.Join(c.clerk.Calls, ", "); got != "delete org_acme user_ben, lock accounts user_ben, end session sess_ben, end session sess_phone_ben, end key ak_ben" {
		t.Errorf("called %s", got)
	}
	if c.closed("ben") != "0 sessions, 0 keys, locked" || c.clerk.Reads["sessions"] != 1 {
		t.Errorf("ben: %s, %d lists", c.closed("ben"), c.clerk.Reads["sessions"])
	}
}

// Each step has its own switch, and without one the plan is as before.
func TestEachStepOfTheLadderHasItsSwitch(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		leavers policy.Leavers
		want    string
	}{
		{policy.Leavers{}, openAccount},
		{policy.Leavers{EndSessions: true}, "0 sessions, 1 keys"},
		{policy.Leavers{RevokeAPIKeys: true}, "2 sessions, 0 keys"},
		{policy.Leavers{Account: policy.AccountLock}, "2 sessions, 1 keys, locked"},
		{policy.Leavers{Account: policy.AccountBan}, "0 sessions, 1 keys, banned"},
	} {
		c := ladder(t)
		c.config.Leavers = x.leavers
		c.depart(1)
		p := c.plan()
		c.apply()
		if got := c.closed("ben"); got != x.want || (p.Accounts() == nil) != !x.leavers.On() {
			t.Errorf("%+v: %s, want %s (%v)", x.leavers, got, x.want, lines(p))
		}
		if !x.leavers.On() && c.clerk.Reads["memberships of a user"] != 0 {
			t.Errorf("%+v: it costs %v", x.leavers, c.clerk.Reads)
		}
	}
}

// ladderCell is one state of the world in which ben is removed from acme, or not.
type ladderCell struct {
	change func(c *chronicle)
	// word is why the steps are left out; "none" is no step, "" is that they are taken.
	word string
	// later says that the next run, in a world that is right again, takes the steps.
	later func(c *chronicle)
}

// otherSource adds a second source, with one person in a group that no rule uses.
func (c *chronicle) otherSource(person string) *fake.Source {
	s := fake.HR(person).Named("crm").Group("leads", 0)
	s.Snapshot.People[0].Origin.Source = "crm"
	c.sources = append(c.sources, s)
	return s
}

// No step is taken against anybody who may still be there, or whose account has
// another use.
func TestNoStepAgainstAnybodyWhoMayBeThere(t *testing.T) {
	t.Parallel()
	gone := func(c *chronicle) { c.depart(1) }
	and := func(changes ...func(c *chronicle)) func(c *chronicle) {
		return func(c *chronicle) {
			for _, change := range changes {
				change(c)
			}
		}
	}
	benLine := func(c *chronicle) *source.Person { return &c.source().Snapshot.People[1] }
	outOfGroup := func(c *chronicle) {
		g := &c.source().Snapshot.Groups[0]
		g.Members = append(slices.Clone(g.Members[:1]), g.Members[2:]...)
	}
	for name, x := range map[string]ladderCell{
		"gone":                          {change: gone},
		"disabled, still in the group":  {change: func(c *chronicle) { benLine(c).Disabled = "the account is disabled" }},
		"disabled, in no group":         {change: and(outOfGroup, func(c *chronicle) { benLine(c).Disabled = "the account is disabled" })},
		"the end date has passed":       {change: func(c *chronicle) { benLine(c).Period = &source.Period{End: c.now.AddDate(0, 0, -3)} }},
		"moved to no group":             {change: outOfGroup, word: "none"},
		"moved to another organization": {change: and(outOfGroup, func(c *chronicle) { c.source().Group("sales", 1) }), word: "none"},
		"S03 somebody's unverified address": {change: and(gone, func(c *chronicle) {
			c.clerk.Accounts[1].Emails = append(c.clerk.Accounts[1].Emails, clerkapi.EmailAddress{Address: "ann@corp.example"})
		})},
		"S04 an address of somebody else": {change: and(gone, func(c *chronicle) { c.source().Snapshot.People[0].OtherEmails = []string{"ben@corp.example"} }), word: "leaver_claimed"},
		"S04 an external_id of somebody else": {change: and(gone, func(c *chronicle) {
			c.clerk.Accounts[1].ExternalID = "e77"
			c.source().Snapshot.People[0].ExternalID = "e77"
		}), word: "leaver_claimed"},
		"S02 hired again under another id": {change: and(gone, func(c *chronicle) {
			c.source().Snapshot.People = append(c.source().Snapshot.People, source.Person{ID: "77", Email: "ben@corp.example"})
		}), word: "leaver_claimed"},
		"another source has the address":      {change: and(gone, func(c *chronicle) { c.otherSource("x9 ben@corp.example") }), word: "leaver_claimed"},
		"another source disabled the address": {change: and(gone, func(c *chronicle) { c.otherSource("x9 ben@corp.example off=left") })},
		"another source disables somebody":    {change: func(c *chronicle) { c.otherSource("x9 ben@corp.example off=left") }, word: "none"},
		"S08 banned already":                  {change: and(gone, func(c *chronicle) { c.clerk.Accounts[1].Banned = true })},
		"S09 another source was not read":     {change: and(gone, func(c *chronicle) { c.otherSource("x9 zoe@x.example").Err = errors.New("no answer") }), word: "leaver_unproven", later: func(c *chronicle) { c.sources = c.sources[:1] }},
		"S10 a member who cannot be read": {change: and(gone, func(c *chronicle) {
			c.source().Snapshot.Groups[0].Unusable = []source.Unusable{{Ref: "cn=inner", Group: true}}
		}), word: "leaver_unproven", later: func(c *chronicle) { c.source().Snapshot.Groups[0].Unusable = nil }},
		"S11 half a file": {change: and(gone, func(c *chronicle) { c.source().Snapshot.NoRemovals = []string{"the last line has no end"} }), word: "leaver_unproven", later: func(c *chronicle) { c.source().Snapshot.NoRemovals = nil }},
		"S11 another file is half": {change: and(gone, func(c *chronicle) {
			c.otherSource("x9 zoe@x.example").Snapshot.NoRemovals = []string{"the last line has no end"}
		}), word: "leaver_unproven", later: func(c *chronicle) { c.sources = c.sources[:1] }},
		"S13 a canary is missing": {change: and(gone, func(c *chronicle) { c.source().Snapshot.MissingCanaries = []string{"person ann"} }), word: "leaver_unproven", later: func(c *chronicle) { c.source().Snapshot.MissingCanaries = nil }},
		"S15 the group is gone":   {change: and(gone, func(c *chronicle) { c.source().Snapshot.Groups = nil }), word: "leaver_waits"},
		"S16 another organization not listed": {change: and(gone, func(c *chronicle) {
			c.clerk.Member("beta", "user_ben", "org:member", fake.Ours("2"))
			c.clerk.Unlisted["org_beta"] = errors.New("does not add up")
		}), word: "leaver_unproven"},
		"S16 an organization without the person":    {change: and(gone, func(c *chronicle) { c.clerk.Unlisted["org_beta"] = errors.New("does not add up") })},
		"S19 protected":                             {change: and(gone, func(c *chronicle) { c.config.Protect = []string{"ben@corp.example"} }), word: "protected"},
		"S25 paused":                                {change: and(gone, func(c *chronicle) { c.pauseAll() }), word: "paused", later: func(c *chronicle) { c.resumeAll() }},
		"S26 a member of an organization of others": {change: and(gone, func(c *chronicle) { c.clerk.Member("own", "user_ben", "org:admin", `{}`) }), word: "leaver_stays"},
		"S26 not ours in another organization":      {change: and(gone, func(c *chronicle) { c.clerk.Member("beta", "user_ben", "org:member", `{}`) }), word: "leaver_stays"},
		"S26 another owner's membership": {change: and(gone, func(c *chronicle) {
			c.clerk.Member("beta", "user_ben", "org:member", strings.Replace(fake.Ours("2"), `"rollcall","source"`, `"other","source"`, 1))
		}), word: "leaver_stays"},
		"S26 without a marker": {change: and(gone, func(c *chronicle) {
			c.config.Removals = policy.RemovalsAll
			c.clerk.Find("org_acme", "user_ben").Private = []byte(`{}`)
		}), word: "none"},
		"S26 removals: none":             {change: and(gone, func(c *chronicle) { c.config.Removals = policy.RemovalsNone }), word: "none"},
		"S28 the clock is wrong":         {change: and(gone, func(c *chronicle) { c.clerk.Clock = time.Hour }), word: "leaver_unproven", later: func(c *chronicle) { c.clerk.Clock = 0 }},
		"S29 in the grace period":        {change: and(gone, func(c *chronicle) { c.config.Grace = 72 * time.Hour }), word: "none"},
		"a grant in force":               {change: and(gone, func(c *chronicle) { c.except(grant(ben, "org:admin"), 24*time.Hour) }), word: "leaver_claimed"},
		"a grant that is over":           {change: and(gone, func(c *chronicle) { c.except(grant(ben, "org:admin"), time.Minute) })},
		"the memberships cannot be read": {change: and(gone, func(c *chronicle) { c.clerk.Faults["memberships_of * user_ben"] = errors.New("no answer") }), word: "leaver_unproven", later: func(c *chronicle) { clear(c.clerk.Faults) }},
		"known by an address only": {change: and(gone, func(c *chronicle) {
			c.clerk.Find("org_acme", "user_ben").Private = []byte(fake.Ours("ben@corp.example"))
		}), word: "leaver_unproven"},
		"S07 no address of the company":             {change: and(gone, func(c *chronicle) { c.config.EmailDomains = []string{"other.example"} }), word: "leaver_unproven"},
		"S09 Clerk's answers contradict each other": {change: and(gone, func(c *chronicle) { c.clerk.Forgets = "user_ben" }), word: "leaver_unproven"},
		"a source that is not configured":           {change: and(gone, func(c *chronicle) { c.clerk.Find("org_acme", "user_ben").Private = []byte(fake.OursFrom("old", "2")) }), word: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			c := ladder(t)
			c.apply()
			x.change(c)
			p := c.plan()
			c.apply()
			steps := 0
			for _, change := range p.Changes() {
				if !change.Action.ClosesAccount() {
					continue
				}
				steps++
				if why := change.Reasons.First().String(); why != x.word || change.UserID != "user_ben" {
					t.Errorf("%s of %s: %s (%s), want %s", change.Action, change.UserID, why, change.Why, x.word)
				}
			}
			if (steps == 0) != (x.word == "none") {
				t.Errorf("%d steps: %v", steps, lines(p))
			}
			want := openAccount
			switch {
			case x.word == "":
				want = closedAccount
			case name == "S08 banned already":
				want = closedAccount
			}
			if got := c.closed("ben"); got != want {
				t.Errorf("%s, want %s; %v", got, want, lines(p))
			}
			if x.later != nil {
				x.later(c)
				c.apply()
				if got := c.closed("ben"); got != closedAccount {
					t.Errorf("after all: %s (%v), due %v", got, lines(c.plan()), c.due())
				}
			}
			for _, name := range []string{"ann", "cy", "dan", "eve", "fay"} {
				if got := c.closed(name); got != openAccount {
					t.Errorf("%s: %s", name, got)
				}
			}
		})
	}
}

func (c *chronicle) pauseAll() {
	if err := c.db.Pause(c.t.Context(), journal.Pause{Reason: "a test", By: "ops"}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chronicle) resumeAll() {
	if err := c.db.Resume(c.t.Context(), ""); err != nil {
		c.t.Fatal(err)
	}
}

// The calls of a run that closes ben's account, as the fake names them.
var ladderCalls = []string{"memberships_of * user_ben", "delete org_acme user_ben", "ban accounts user_ben", "lock accounts user_ben", "sessions * user_ben",
	"end session sess_ben", "end session sess_phone_ben", "keys * user_ben", "end key ak_ben"}

// Whatever request is refused, or loses its answer before or after its effect: nothing
// wrong happens to anybody, and once Clerk answers again the next run does the rest.
func TestTheLadderAfterEveryFault(t *testing.T) {
	t.Parallel()
	for way, account := range []policy.AccountStep{policy.AccountBan, policy.AccountLock} {
		for i, call := range ladderCalls {
			if suite.Short(t) && i%2 != way {
				continue // the ban and the lock with their own step, the others with one of the two
			}
			for name, x := range map[string]struct {
				fault error
				lost  bool
			}{
				"refused":       {&clerkapi.Error{Status: 403, Code: "not_allowed_access", Attempts: 1}, false},
				"server error":  {&clerkapi.Error{Status: 500, Attempts: 3}, false},
				"not found":     {&clerkapi.Error{Status: 404, Code: "resource_not_found", Attempts: 1}, false},
				"answer lost":   {&clerkapi.Error{Attempts: 3}, true},
				"nothing heard": {errors.New("connection reset"), false},
			} {
				c := ladder(t)
				c.config.Leavers.Account = account
				c.depart(1)
				c.clerk.Faults[call], c.clerk.Lost = x.fault, map[string]bool{call: x.lost}
				c.apply()
				clear(c.clerk.Faults)
				c.apply()
				want := closedAccount
				if account == policy.AccountLock {
					want = "0 sessions, 0 keys, locked"
				}
				if got := c.closed("ben"); got != want || c.clerk.Find("org_acme", "user_ben") != nil || len(c.due()) != 0 {
					t.Errorf("%s, %s, %s: %s, due %v, %v", account, call, name, got, c.due(), lines(c.plan()))
				}
				c.othersAreOpen()
			}
		}
	}
}

// othersAreOpen checks that nobody but ben lost anything.
func (c *chronicle) othersAreOpen() {
	c.t.Helper()
	for _, name := range []string{"ann", "cy", "dan", "eve", "fay"} {
		if got := c.closed(name); got != openAccount || c.clerk.Find("org_acme", "user_"+name) == nil {
			c.t.Errorf("%s: %s", name, got)
		}
	}
}

// doomed is a journal whose run is killed at one of its writes.
type doomed struct {
	Journal
	at func() error
}

func (j doomed) Intend(ctx context.Context, run int64, changes []journal.Change) ([]int64, error) {
	if err := j.at(); err != nil {
		return nil, err
	}
	return j.Journal.Intend(ctx, run, changes)
}

func (j doomed) Record(ctx context.Context, outcomes []journal.Outcome) error {
	if err := j.at(); err != nil {
		return err
	}
	return j.Journal.Record(ctx, outcomes)
}

func (j doomed) Remember(ctx context.Context, run int64, set, forget []journal.Fact) error {
	if err := j.at(); err != nil {
		return err
	}
	return j.Journal.Remember(ctx, run, set, forget)
}

// Killed at any write of the journal, and after any call: the next run finishes what was
// begun, and undo gives back what can come back.
func TestS32TheLadderIsKilledAtEachPoint(t *testing.T) {
	t.Parallel()
	for point := 1; ; point++ {
		c := ladder(t)
		c.config.Leavers.Account = policy.AccountLock
		c.apply()
		c.depart(1)
		left := point
		ctx, cancel := context.WithCancel(t.Context())
		dead := func() bool { return left <= 0 }
		tick := func() error {
			if left--; dead() {
				cancel()
				return errKilled
			}
			return nil
		}
		c.wrapJournal = func(j Journal) Journal { return doomed{j, tick} }
		c.clerk.After = func(string) { _ = tick() }
		c.clerk.During = func(call string) {
			if dead() {
				c.clerk.Faults[call] = errKilled
			}
		}
		_, _ = c.once(ctx, Run{Apply: true})
		cancel()
		c.wrapJournal, c.clerk.After, c.clerk.During = nil, nil, nil
		clear(c.clerk.Faults)
		killed := dead()
		c.apply()
		if got := c.closed("ben"); got != "0 sessions, 0 keys, locked" || c.clerk.Find("org_acme", "user_ben") != nil || len(c.due()) != 0 {
			t.Errorf("killed at point %d: %s, due %v", point, got, c.due())
		}
		c.othersAreOpen()
		if !killed {
			if point < 12 {
				t.Errorf("only %d points", point)
			}
			return
		}
	}
}

// Undo gives back the membership and the account, in this order: the account first. It
// says what cannot come back. The next run takes nothing again.
func TestS25UndoOpensTheAccountAgain(t *testing.T) {
	t.Parallel()
	for _, account := range []policy.AccountStep{policy.AccountBan, policy.AccountLock} {
		c := ladder(t)
		c.config.Leavers.Account = account
		c.apply()
		before := c.clerk.State()
		people := slices.Clone(c.source().Snapshot.People)
		groups := slices.Clone(c.source().Snapshot.Groups)
		c.depart(1)
		c.apply()
		gone := c.next(Run{Apply: true, Undo: []int64{2}})
		if got := c.closed("ben"); got == "0 sessions, 0 keys" || len(lines(gone.Plan)) != 0 {
			t.Errorf("%s: undo opens the account of somebody who is gone: %s, %v", account, got, lines(gone.Plan))
		}
		c.source().Snapshot.People, c.source().Snapshot.Groups = people, groups
		c.clerk.Calls = nil
		back := c.next(Run{Apply: true, Undo: []int64{2}})
		verb := map[policy.AccountStep]string{policy.AccountBan: "unban", policy.AccountLock: "unlock"}[account]
		if got := strings.Join(c.clerk.Calls, ", "); got != verb+" accounts user_ben, create org_acme user_ben" && got != verb+" accounts user_ben, add org_acme user_ben" {
			t.Errorf("%s: called %s", account, got)
		}
		if got := c.closed("ben"); got != "0 sessions, 0 keys" || c.clerk.State() != before {
			t.Errorf("%s: %s\n%s\nwant\n%s", account, got, c.clerk.State(), before)
		}
		var notes []string
		for _, o := range back.Plan.Organizations {
			for _, n := range o.Notes {
				notes = append(notes, n.Text)
			}
		}
		text := strings.Join(notes, "\n")
		if !strings.Contains(text, "sessions that have ended cannot come back") || !strings.Contains(text, "API keys that were revoked cannot come back") {
			t.Errorf("%s: notes %s", account, text)
		}
		if p := c.plan(); p.Accounts() != nil || len(c.due()) != 0 {
			t.Errorf("%s: again %v", account, lines(p))
		}
	}
}

// More people than the limit wait for approval, all of a kind, and the removals go on.
// The approval of one kind approves no other one.
func TestS17TheLadderHasALimitForEachStep(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	c.config.Guards.LockOrBan = policy.Limit{People: 1}
	c.depart(1, 2)
	p := c.plan()
	h := c.held(p, "lock_or_ban")
	if h.Changes != 2 || h.Approval == "" || h.Text != "2 people would be locked or banned, of 6 people that rollcall manages; more than 1 wait" {
		t.Errorf("%+v", h)
	}
	c.apply()
	if got := c.closed("ben"); got != "0 sessions, 0 keys" || c.clerk.Find("org_acme", "user_ben") != nil || len(c.due()) != 2 {
		t.Errorf("%s, due %v", got, c.due())
	}
	r := c.apply(c.held(c.plan(), "lock_or_ban").Approval)
	if got := c.closed("ben"); got != closedAccount || c.closed("cy") != closedAccount || len(c.due()) != 0 {
		t.Errorf("%s, %s, due %v, %+v", got, c.closed("cy"), c.due(), r.Plan.Holds)
	}
}

// Half of all people wait, whatever the number of the limit.
func TestS17HalfOfAllPeopleWait(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	c.depart(1, 2, 3)
	p := c.plan()
	if len(p.Holds) != 3 || p.Count(plan.Held) != 9 {
		t.Errorf("%+v", p.Holds)
	}
	c.apply()
	if got := c.closed("ben"); got != openAccount {
		t.Error(got)
	}
}

// A step waits with the removal that it depends on, and what approves the removal
// approves no step (S23).
func TestS23AStepWaitsForTheRemoval(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	c.config.Guards.Removals = policy.Limit{People: 0}
	c.depart(1)
	p := c.plan()
	want := []string{"held remove acme user_ben", "held ban accounts user_ben", "held end_sessions accounts user_ben", "held revoke_api_keys accounts user_ben"}
	if got := lines(p); !slices.Equal(got, want) {
		t.Errorf("%v, %+v", got, p.Accounts().Changes)
	}
	c.holds(p, "S17 removals org_acme", "S17 end_sessions", "S17 revoke_api_keys", "S17 lock_or_ban")
	if text := p.Holds[3].Text; text != "1 person would be locked or banned; the removal needs an approval, and so does this" {
		t.Error(text)
	}
	removal, ban := p.Holds[0].Approval, p.Holds[3].Approval
	c.apply()
	if got := c.closed("ben"); got != openAccount {
		t.Error(got)
	}
	c.apply(ban) // without the removal, it does nothing
	if got := c.closed("ben"); got != openAccount {
		t.Error(got)
	}
	c.apply(removal)
	if got := c.closed("ben"); got != openAccount || c.clerk.Find("org_acme", "user_ben") != nil {
		t.Error(got)
	}
	for range 2 { // the removal is history, and the steps ask still
		c.holds(c.apply().Plan, "S17 end_sessions", "S17 revoke_api_keys", "S17 lock_or_ban")
	}
	p = c.plan()
	c.apply(p.Holds[0].Approval, p.Holds[1].Approval, p.Holds[2].Approval)
	if got := c.closed("ben"); got != closedAccount || len(c.due()) != 0 {
		t.Errorf("%s, due %v", got, c.due())
	}
	// A removal that Clerk refuses leaves the account alone, and the next run does both.
	c.config.Guards.Removals = policy.Limit{People: 1 << 30}
	c.depart(2)
	c.clerk.Faults["delete org_acme user_cy"] = &clerkapi.Error{Status: 500, Attempts: 3}
	c.apply()
	if got := c.closed("cy"); got != openAccount {
		t.Error(got)
	}
	clear(c.clerk.Faults)
	c.apply()
	if got := c.closed("cy"); got != closedAccount {
		t.Error(got)
	}
}

// Somebody who is back before the ladder has finished is left alone for good.
func TestWhoIsBackIsNoLeaver(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	people, groups := slices.Clone(c.source().Snapshot.People), slices.Clone(c.source().Snapshot.Groups)
	c.clerk.Faults["ban accounts user_ben"] = &clerkapi.Error{Status: 500, Attempts: 3}
	c.depart(1)
	c.apply()
	if due := c.due(); !slices.Equal(due, []string{"user_ben"}) {
		t.Fatalf("due %v", due)
	}
	clear(c.clerk.Faults)
	c.source().Snapshot.People, c.source().Snapshot.Groups = people, groups
	if p := c.apply().Plan; p.Accounts() != nil || len(c.due()) != 0 || c.closed("ben") != "0 sessions, 0 keys" {
		t.Errorf("%v, due %v, %s", lines(p), c.due(), c.closed("ben"))
	}
}

// Part of a run does the removal, and the next whole run closes the account.
func TestAPartOfARunLeavesTheLadderToTheNext(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	c.depart(1)
	c.next(Run{Apply: true, Organization: "acme"})
	if got := c.closed("ben"); got != openAccount || c.clerk.Find("org_acme", "user_ben") != nil {
		t.Error(got)
	}
	c.apply()
	if got := c.closed("ben"); got != closedAccount {
		t.Error(got)
	}
}

// Mallory may write her own address. She names the account of a customer, and leaves: the
// customer loses the membership that came by it, and nothing else. The account of a
// colleague who is in no source would have an address of the company; whoever can name one
// can be seen in the plan, beside the address that the account has verified (S03, S43).
func TestS03NobodyElsesAccountByAnAddressOfOnesOwn(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.clerk.User("user_customer", "bob@customer.example")
	c.clerk.Sessions["user_customer"], c.clerk.Keys["user_customer"] = []string{"sess_bob", "sess_phone_bob"}, []string{"ak_bob"}
	s := &c.source().Snapshot
	s.People = append(s.People, source.Person{ID: "7", Email: "bob@customer.example"})
	s.Groups[0].Members = append(slices.Clone(s.Groups[0].Members), source.Member{Person: 6})
	c.apply()
	if c.clerk.Find("org_acme", "user_customer") == nil {
		t.Fatal("the address leads nowhere")
	}
	c.depart(6)
	p := c.apply().Plan
	if got := c.closed("customer"); got != openAccount || c.clerk.Find("org_acme", "user_customer") != nil {
		t.Errorf("%s, %v", got, lines(p))
	}
	if why := p.Accounts().Changes[0].Why; why != "the account has verified no address in the domains of email_domains (S07)" {
		t.Error(why)
	}
}

// Somebody who writes the address of a colleague takes nothing from that colleague, while
// both are there and when either of them leaves.
func TestS06TheAddressOfAColleagueInOnesOwnEntry(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	c.source().Snapshot.People[0].Email = "ben@corp.example" // of ann
	c.apply()
	c.apply()
	if c.closed("ben") != openAccount || c.closed("ann") != openAccount {
		t.Errorf("ben: %s, ann: %s", c.closed("ben"), c.closed("ann"))
	}
	c.depart(0) // ann leaves: it is her account that is closed
	c.apply()
	if c.closed("ben") != openAccount || c.closed("ann") != closedAccount {
		t.Errorf("ben: %s, ann: %s", c.closed("ben"), c.closed("ann"))
	}
}

// A directory says nothing of people in no group of a rule, so it is asked again. The
// second answer has to come, and from the same server (S09, S12).
func TestS12TheSecondAnswerComesFromTheSameServer(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		second func(s *fake.Source)
		want   string
	}{
		"the same":       {func(*fake.Source) {}, closedAccount},
		"no answer":      {func(s *fake.Source) { s.Err = errors.New("no answer") }, openAccount},
		"another server": {func(s *fake.Source) { s.Snapshot.Server = "ldap2" }, openAccount},
		"there after all": {func(s *fake.Source) {
			s.Snapshot.People = append(s.Snapshot.People, source.Person{ID: "2", Email: "ben@corp.example"})
		}, openAccount},
		"the address, under another id": {func(s *fake.Source) {
			s.Snapshot.People = append(s.Snapshot.People, source.Person{ID: "x2", OtherEmails: []string{"ben@corp.example"}})
		}, openAccount},
		"there, and disabled": {func(s *fake.Source) {
			s.Snapshot.People = append(s.Snapshot.People, source.Person{ID: "2", Email: "ben@corp.example", Disabled: "locked out"})
		}, closedAccount},
	} {
		c := ladder(t)
		c.apply()
		c.depart(1)
		s := c.source()
		s.Snapshot.Server = "ldap1"
		reads := 0
		s.Before = func() {
			if reads++; reads == 2 {
				x.second(s)
			}
		}
		p := c.apply().Plan
		s.Before = nil
		if got := c.closed("ben"); got != x.want || reads != 2 {
			t.Errorf("%s: %s after %d reads; %v", name, got, reads, lines(p))
		}
		c.othersKeepTheirs()
	}
}

// othersKeepTheirs checks that nobody but ben lost a session or a key.
func (c *chronicle) othersKeepTheirs() {
	c.t.Helper()
	for _, name := range []string{"ann", "cy", "dan", "eve", "fay"} {
		if got := c.closed(name); got != openAccount {
			c.t.Errorf("%s: %s", name, got)
		}
	}
}

// An instance without the feature is asked once. What it cannot do is a failure, and the
// other steps are taken; an instance without API keys has none to revoke (S39).
func TestS39AnInstanceWithoutTheFeatureIsAskedOnce(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	c.depart(1, 2)
	c.clerk.Faults["ban accounts *"] = &clerkapi.Error{Status: 402, Code: "unsupported_subscription_plan_features", Attempts: 1}
	c.clerk.Faults["keys * *"] = &clerkapi.Error{Status: 422, Code: "api_keys_not_enabled", Attempts: 1}
	c.clerk.Calls, c.clerk.Reads = nil, map[string]int{}
	r := c.apply()
	bans := 0
	for _, call := range c.clerk.Calls {
		if strings.HasPrefix(call, "ban ") {
			bans++
		}
	}
	if bans != 1 || c.clerk.Reads["keys"] != 1 || r.Tally("failed") != 1 || r.Tally("dropped") != 1 || r.Tally("found") != 2 {
		t.Errorf("%d bans, %d lists of keys, %+v", bans, c.clerk.Reads["keys"], r.Outcomes)
	}
	if c.closed("ben") != "0 sessions, 1 keys" || c.closed("cy") != "0 sessions, 1 keys" || len(c.due()) != 2 {
		t.Errorf("%s, %s, due %v", c.closed("ben"), c.closed("cy"), c.due())
	}
	clear(c.clerk.Faults)
	c.apply()
	if c.closed("ben") != closedAccount || c.closed("cy") != closedAccount {
		t.Errorf("%s, %s", c.closed("ben"), c.closed("cy"))
	}
}

// After the removal, a member who cannot be read may be the person who is back (S10).
func TestS10WhoCannotBeReadMayBeBack(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{"uid=ben": "0 sessions, 0 keys", "uid=cy": closedAccount, "uid=stranger": "0 sessions, 0 keys"} {
		c := ladder(t)
		for i, dn := range []string{"uid=ann", "uid=ben", "uid=cy", "uid=dan", "uid=eve", "uid=fay"} {
			c.source().Snapshot.People[i].Origin.DN = dn
		}
		c.apply()
		c.clerk.Faults["ban accounts user_ben"] = &clerkapi.Error{Status: 500, Attempts: 3}
		c.depart(1)
		c.apply()
		clear(c.clerk.Faults)
		c.source().Snapshot.Groups[0].Unusable = []source.Unusable{{Ref: ref, Why: "an access rule hides it"}}
		p := c.apply().Plan
		if got := c.closed("ben"); got != want {
			t.Errorf("%s: %s, %v", ref, got, lines(p))
		}
		c.source().Snapshot.Groups[0].Unusable = nil
		c.apply()
		if got := c.closed("ben"); got != closedAccount {
			t.Errorf("%s, and readable again: %s", ref, got)
		}
	}
}

// benAlone is ben, for what forgets him.
type benAlone struct{}

func (benAlone) IsSubject(s string) bool       { return s == "user_ben" || s == "ben@corp.example" }
func (benAlone) IsID(id plan.DirectoryID) bool { return id == plan.DirectoryID{Source: "hr", ID: "2"} }

// Forgetting somebody forgets that their account is still to be closed, and nobody
// else's. A source that was renamed is still theirs.
func TestForgettingLeavesNoLeaver(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.apply()
	c.depart(1, 2)
	c.clerk.Faults["ban accounts *"] = &clerkapi.Error{Status: 500, Attempts: 3}
	c.apply()
	facts, err := c.db.Facts(t.Context(), memory.FactLeaver)
	if err != nil || len(facts) != 2 {
		t.Fatal(facts, err)
	}
	set, drop := memory.Without(facts, benAlone{})
	if len(set) != 0 || len(drop) != 1 || drop[0].Key != "user_ben" {
		t.Errorf("set %v, drop %v", set, drop)
	}
	f := memory.LeaverOf(&plan.Change{Source: "hr", ID: "2"})
	if id := f.DirectoryID(policy.Config{Renamed: map[string]string{"hr": "people"}}); id != (plan.DirectoryID{Source: "people", ID: "2"}) {
		t.Error(id)
	}
	c.config.Leavers = policy.Leavers{} // off: what was due is forgotten
	c.apply()
	if due := c.due(); len(due) != 0 {
		t.Errorf("due %v", due)
	}
}

// moves moves ben from acme to beta. He has a session in each, and one in none.
func moves(t *testing.T) *chronicle {
	c := ladder(t)
	c.config.Leavers = policy.Leavers{RemovalsEndSessions: true}
	c.config.EmailDomains = nil
	c.apply()
	c.clerk.Sessions["user_ben"] = []string{"s1@org_acme", "s2@org_beta", "s3", "s4@org_acme"}
	s := &c.source().Snapshot
	s.Groups[0].Members = append(slices.Clone(s.Groups[0].Members[:1]), s.Groups[0].Members[2:]...)
	c.source().Group("sales", 1)
	return c
}

// By option, a removal ends the sessions in that organization, and no other. It waits
// with the removal, and no limit but that of removals counts it.
func TestARemovalEndsTheSessionsThere(t *testing.T) {
	t.Parallel()
	c := moves(t)
	c.config.Guards.EndSessions = policy.Limit{}
	want := []string{"ready remove acme user_ben", "ready add beta user_ben member", "ready end_sessions accounts user_ben acme"}
	p := c.plan()
	if got := lines(p); !slices.Equal(got, want) || len(p.Holds) != 0 || p.Accounts().Changes[0].From != "org_acme" {
		t.Errorf("%v, %+v", got, p.Holds)
	}
	c.config.Guards.Removals = policy.Limit{People: 0}
	h := c.held(c.plan(), "removals")
	c.apply()
	if n := len(c.clerk.Sessions["user_ben"]); n != 4 {
		t.Errorf("%d sessions", n)
	}
	c.clerk.Reads = map[string]int{}
	c.apply(h.Approval)
	if got := c.clerk.Sessions["user_ben"]; !slices.Equal(got, []string{"s2@org_beta", "s3"}) || c.clerk.Reads["sessions"] != 1 || c.clerk.Reads["memberships of a user"] != 0 || len(c.due()) != 0 {
		t.Errorf("%v, reads %v, due %v", got, c.clerk.Reads, c.due())
	}
	if p := c.plan(); p.Accounts() != nil {
		t.Errorf("again: %v", lines(p))
	}
	c.othersKeepTheirs()
}

// What a fault left of it is done by the next run, unless the user is a member again.
func TestARemovalEndsTheSessionsAfterAFault(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"delete org_acme user_ben", "sessions * user_ben", "end session s1@org_acme", "end session s4@org_acme"} {
		for _, lost := range []bool{false, true} {
			c := moves(t)
			c.clerk.Faults[call], c.clerk.Lost = &clerkapi.Error{Status: 500, Attempts: 3}, map[string]bool{call: lost}
			c.apply()
			clear(c.clerk.Faults)
			c.apply()
			if got := c.clerk.Sessions["user_ben"]; !slices.Equal(got, []string{"s2@org_beta", "s3"}) || len(c.due()) != 0 {
				t.Errorf("%s, lost %t: %v, due %v", call, lost, got, c.due())
			}
		}
	}
	c := moves(t)
	c.clerk.Faults["sessions * user_ben"] = &clerkapi.Error{Status: 500, Attempts: 3}
	c.apply()
	clear(c.clerk.Faults)
	if due := c.due(); !slices.Equal(due, []string{"user_ben org_acme"}) {
		t.Fatalf("due %v", due)
	}
	c.clerk.Member("acme", "user_ben", "org:member", `{}`)
	c.apply()
	if n := len(c.clerk.Sessions["user_ben"]); n != 4 || len(c.due()) != 0 {
		t.Errorf("%d sessions of a member, due %v", n, c.due())
	}
}

// Whoever is signed out everywhere needs no step for one organization; whoever has left
// and has another use for the account does.
func TestTheLadderAndTheSessionsOfARemoval(t *testing.T) {
	t.Parallel()
	c := ladder(t)
	c.config.Leavers.RemovalsEndSessions = true
	c.apply()
	c.depart(1, 2)
	c.clerk.Member("own", "user_cy", "org:admin", `{}`)
	c.clerk.Sessions["user_cy"] = []string{"s1@org_acme", "s2@org_own"}
	c.apply()
	if got := c.clerk.Sessions["user_cy"]; !slices.Equal(got, []string{"s2@org_own"}) || c.closed("ben") != closedAccount || len(c.due()) != 0 {
		t.Errorf("%v, %s, due %v", got, c.closed("ben"), c.due())
	}
}
