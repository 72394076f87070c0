package undo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Readmission decides about people that an undo would add or promote again.
// Today's read must show them enabled (S25), and inside their dates (S28). A
// read that cannot be trusted readmits nobody: an older replica would show
// people that have left.
type Readmission struct {
	config policy.Config
	rules  *policy.Ruleset
	now    func() time.Time
	read   *directory.Reading
	people *identity.Resolver
	memory *memory.Memory
	// named are the people that the changes name by id, byEmail all by address.
	named   map[plan.DirectoryID]*directory.Person
	byEmail map[string]*directory.Person
	// assigned are what the rules make of today's read, when they have been asked.
	assigned *assign.Assignments
}

// NewReadmission takes today's read, the people joined to users, and the
// memory of earlier runs.
func NewReadmission(config policy.Config, rules *policy.Ruleset, now func() time.Time, read *directory.Reading, people *identity.Resolver, m *memory.Memory) *Readmission {
	return &Readmission{config, rules, now, read, people, m, map[plan.DirectoryID]*directory.Person{}, nil, nil}
}

// Judge drops the changes of people that are gone, and holds those of people
// whose source cannot tell. The reversals say what was dropped.
func (w *Readmission) Judge(proposals []*diff.Proposal, done []*Reversal) {
	reversals := map[string]*Reversal{}
	for _, v := range done {
		reversals[v.key()] = v
	}
	for _, d := range proposals {
		for i := range d.Changes {
			if c := &d.Changes[i]; c.Grants() && c.ID != "" {
				w.named[w.config.PresentID(plan.DirectoryID{Source: c.Source, ID: c.ID})] = nil
			}
		}
	}
	w.read.Directory.FindPeople(w.named)
	if w.assigned == nil {
		w.byEmail = w.enabled()
		w.assigned = assign.FromRules(w.rules, w.read.Directory, w.config, w.memory)
		w.assigned.Exceptions().FileDenies()
	}
	for _, d := range proposals {
		untimely := w.assigned.NotToday(d.Organization.ID, d.Organization.Slug)
		kept := d.Changes[:0]
		for _, c := range d.Changes {
			left, why := plan.LeftReason(""), ""
			if c.Grants() {
				left, why = w.refuse(&c, d, untimely)
				if e := w.assigned.Exceptions().DeniedIn(c.Organization, c.UserID, w.config.PresentID(plan.DirectoryID{Source: c.Source, ID: c.ID})); e != nil {
					left, why = plan.LeftDenied, fmt.Sprintf("%s (exception %d)", e.Text(), e.ID)
				}
			}
			if left == "" {
				kept = append(kept, c)
				continue
			}
			reversals[keyOfUndo(&c)].leave(left, why)
			d.Findings.Note("S25", c.Email, fmt.Sprintf("%s: %s, so %s", c.Email, why, notDone(&c)))
		}
		d.Changes = kept
	}
}

// notDone says what an undo leaves as it is.
func notDone(c *plan.Change) string {
	switch c.Action {
	case plan.Unban:
		return "the account stays banned"
	case plan.Unlock:
		return "the account stays locked"
	default:
		return "not added back"
	}
}

// refuse says why a person is not added or promoted again, as a value and in words;
// both are empty when they are, or when that must wait.
func (w *Readmission) refuse(c *plan.Change, d *diff.Proposal, untimely map[*directory.Person]string) (left plan.LeftReason, why string) {
	p := w.named[w.config.PresentID(plan.DirectoryID{Source: c.Source, ID: c.ID})]
	if c.ID == "" {
		p = w.byAddress(c)
	}
	if b, wait := w.untrusted(c, p); wait {
		if !slices.Contains(d.Blocks, b) {
			d.Blocks = append(d.Blocks, b)
		}
		return "", ""
	}
	switch {
	case p == nil:
		return plan.LeftGone, "no longer in the directory"
	case p.Disabled != "":
		return plan.LeftDisabled, fmt.Sprintf("%s: %s", p.Origin, p.Disabled)
	case untimely[p] != "":
		return plan.LeftNotToday, fmt.Sprintf("%s: %s", p.Origin, untimely[p])
	case p.Period.Ahead(w.now()):
		return plan.LeftNotToday, fmt.Sprintf("%s: %s", p.Origin, assign.StartText(p.Period))
	}
	for _, user := range w.people.Have.Markers.Users(p.DirectoryID(), nil) {
		if user != c.UserID {
			return plan.LeftOtherAccount, fmt.Sprintf("%s has another account now, %s (S02)", p.Origin, user)
		}
	}
	if why = w.whyOfOthers(c, p); why != "" {
		left = plan.LeftOtherAccount
	}
	return left, why
}

// whyOfOthers says that nobody has verified an address of the account, and that those
// reserved are none of the person's: whoever proves one has the account (S02). It is
// empty otherwise, or if an admin has decided that the account is the person's.
func (w *Readmission) whyOfOthers(c *plan.Change, p *directory.Person) string {
	u := w.people.Users[c.UserID]
	if u == nil || p.Account() != "" {
		return ""
	}
	reserved := roster.ReservedAddresses(u)
	if len(reserved) == 0 || slices.ContainsFunc(reserved, func(e string) bool { return slices.Contains(p.Addresses(), e) }) {
		return ""
	}
	if decided := w.memory.DecisionOn(p.DirectoryID(), c.UserID); !decided.New && decided.Covers(plan.DirectoryID{Source: p.From.Source, ID: reserved[0]}) {
		return ""
	}
	return fmt.Sprintf("account %s has only %s reserved, which is no address of %s (S02)", c.UserID, strings.Join(reserved, ", "), p.Origin)
}

// untrusted blocks a person whose source cannot tell whether they are still
// there.
func (w *Readmission) untrusted(c *plan.Change, p *directory.Person) (plan.Block, bool) {
	name := w.config.PresentName(c.Source)
	if w.read.Failed[name] || p == nil && c.Source == "" && len(w.read.Failed) > 0 {
		return plan.Block{Reason: plan.FailedSource, Scope: plan.Gains, Text: "a source could not be read, so rollcall cannot tell who has left"}, true
	}
	for _, s := range w.read.Directory.Snapshots {
		if p == nil || p.From != s {
			continue
		}
		stale := false
		if w.memory != nil {
			stale, _ = w.memory.Stale(s)
		}
		switch {
		case stale:
			return plan.Block{Reason: plan.OlderReplica, Scope: plan.Gains, Text: "source " + s.Source + ": the server has older data, which may still contain people who have left"}, true
		case len(s.MissingCanaries) > 0:
			return plan.Block{Reason: plan.Canaries, Scope: plan.Gains, Text: "source " + s.Source + " does not show " + strings.Join(s.MissingCanaries, ", ")}, true
		}
	}
	return plan.Block{}, false
}

// enabled lists the people of today by address; an enabled account comes
// before a disabled one.
func (w *Readmission) enabled() map[string]*directory.Person {
	out := map[string]*directory.Person{}
	for _, people := range w.read.Directory.People {
		for _, p := range people {
			for _, e := range p.Addresses() {
				if out[e] == nil || p.Disabled == "" {
					out[e] = p
				}
			}
		}
	}
	return out
}

// byAddress finds the person of a user without our marker, by the addresses
// that the user has verified (S03).
func (w *Readmission) byAddress(c *plan.Change) *directory.Person {
	u := w.people.Users[c.UserID]
	if u == nil {
		return nil
	}
	for _, e := range roster.VerifiedAddresses(u) {
		if p := w.byEmail[e]; p != nil {
			return p
		}
	}
	return nil
}
