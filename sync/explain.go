package sync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/source"
)

// explainer gathers what a finished dry run knows of one person. It looks at
// the very values that the plan was made of, so that it cannot tell another story.
type explainer struct {
	*Reconciler
	seen
	resolver *resolver
	plan     *Plan
	subject  string
	// email is the subject folded; empty when it is no address.
	email string
	// persons are the entries that the subject means, outside says that no
	// rule's group has them; users are their ids in Clerk.
	persons []*person
	outside bool
	users   []string
}

// explain answers who the subject is, and why they have what they have.
func (r *Reconciler) explain(ctx context.Context, subject string, s seen, v *resolver, plan *Plan) (*Explanation, error) {
	x := &explainer{Reconciler: r, seen: s, resolver: v, plan: plan, subject: strings.TrimSpace(subject)}
	if folded, err := source.FoldEmail(x.subject); err == nil {
		x.email = folded
	}
	if err := x.find(ctx); err != nil {
		return nil, fmt.Errorf("explain %s: %w", x.subject, err)
	}
	out := &Explanation{Subject: x.subject, Entries: []Entry{}, Users: []User{}, Rules: []Match{}, Organizations: []Place{}, Failures: plan.Failures}
	for _, p := range x.persons {
		out.Entries = append(out.Entries, x.entry(p))
	}
	for _, id := range x.users {
		out.Users = append(out.Users, x.user(id))
	}
	if len(x.persons) > 0 {
		out.Rules = x.matchesOfAll()
	}
	for i, d := range s.drafts {
		if place, ok := x.place(d, &plan.Organizations[i]); ok {
			out.Organizations = append(out.Organizations, place)
		}
	}
	if out.Unknown = len(x.persons)+len(x.users)+len(out.Organizations) == 0; out.Unknown {
		out.Near = x.near()
	}
	out.Notes = x.notes(plan.Notes)
	out.Reason = x.reason(out)
	return out, nil
}

// find looks for the person: in what the run has read, in Clerk, and then in
// the sources again, which leave out whom no rule's group has.
func (x *explainer) find(ctx context.Context) error {
	x.persons = x.among(x.read.directory)
	if err := x.findUsers(ctx); err != nil {
		return err
	}
	if len(x.persons) == 0 {
		// The user may be somebody in the directory: by marker, or by an address.
		x.persons = x.amongOf(x.read.directory)
	}
	if len(x.persons) == 0 {
		x.outside = true
		return x.findOutside(ctx)
	}
	return x.findUsers(ctx)
}

// among lists the people whom the subject means.
func (x *explainer) among(d *directory) []*person {
	return d.all(func(p *person) bool {
		return x.subject == p.ID || x.subject == p.ExternalID && p.ExternalID != "" || x.subject == p.userID && p.userID != "" ||
			x.email != "" && slices.Contains(p.emails(), x.email) || p.Origin.DN != "" && source.SameDN(x.subject, p.Origin.DN)
	})
}

// amongOf lists the people who are one of the users.
func (x *explainer) amongOf(d *directory) []*person {
	named := map[identity]bool{}
	emails := map[string]bool{}
	for _, id := range x.users {
		for _, who := range x.have.marked.identities(id, nil) {
			named[d.same.of(who)] = true
		}
		if u := x.resolver.users[id]; u != nil {
			for _, e := range verified(u) {
				emails[e] = true
			}
		}
	}
	return d.all(func(p *person) bool {
		return named[d.same.of(p.identity())] || slices.ContainsFunc(p.emails(), func(e string) bool { return emails[e] })
	})
}

