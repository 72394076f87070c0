package explain

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Question is the input of an answer beside the values of the run.
type Question struct {
	Config  policy.Config
	Rules   *policy.Ruleset
	Clerk   Clerk
	Journal Journal
	Reader  *directory.Reader
	// Undo plans the undo of some changes, for each run that made them; nil if nobody
	// asks whether they can be undone.
	Undo func(ctx context.Context, runs [][]journal.Change) ([]*plan.Plan, error)
}

// explainer gathers what a finished dry run knows of one person. It reads the
// values that the plan was made of, so the two cannot differ.
type explainer struct {
	*subject
}

// Person answers which entries and users the subject means, and why they have
// their access.
func Person(ctx context.Context, by Question, subject string, s *diff.Comparison, plan *plan.Plan) (*Explanation, error) {
	who, err := findSubject(ctx, by, subject, s, plan)
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", who.asked, err)
	}
	x := &explainer{who}
	out := &Explanation{Subject: x.asked, Instance: plan.Instance, Entries: []Entry{}, Users: []User{}, Rules: []Match{}, Organizations: []Place{}, Failures: plan.Failures,
		SourcesRead: len(s.Read.Directory.Snapshots), HistoryOff: by.Journal == nil}
	for _, p := range x.persons {
		out.Entries = append(out.Entries, x.entry(p))
	}
	for i := range x.leftOut {
		l := &x.leftOut[i]
		out.LeftOut = append(out.LeftOut, LeftOut{l.Origin.Source, l.Origin.String(), l.Column, l.Value, l.Listed})
	}
	for _, id := range x.own {
		out.Users = append(out.Users, x.user(id))
	}
	if len(x.persons) > 0 {
		out.Rules = Rules(x.Rules, x.Assigned, x.persons, x.outranked)
	}
	var changes []journal.Change
	if out.Past, changes, err = x.past(ctx); err != nil {
		return nil, fmt.Errorf("explain %s: %w", who.asked, err)
	}
	for i, d := range s.Proposals {
		if place, ok := x.place(d, &plan.Organizations[i]); ok {
			if was := formerRole(out.Past, &place); was != "" {
				place.Verdict += "; " + was
			}
			out.Organizations = append(out.Organizations, place)
		}
	}
	if out.Unknown = len(x.persons)+len(x.leftOut)+len(x.own)+len(out.Organizations)+len(out.Past) == 0; out.Unknown {
		out.Near = x.near()
	}
	out.Notes = x.notes(plan.Notes)
	out.Reason = x.reason(out)
	// An undo joins the people of the sources anew, so it comes last.
	if err := x.judgeUndos(ctx, changes, out.Past); err != nil {
		return nil, fmt.Errorf("explain %s: find what can be undone: %w", who.asked, err)
	}
	return out, nil
}

// entry describes the person in one source.
func (x *explainer) entry(p *directory.Person) Entry {
	e := Entry{Source: p.From.Source, Origin: p.Origin.String(), ID: p.ID, Email: p.Email, OtherEmails: p.OtherEmails, ExternalID: p.ExternalID,
		Name: p.FullName(), Disabled: p.Disabled, UserID: p.UserID, JoinedBy: p.MatchedBy.String()}
	if t := p.Period; t != nil && !t.Start.IsZero() {
		e.Start = t.FirstDay()
	}
	if t := p.Period; t != nil && !t.End.IsZero() {
		e.End = t.LastDay() + " (" + t.EndedBy + ")"
	}
	if p.Problem != nil {
		e.Trouble = p.Problem.Text + plan.InParentheses(p.Problem.Rule)
	}
	return e
}

