package explain

import (
	"context"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// subject is the person that a question is about.
type subject struct {
	Question
	*diff.Comparison
	// plan takes the failures of the reads that the question needs.
	plan *plan.Plan
	// asked is the text of the question: an address, a DN, a stable id or a
	// user id. email is asked as a folded address; empty when it is none.
	asked, email string
	// persons are the entries of the person in the sources. inNoGroup says that
	// no group of a rule has them.
	persons   []*directory.Person
	inNoGroup bool
	// leftOut are rows of the person that the configuration does not choose.
	leftOut []source.LeftOut
	// users are the accounts in Clerk that have anything to do with the question: also
	// those that share an address. own are those of the person.
	users, own []string
	// former are accounts that earlier runs knew by the text of the question, which
	// today means nobody.
	former []string
}

// findSubject looks for the person that the text means. The subject is not nil
// when there is an error.
func findSubject(ctx context.Context, by Question, text string, s *diff.Comparison, plan *plan.Plan) (*subject, error) {
	x := &subject{Question: by, Comparison: s, plan: plan, asked: strings.TrimSpace(text)}
	if folded, err := source.FoldEmail(x.asked); err == nil {
		x.email = folded
	}
	err := x.find(ctx)
	x.chooseOwn()
	return x, err
}

// find looks in what the run has read, then in Clerk, then in the sources once
// more: a run does not read people that are in no group of a rule.
func (x *subject) find(ctx context.Context) error {
	x.persons = x.entriesOf(x.Read.Directory)
	if err := x.findUsers(ctx); err != nil {
		return err
	}
	if len(x.persons)+len(x.users) == 0 {
		if err := x.findFormer(ctx); err != nil {
			return err
		}
		if err := x.findUsers(ctx); err != nil {
			return err
		}
	}
	if len(x.persons) == 0 {
		// The user may be somebody in the directory: by marker, or by an address.
		x.persons = x.entriesOfUsers(x.Read.Directory)
	}
	if len(x.persons) == 0 {
		x.inNoGroup = true
		return x.findInNoGroup(ctx)
	}
	return x.findUsers(ctx)
}

// chooseOwn tells the accounts of the person from those that share an address with
// them. A question about an account is about no other, and not about entries that
// are joined to another.
func (x *subject) chooseOwn() {
	if slices.Contains(x.users, x.asked) {
		x.own = []string{x.asked}
		x.persons = slices.DeleteFunc(x.persons, func(p *directory.Person) bool { return p.UserID != "" && p.UserID != x.asked })
		return
	}
	for _, p := range x.persons {
		if p.UserID != "" {
			x.own = append(x.own, p.UserID)
		}
		if p.Problem != nil {
			x.own = append(x.own, p.Problem.Users...)
		}
		x.own = x.Have.Markers.Users(p.DirectoryID(), x.own)
	}
	for _, id := range x.users {
		if len(x.persons) == 0 && x.verified(id) {
			x.own = append(x.own, id)
		}
	}
	if x.own = policy.Unique(x.own); len(x.own) == 0 {
		x.own = x.users
	}
}

// verified reports whether the account has verified the address of the question.
func (x *subject) verified(id string) bool {
	u := x.People.Users[id]
	return u != nil && slices.Contains(roster.VerifiedAddresses(u), x.email)
}

// entriesOf lists the people that the question means.
func (x *subject) entriesOf(d *directory.Directory) []*directory.Person {
	return d.All(func(p *directory.Person) bool {
		return x.asked == p.ID || x.asked == p.ExternalID && p.ExternalID != "" || x.asked == p.UserID && p.UserID != "" ||
			x.email != "" && slices.Contains(p.Addresses(), x.email) || p.Origin.DN != "" && source.SameDN(x.asked, p.Origin.DN)
	})
}

// entriesOfUsers lists the people that are one of the users.
func (x *subject) entriesOfUsers(d *directory.Directory) []*directory.Person {
	named := map[plan.DirectoryID]bool{}
	emails := map[string]bool{}
	for _, id := range x.users {
		for _, who := range x.Have.Markers.DirectoryIDs(id, nil) {
			named[d.Same.Of(who)] = true
		}
		if u := x.People.Users[id]; u != nil {
			for _, e := range roster.VerifiedAddresses(u) {
				emails[e] = true
			}
		}
	}
	return d.All(func(p *directory.Person) bool {
		return named[d.Same.Of(p.DirectoryID())] || slices.ContainsFunc(p.Addresses(), func(e string) bool { return emails[e] })
	})
}

// findUsers finds the users of the question and of the people found.
func (x *subject) findUsers(ctx context.Context) error {
	emails := []string{}
	if x.email != "" {
		emails = append(emails, x.email)
	}
	if strings.HasPrefix(x.asked, "user_") {
		x.users = append(x.users, x.asked)
	}
	if len(x.persons) == 0 {
		x.users = x.Have.Markers.UsersOfID(x.asked, x.users)
	}
	x.users = append(x.users, x.former...)
	for _, p := range x.persons {
		emails = append(emails, p.Addresses()...)
		if p.UserID != "" {
			x.users = append(x.users, p.UserID)
		}
		if p.Problem != nil {
			x.users = append(x.users, p.Problem.Users...)
		}
		x.users = x.Have.Markers.Users(p.DirectoryID(), x.users)
	}
	for _, o := range x.Have.Organizations {
		for i := range o.Members {
			if m := &o.Members[i]; x.email != "" && m.Email() == x.email {
				x.users = append(x.users, m.UserID)
			}
		}
	}
	x.users = policy.Unique(x.users)
	for _, q := range []clerkapi.UserQuery{{IDs: x.users}, {Emails: policy.Unique(emails)}} {
		found, err := x.People.Find(ctx, q)
		if err != nil {
			return err
		}
		for i := range found {
			x.users = append(x.users, found[i].ID)
		}
	}
	x.users = slices.DeleteFunc(policy.Unique(x.users), func(id string) bool {
		return (id == x.asked || slices.Contains(x.former, id)) && x.People.Users[id] == nil && !x.isMember(id)
	})
	return nil
}

// isMember reports whether Clerk lists the user in an organization; the user
// itself may be gone.
func (x *subject) isMember(id string) bool {
	return slices.ContainsFunc(x.Have.Organizations, func(o *roster.Organization) bool { return o.Member(id) != nil })
}

// findInNoGroup reads the sources once more, for a person that is in no group
// of a rule. A read that fails is added to the plan's failures.
func (x *subject) findInNoGroup(ctx context.Context) error {
	also := []string{x.asked}
	for _, id := range x.users {
		for _, who := range x.Have.Markers.DirectoryIDs(id, nil) {
			also = append(also, who.ID)
		}
		if u := x.People.Users[id]; u != nil {
			also = append(also, roster.VerifiedAddresses(u)...)
		}
	}
	again, err := x.Reader.Again(x.Read).ReadAlso(ctx, func(string) []string { return slices.Clone(also) })
	if err != nil {
		return err
	}
	for _, f := range again.Failures {
		f.Text = "look for the person outside the groups of the rules: " + f.Text
		x.plan.Failures = append(x.plan.Failures, f)
	}
	d := again.Directory
	for _, s := range d.Snapshots {
		x.leftOut = append(x.leftOut, s.LeftOut...)
	}
	if x.persons = x.entriesOf(d); len(x.persons) == 0 {
		x.persons = x.entriesOfUsers(d)
	}
	return nil
}

// isAddress reports whether an address is one of the person's.
func (x *subject) isAddress(email string) bool {
	return email != "" && (email == x.email || slices.ContainsFunc(x.persons, func(p *directory.Person) bool { return slices.Contains(p.Addresses(), email) }))
}

// near lists a few names that the question may be a typing error of, or the
// beginning.
func (x *subject) near() []string {
	var out []string
	meet := func(names ...string) {
		for _, name := range names {
			local, _, _ := strings.Cut(name, "@")
			if source.Similar(name, x.asked) || source.Similar(local, x.asked) {
				out = append(out, name)
			}
		}
	}
	for _, people := range x.Read.Directory.People {
		for _, p := range people {
			meet(p.Addresses()...)
			meet(p.Origin.DN)
		}
	}
	for _, o := range x.Have.Organizations {
		for i := range o.Members {
			meet(o.Members[i].Email())
		}
	}
	out = policy.Unique(slices.DeleteFunc(out, func(name string) bool { return name == "" }))
	return out[:min(len(out), 3)]
}