// all lists the people that are meant, each once, in the order of the sources.
func (d *directory) all(meant func(*person) bool) []*person {
	var out []*person
	for _, people := range d.people {
		for _, p := range people {
			if meant(p) && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// findUsers looks for the users of the subject and of the people found.
func (x *explainer) findUsers(ctx context.Context) error {
	emails := []string{}
	if x.email != "" {
		emails = append(emails, x.email)
	}
	if strings.HasPrefix(x.subject, "user_") {
		x.users = append(x.users, x.subject)
	}
	for _, p := range x.persons {
		emails = append(emails, p.emails()...)
		if p.userID != "" {
			x.users = append(x.users, p.userID)
		}
		if p.trouble != nil {
			x.users = append(x.users, p.trouble.users...)
		}
		x.users = x.have.marked.users(p.identity(), x.users)
	}
	for _, o := range x.have.organizations {
		for i := range o.members {
			if m := &o.members[i]; x.email != "" && m.email() == x.email {
				x.users = append(x.users, m.UserID)
			}
		}
	}
	x.users = unique(x.users)
	for _, q := range []clerkapi.UserQuery{{IDs: x.users}, {Emails: unique(emails)}} {
		found, err := findUsers(ctx, x.clerk, q, len(q.IDs)+len(q.Emails))
		if err != nil {
			return err
		}
		x.resolver.remember(found)
		for i := range found {
			x.users = append(x.users, found[i].ID)
		}
	}
	x.users = slices.DeleteFunc(unique(x.users), func(id string) bool {
		return id == x.subject && x.resolver.users[id] == nil && !x.isMember(id)
	})
	return nil
}

// isMember reports whether Clerk lists a user anywhere, who may be gone otherwise.
func (x *explainer) isMember(id string) bool {
	return slices.ContainsFunc(x.have.organizations, func(o *organizationState) bool { return o.member(id) != nil })
}

// near lists a few whom a slip of the finger may have made the subject of, or
// whose address begins with it.
func (x *explainer) near() []string {
	var out []string
	meet := func(names ...string) {
		for _, name := range names {
			local, _, _ := strings.Cut(name, "@")
			if source.Near(name, x.subject) || source.Near(local, x.subject) {
				out = append(out, name)
			}
		}
	}
	for _, people := range x.read.directory.people {
		for _, p := range people {
			meet(p.emails()...)
			meet(p.Origin.DN)
		}
	}
	for _, o := range x.have.organizations {
		for i := range o.members {
			meet(o.members[i].email())
		}
	}
	out = unique(slices.DeleteFunc(out, func(name string) bool { return name == "" }))
	return out[:min(len(out), 3)]
}

// findOutside reads the sources once more, for somebody whom no rule's group
// has. Whatever goes wrong is told, and explains nothing.
func (x *explainer) findOutside(ctx context.Context) error {
	also := []string{x.subject}
	for _, id := range x.users {
		for _, who := range x.have.marked.identities(id, nil) {
			also = append(also, who.id)
		}
		if u := x.resolver.users[id]; u != nil {
			also = append(also, verified(u)...)
		}
	}
	var again []*source.Snapshot
	for _, s := range x.sources {
		if x.read.failed[s.Name()] {
			continue
		}
		want := x.requestFor(s.Name())
		want.Also = unique(slices.Clone(also))
		snapshot, err := s.Read(ctx, want)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			x.plan.Failures = append(x.plan.Failures, Failure{Source: s.Name(), Text: "look for somebody in no mapped group: " + err.Error()})
			continue
		}
		again = append(again, snapshot)
	}
	d := newDirectory(again, x.read.directory.now, x.read.directory.same)
	if x.persons = x.among(d); len(x.persons) == 0 {
		x.persons = x.amongOf(d)
	}
	return nil
}

func (x *explainer) entry(p *person) Entry {
	e := Entry{Source: p.from.Source, Origin: p.Origin.String(), ID: p.ID, Email: p.Email, OtherEmails: p.OtherEmails, ExternalID: p.ExternalID,
		Name: p.FullName(), Disabled: p.Disabled, UserID: p.userID, JoinedBy: p.join.String()}
	if t := p.Term; t != nil && !t.Start.IsZero() {
		e.Start = t.FirstDay()
	}
	if t := p.Term; t != nil && !t.End.IsZero() {
		e.End = t.LastDay() + " (" + t.EndedBy + ")"
	}
	if p.trouble != nil {
		e.Trouble = p.trouble.text + ruled(p.trouble.rule)
	}
	return e
}

func ruled(number string) string { return " (" + number + ")" }

func (x *explainer) user(id string) User {
	out := User{ID: id, Barred: x.have.banned[id]}
	u := x.resolver.users[id]
	if u == nil {
		return out
	}
	out.ExternalID, out.Verified = u.ExternalID, verified(u)
	for _, e := range u.Emails {
		if !e.Verified {
			out.Unverified = append(out.Unverified, e.Address)
		}
	}
	return out
}

// place is what an organization has to do with the person; not ok when nothing.
func (x *explainer) place(d *draft, o *OrganizationPlan) (Place, bool) {
	p := Place{ID: o.ID, Slug: o.Slug, Notes: x.notes(o.Notes)}
	for i := range d.wants {
		if w := &d.wants[i]; slices.Contains(x.persons, w.person) {
			p.Wanted, p.Because = w.role, w.because()
			p.date(w)
		}
	}
	for _, who := range x.persons {
		if t := d.over[who]; t != nil && p.Wanted == "" && who.Disabled == "" {
			p.Ends = t.Ended()
		}
	}
	var m *member
	for _, id := range x.users {
		if m = cmp.Or(m, d.state.member(id)); m != nil {
			p.Role = m.Role
			if m.marker != nil {
				p.Owner = cmp.Or(m.marker.Owner, "somebody else")
			}
		}
	}
	for i := range o.Changes {
		if c := &o.Changes[i]; slices.Contains(x.users, c.UserID) || c.UserID == "" && x.isAddress(c.Email) {
			p.Changes = append(p.Changes, *c)
		}
	}
	for _, h := range x.plan.Holds {
		if x.concerned(h, &p) {
			p.Holds = append(p.Holds, h)
		}
	}
	for _, email := range slices.Sorted(maps.Keys(d.state.invited)) {
		if x.isAddress(email) {
			p.Invited = d.state.invited[email].Role
		}
	}
	p.Verdict = x.verdict(&p, m)
	return p, p.Wanted != "" || p.Role != "" || p.Invited != "" || p.Ends != "" || len(p.Changes)+len(p.Notes) > 0
}

// concerned reports whether a hold keeps something of the person's waiting.
func (x *explainer) concerned(h Hold, p *Place) bool {
	if h.Conflict != nil {
		return h.Organization == p.ID && (x.isAddress(h.Conflict.Email) || slices.Contains(x.users, h.Conflict.User))
	}
	return slices.ContainsFunc(p.Changes, func(c Change) bool {
		return c.State == Held && (h.Organization == p.ID || h.Organization == "" && strings.Contains(c.Why, h.Guard))
	})
}

// isAddress reports whether an address is one of the person's.
func (x *explainer) isAddress(email string) bool {
	return email != "" && (email == x.email || slices.ContainsFunc(x.persons, func(p *person) bool { return slices.Contains(p.emails(), email) }))
}

// notes are those about the person.
func (x *explainer) notes(notes []Note) []Note {
	var out []Note
	for _, n := range notes {
		if x.isAddress(n.Email) || slices.ContainsFunc(x.users, func(id string) bool { return strings.Contains(n.Text, id) }) {
			out = append(out, n)
		}
	}
	return out
}