// user describes the person in Clerk.
func (x *explainer) user(id string) User {
	out := User{ID: id, Barred: x.Have.Banned[id]}
	if o := x.plan.Accounts(); o != nil {
		for i := range o.Changes {
			if c := &o.Changes[i]; c.UserID == id {
				out.Steps = append(out.Steps, verdictOf(c))
			}
		}
	}
	u := x.People.Users[id]
	if u == nil {
		return out
	}
	out.ExternalID, out.Verified = u.ExternalID, roster.VerifiedAddresses(u)
	for _, e := range u.Emails {
		switch {
		case e.Reserved:
			out.Reserved = append(out.Reserved, e.Address)
		case !e.Verified:
			out.Unverified = append(out.Unverified, e.Address)
		}
	}
	return out
}

// place is an organization as it concerns the person; not ok when it does not.
func (x *explainer) place(d *diff.Proposal, o *plan.Organization) (Place, bool) {
	p := Place{ID: o.ID, Slug: o.Slug, Roles: slices.Sorted(maps.Keys(d.Organization.Assignable)), Notes: x.notes(o.Notes)}
	for i := range d.Wants {
		if w := &d.Wants[i]; slices.Contains(x.persons, w.Person) {
			p.Wanted, p.Because = w.Role, w.Because()
			x.date(&p, w, d.Organization.Invited[w.Person.Email] != nil)
		}
	}
	for _, who := range x.persons {
		if t := d.Expired[who]; t != nil && p.Wanted == "" && who.Disabled == "" {
			p.Ends = t.Ended()
		}
	}
	var m *roster.Member
	for _, id := range x.own {
		if m = cmp.Or(m, d.Organization.Member(id)); m != nil {
			p.Role = m.Role
			if m.Marker != nil {
				p.Owner = cmp.Or(m.Marker.Owner, "somebody else")
			}
		}
	}
	for i := range o.Changes {
		if c := &o.Changes[i]; slices.Contains(x.own, c.UserID) || c.UserID == "" && x.isAddress(c.Email) {
			p.Changes = append(p.Changes, *c)
		}
	}
	for _, h := range x.plan.Holds {
		if x.concerned(h, &p) {
			p.Holds = append(p.Holds, h)
		}
	}
	for _, email := range slices.Sorted(maps.Keys(d.Organization.Invited)) {
		if x.isAddress(email) {
			p.Invited = d.Organization.Invited[email].Role
		}
	}
	p.Verdict = x.verdict(&p, m)
	return p, p.Wanted != "" || p.Role != "" || p.Invited != "" || p.Ends != "" || len(p.Changes)+len(p.Notes) > 0
}

// date fills in when an entitlement begins, or ends. Somebody without an account begins
// with the invitation.
func (x *explainer) date(p *Place, w *assign.Entitlement, invited bool) {
	if w.Periods == nil {
		return
	}
	if t := w.Ends(); t != nil {
		p.Ends = "ends on " + t.LastDay() + " (" + t.EndedBy + ")"
	}
	begins := w.Periods.Begins
	switch {
	case w.StartsLater() && w.Person.UserID == "":
		begins = assign.InvitationTime(begins, x.Config, x.Memory)
	case !invited:
		if at := w.InvitedAt(x.Assigned.Now, x.Config, x.Memory); !at.IsZero() {
			begins = at
		}
	}
	if !begins.IsZero() {
		p.Starts = (&source.Period{Start: begins}).FirstDay()
	}
}

// concerned reports whether a hold keeps a change of the person waiting: another one of
// the organization, or of the run, concerns others only.
func (x *explainer) concerned(h plan.Hold, p *Place) bool {
	if h.Conflict != nil {
		return h.Organization == p.ID && (x.isAddress(h.Conflict.Email) || slices.Contains(x.own, h.Conflict.User))
	}
	return slices.ContainsFunc(p.Changes, func(c plan.Change) bool {
		return c.State == plan.Held && c.Reasons.Has(h.Reason) && (h.Organization == p.ID || h.Organization == "")
	})
}

// notes are the notes about the person.
func (x *explainer) notes(notes []plan.Note) []plan.Note {
	var out []plan.Note
	for _, n := range notes {
		if x.isAddress(n.Email) || slices.ContainsFunc(n.Users, func(id string) bool { return slices.Contains(x.own, id) }) {
			out = append(out, n)
		}
	}
	return out
}
