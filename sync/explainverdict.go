package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
)

// verdict says in one clause what becomes of the person in an organization,
// and when.
func (x *explainer) verdict(p *Place, m *member) string {
	text := x.today(p, m)
	switch {
	case p.Ends != "" && p.Wanted != "":
		return text + "; " + p.Ends
	case p.Ends != "" && len(p.Changes) == 0:
		return strings.TrimSuffix(p.Ends+": "+text, ": ") // a change says it itself
	}
	return text
}

// today is what becomes of the person by today's plan.
func (x *explainer) today(p *Place, m *member) string {
	if len(p.Changes) > 0 {
		var parts []string
		for i := range p.Changes {
			parts = append(parts, p.Changes[i].verdict())
		}
		return strings.Join(parts, ", and ")
	}
	switch {
	case p.Starts != "" && x.trouble() == "" && p.Role == "":
		return fmt.Sprintf("%s wants %s from %s on, and a start only delays: nothing before that (S28)", p.Because, p.Wanted, p.Starts)
	case p.Starts != "" && x.trouble() == "":
		return fmt.Sprintf("stays %s: %s wants %s from %s on, and a start only delays (S28)", p.Role, p.Because, p.Wanted, p.Starts)
	case p.Invited != "" && p.Role == "":
		return fmt.Sprintf("is invited as %s, and has not accepted yet", p.Invited)
	case p.Wanted != "" && p.Role == "":
		return fmt.Sprintf("%s wants %s, but %s", p.Because, p.Wanted, x.absent(p))
	case p.Wanted != "" && x.trouble() != "":
		return fmt.Sprintf("stays %s: %s", p.Role, x.trouble())
	case p.Wanted != "" && p.Role != p.Wanted:
		return fmt.Sprintf("stays %s, though %s wants %s%s", p.Role, p.Because, p.Wanted, said(p.Notes))
	case p.Wanted != "":
		return fmt.Sprintf("is %s, as %s wants; nothing to change", p.Role, p.Because)
	case p.Role != "":
		return fmt.Sprintf("stays %s, though no rule wants it: %s", p.Role, x.kept(p, m))
	}
	return texts(p.Notes)
}

// verdict is the change with its reason, and what keeps it from being made.
func (c *Change) verdict() string {
	switch c.State {
	case Held:
		return fmt.Sprintf("%s waits, held by %s (%s)", c.noun(), c.Why, c.Because)
	case Skipped:
		return fmt.Sprintf("%s is left out: %s (%s)", c.noun(), c.Why, c.Because)
	case Ready:
	}
	return fmt.Sprintf("%s is due: %s", c.noun(), c.Because)
}

func (c *Change) noun() string {
	switch c.Action {
	case Add, CreateUser:
		return "the add as " + c.To
	case Invite:
		return "the invitation as " + c.To
	case SetRole:
		return "the change from " + c.From + " to " + c.To
	case SetMetadata:
		return "the change of metadata"
	case Adopt:
		return "the adoption"
	case Remove:
		return "the removal of " + c.From
	case RevokeInvitation:
		return "the end of the invitation"
	}
	return c.Action.String()
}

// absent says why somebody who is wanted is no member, and no add is planned.
func (x *explainer) absent(p *Place) string {
	return cmp.Or(x.trouble(), texts(p.Notes), "nothing adds them")
}

// trouble says why the person cannot be joined to a user; empty when nothing does.
func (x *explainer) trouble() string {
	for _, p := range x.persons {
		if p.trouble != nil {
			return p.trouble.text + ruled(p.trouble.rule)
		}
	}
	return ""
}

// kept says why a member stays whom no rule wants.
func (x *explainer) kept(p *Place, m *member) string {
	switch {
	case len(p.Notes) > 0:
		return texts(p.Notes)
	case x.config.Removals == RemovalsNone:
		return "removals: none removes nobody"
	case p.Owner != "" && p.Owner != x.config.Owner:
		return fmt.Sprintf("the marker names the owner %q (S26)", p.Owner)
	case m != nil && m.marker == nil && x.config.Removals == RemovalsManaged:
		return "rollcall did not add the membership, and removals: managed removes only those (S26)"
	}
	return "earlier runs know who it is, and today's read does not show them (S10)"
}

func said(notes []Note) string {
	if len(notes) == 0 {
		return ""
	}
	return ": " + texts(notes)
}

func texts(notes []Note) string {
	var out []string
	for _, n := range notes {
		text := n.Text
		if n.Rule != "" && !strings.Contains(text, ruled(n.Rule)) {
			text += ruled(n.Rule)
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// reason is the answer in one sentence: who it is where that puzzles, then
// what becomes of them in each organization.
func (x *explainer) reason(e *Explanation) string {
	parts := x.identityClauses()
	for i := range e.Organizations {
		parts = append(parts, e.Organizations[i].Label()+": "+e.Organizations[i].Verdict)
	}
	switch {
	case len(e.Organizations) > 0:
	case len(x.persons) == 0 && len(x.users) == 0:
		parts = append(parts, "unknown: no source and no Clerk user has this address, id or DN"+x.unread()+perhaps(e.Near))
	case len(x.persons) == 0:
		parts = append(parts, fmt.Sprintf("user %s is in no source%s, and in no organization that a rule leads to", strings.Join(x.users, ", "), x.unread()))
	case x.outside:
		parts = append(parts, fmt.Sprintf("%s is in no group that a rule names", x.persons[0].Origin))
	default:
		parts = append(parts, fmt.Sprintf("no rule leads from %s to an organization", x.persons[0].Origin))
	}
	return x.subject + ": " + strings.Join(parts, "; ")
}

// perhaps asks whether one of those was meant.
func perhaps(near []string) string {
	if len(near) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(near, ", or ") + "?"
}

// identityClauses say what is unusual about who the person is.
func (x *explainer) identityClauses() []string {
	var parts []string
	for _, p := range x.persons {
		switch {
		case p.Disabled != "" && p.Term.Over(x.read.directory.now) && p.Disabled == p.Term.Ended():
			parts = append(parts, fmt.Sprintf("%s: %s", p.Origin, p.Disabled))
		case p.Disabled != "":
			parts = append(parts, fmt.Sprintf("%s is disabled: %s", p.Origin, p.Disabled))
		}
		if u := x.resolver.users[p.userID]; u != nil && p.join == joinEmail && !slices.Contains(verified(u), p.Email) {
			parts = append(parts, fmt.Sprintf("user %s by a further address, not by %s", p.userID, cmp.Or(p.Email, "a first one")))
		}
	}
	parts = append(parts, x.unusable()...)
	for _, id := range x.users {
		if x.have.banned[id] {
			parts = append(parts, fmt.Sprintf("user %s is banned or deprovisioned (S08)", id))
		}
	}
	return parts
}

// unusable are the groups that list the subject and cannot use it (S10).
func (x *explainer) unusable() []string {
	var out []string
	for _, s := range x.read.directory.snapshots {
		for g := range s.Groups {
			for _, u := range s.Groups[g].Unusable {
				if u.Ref == x.subject || source.SameDN(u.Ref, x.subject) {
					out = append(out, fmt.Sprintf("group %s lists it, but it cannot be used: %s (S10)", s.Groups[g].Name, u.Why))
				}
			}
		}
	}
	return out
}

// unread adds which sources could not be asked.
func (x *explainer) unread() string {
	var names []string
	for name := range x.read.failed {
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return " (not read: " + strings.Join(unique(names), ", ") + ")"
}
