package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// verdict says in one clause what happens to the person in an organization,
// and when.
func (x *explainer) verdict(p *Place, m *roster.Member) string {
	text := x.outcomeToday(p, m)
	switch {
	case p.Ends != "" && p.Wanted != "":
		return text + "; " + p.Ends
	case p.Ends != "" && len(p.Changes) == 0:
		return strings.TrimSuffix(p.Ends+": "+text, ": ") // a change says it itself
	}
	return text
}

// outcomeToday says what today's plan does for the person.
func (x *explainer) outcomeToday(p *Place, m *roster.Member) string {
	if len(p.Changes) > 0 {
		var parts []string
		for i := range p.Changes {
			parts = append(parts, verdictOf(&p.Changes[i]))
		}
		return strings.Join(parts, ", and ")
	}
	switch {
	case p.Starts != "" && x.problem() == "" && p.Role == "":
		return fmt.Sprintf("will be %s by %s from %s on; not added before the start date (S28)", p.Wanted, p.Because, p.Starts)
	case p.Starts != "" && x.problem() == "":
		return fmt.Sprintf("stays %s; will be %s by %s from %s on; existing members keep access before the start date (S28)", p.Role, p.Wanted, p.Because, p.Starts)
	case p.Invited != "" && p.Role == "":
		return fmt.Sprintf("is invited as %s and has not accepted yet%s", p.Invited, appended(readded(p.Notes)))
	case p.Wanted != "" && p.Role == "":
		return fmt.Sprintf("should be %s by %s, but %s", p.Wanted, p.Because, x.whyAbsent(p))
	case p.Wanted != "" && x.problem() != "":
		return fmt.Sprintf("stays %s: %s", p.Role, x.problem())
	case p.Wanted != "" && p.Role != p.Wanted:
		return fmt.Sprintf("stays %s, but should be %s by %s%s", p.Role, p.Wanted, p.Because, appended(p.Notes))
	case p.Wanted != "":
		return fmt.Sprintf("is %s by %s; nothing to change", p.Role, p.Because)
	case p.Role != "":
		return fmt.Sprintf("stays %s, although no rule gives a role here: %s", p.Role, x.whyKept(p, m))
	}
	return texts(p.Notes)
}

// verdictOf is a change with its reason, and the reason why it waits or is
// left out.
func verdictOf(c *plan.Change) string {
	switch {
	case c.HeldByGuard():
		return fmt.Sprintf("%s (%s) waits for approval: %s", nounOf(c), c.Because, c.Why)
	case c.State == plan.Held && c.Reasons.Has(plan.LeaverWaits):
		return fmt.Sprintf("%s (%s) %s", nounOf(c), c.Because, c.Why) // it begins with the verb
	case c.State == plan.Held:
		return fmt.Sprintf("%s (%s) waits until the cause is fixed: %s", nounOf(c), c.Because, c.Why)
	case c.State == plan.Skipped:
		return fmt.Sprintf("%s is skipped: %s (%s)", nounOf(c), c.Why, c.Because)
	}
	return fmt.Sprintf("%s is due: %s", nounOf(c), c.Because)
}

// nounOf names the change in a sentence.
func nounOf(c *plan.Change) string {
	switch c.Action {
	case plan.Add, plan.CreateUser:
		return "the add as " + c.To
	case plan.Invite:
		return "the invitation as " + c.To
	case plan.SetRole:
		return "the change from " + c.From + " to " + c.To
	case plan.SetMetadata:
		return "the metadata change"
	case plan.Adopt:
		return "the adoption"
	case plan.Remove:
		return "the removal of " + c.From
	case plan.RevokeInvitation:
		return "revoking the invitation"
	default:
		return nounsOfAccounts[c.Action]
	}
}

// nounsOfAccounts name the steps of the leaver ladder, and what takes them back.
var nounsOfAccounts = map[plan.Action]string{plan.Lock: "the lock of the account", plan.Ban: "the ban of the account", plan.EndSessions: "the end of the sessions",
	plan.RevokeAPIKeys: "the end of the API keys", plan.Unlock: "unlocking the account", plan.Unban: "unbanning the account"}

// whyAbsent says why a wanted person is no member although no add is planned.
func (x *explainer) whyAbsent(p *Place) string {
	return cmp.Or(x.problem(), texts(p.Notes), "no change adds this person")
}

// problem says why the person cannot be joined to a user; empty when nothing
// prevents it.
func (x *explainer) problem() string {
	for _, p := range x.persons {
		if p.Problem != nil {
			return p.Problem.Text + plan.InParentheses(p.Problem.Rule)
		}
	}
	return ""
}

// whyKept says why a member stays that no rule wants.
func (x *explainer) whyKept(p *Place, m *roster.Member) string {
	switch {
	case len(p.Notes) > 0:
		return texts(p.Notes)
	case x.Config.Removals == policy.RemovalsNone:
		return "removals: none removes nobody"
	case p.Owner != "" && p.Owner != x.Config.Owner:
		return fmt.Sprintf("the marker names the owner %q (S26)", p.Owner)
	case m != nil && m.Marker == nil && x.Config.Removals == policy.RemovalsManaged:
		return "rollcall did not add this member, and removals: managed removes only members that rollcall added (S26)"
	}
	return "earlier runs know this member, but this run could not read the person in the source (S10)"
}

// appended is the notes as the end of a sentence.
func appended(notes []plan.Note) string {
	if len(notes) == 0 {
		return ""
	}
	return ": " + texts(notes)
}

// readded are the notes on a leaver whom somebody else has added again (S26).
func readded(notes []plan.Note) []plan.Note {
	return slices.DeleteFunc(slices.Clone(notes), func(n plan.Note) bool { return n.Kind != plan.ReaddedLeaver })
}

// texts joins notes, each with the number of its rule.
func texts(notes []plan.Note) string {
	var out []string
	for _, n := range notes {
		text := n.Text
		if n.Rule != "" && !strings.Contains(text, plan.InParentheses(n.Rule)) {
			text += plan.InParentheses(n.Rule)
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// AnySource follows "not in": the sources that were read, in words.
func (e *Explanation) AnySource() string {
	if e.SourcesRead == 1 {
		return "the one source that was read"
	}
	return fmt.Sprintf("any of the %d sources that were read", e.SourcesRead)
}

// reason is the answer in one sentence: unusual facts about the identity, then
// the verdict of each organization.
func (x *explainer) reason(e *Explanation) string {
	parts := x.identityClauses()
	for i := range e.LeftOut {
		parts = append(parts, e.LeftOut[i].Origin+": "+e.LeftOut[i].Why())
	}
	for i := range e.Organizations {
		parts = append(parts, e.Organizations[i].Label()+": "+e.Organizations[i].Verdict)
	}
	switch {
	case len(e.Organizations) > 0:
		parts = append(parts, losses(e.Past, e.Organizations)...)
	case e.Unknown:
		parts = append(parts, fmt.Sprintf("no such person: not in %s, and not in Clerk%s", e.AnySource(), x.unread()+e.DidYouMean()))
	case len(x.persons) == 0 && len(x.leftOut) > 0 && len(x.own) == 0:
		parts = append(parts, "no account in Clerk"+x.unread())
	case len(x.persons) == 0 && len(x.leftOut) > 0:
		parts = append(parts, fmt.Sprintf("account %s is not in any organization of the rules%s", strings.Join(x.own, ", "), x.unread()))
	case len(x.persons) == 0 && len(x.own) == 0:
		parts = append(parts, fmt.Sprintf("not in %s, and not in Clerk; only earlier runs knew this person%s", e.AnySource(), x.unread()))
	case len(x.persons) == 0:
		parts = append(parts, fmt.Sprintf("account %s is not in %s%s, and not in any organization of the rules", strings.Join(x.own, ", "), e.AnySource(), x.unread()))
	case x.inNoGroup:
		parts = append(parts, fmt.Sprintf("%s is not in any group that a rule uses", x.persons[0].Origin))
	default:
		parts = append(parts, fmt.Sprintf("no rule leads from %s to an organization", x.persons[0].Origin))
	}
	if last := lastChange(e.Past); last != "" && len(e.Organizations) == 0 {
		parts = append(parts, "last change: "+last)
	}
	return x.asked + ": " + strings.Join(parts, "; ")
}

// identityClauses are the unusual facts about the person's identity.
func (x *explainer) identityClauses() []string {
	var parts []string
	for _, p := range x.persons {
		switch {
		case p.Disabled != "" && p.Period.Over(x.Read.Directory.Now) && p.Disabled == p.Period.Ended():
			parts = append(parts, fmt.Sprintf("%s: %s", p.Origin, p.Disabled))
		case p.Disabled != "":
			parts = append(parts, fmt.Sprintf("%s is disabled: %s", p.Origin, p.Disabled))
		}
		if u := x.People.Users[p.UserID]; u != nil && p.MatchedBy == directory.ByEmail && !slices.Contains(roster.VerifiedAddresses(u), p.Email) {
			parts = append(parts, fmt.Sprintf("account %s was matched by a further address, not by %s", p.UserID, cmp.Or(p.Email, "the first one")))
		}
	}
	parts = append(parts, x.unusable()...)
	for _, id := range x.own {
		if x.Have.Banned[id] {
			parts = append(parts, fmt.Sprintf("account %s is banned or deprovisioned (S08)", id))
		}
	}
	return parts
}

// unusable are the groups that list the subject and cannot use it (S10).
func (x *explainer) unusable() []string {
	var out []string
	for _, s := range x.Read.Directory.Snapshots {
		for g := range s.Groups {
			for _, u := range s.Groups[g].Unusable {
				if u.Ref == x.asked || source.SameDN(u.Ref, x.asked) {
					out = append(out, fmt.Sprintf("group %s lists this entry, but the entry %s (S10)", s.Groups[g].Name, u.Why))
				}
			}
		}
	}
	return out
}

// unread names the sources that could not be read.
func (x *explainer) unread() string {
	var names []string
	for name := range x.Read.Failed {
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return " (not read: " + strings.Join(policy.Unique(names), ", ") + ")"
}
