package check

import (
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/plan"
	"rollcall/sync/writers"
)

// conflicts warns about whatever else makes members of the organizations that
// the rules name, or sets their roles: it would undo what rollcall does (S30).
func conflicts(c *Checkup, p *plan.Plan) {
	if c.keyProblem != nil {
		return
	}
	for i := range p.Organizations {
		o := &p.Organizations[i]
		foreign(c, o)
		if o.Migrating {
			c.warn("organization %s: Clerk is migrating its roles; new members and changes of roles wait until it has finished, removals do not (S39)", o.Label())
		}
		for j := range o.Writers {
			c.writer(o.Label(), &o.Writers[j])
		}
	}
	if p.Writers != nil {
		instanceWide(c, p)
		c.unread(p.Writers.Unread)
	}
}

func foreign(c *Checkup, o *plan.Organization) {
	switch {
	case o.Foreign == 0:
	case c.config.Sync.Takeover:
		c.warn("organization %s: %s with another owner's marker; sync.takeover allows rollcall to change them: stop the other owner first (S26)",
			o.Label(), facts.Count(o.Foreign, "member"))
	default:
		c.warn("organization %s: %s with another owner's marker, not changed; two owners in one organization undo each other's changes: keep one of them, or set sync.takeover when the other has stopped (S26)",
			o.Label(), facts.Count(o.Foreign, "member"))
	}
}

// writer warns about one writer of an organization of the rules.
func (c *findings) writer(label string, w *writers.Writer) {
	switch w.Kind {
	case writers.InvitingDomain:
		c.enrolling(label, w.Name, "automatic_invitation")
	case writers.SuggestingDomain:
		c.enrolling(label, w.Name, "automatic_suggestion")
	case writers.SignInDomain:
		c.warn("organization %s: people with an address of the verified domain %s become members when they sign in through an enterprise connection (enterprise_sso), also people without a rule and people whom rollcall removed: set it to manual_invitation in Clerk",
			label, w.Name)
	case writers.RoleMapping, writers.UnattachedMapping:
		c.warn("organization %s: %s: rollcall and Clerk then undo each other's changes; turn off group role mapping in Clerk, or take the organization out of the rules",
			label, w.Text())
	case writers.SignInConnection:
		domains := strings.Join(w.Domains, ", ")
		if w.NoAccounts {
			c.ok("organization %s: the enterprise connection %s (%s) creates no accounts at sign-in, but Clerk does not say whether it adds existing accounts as members: check whether removed people come back after signing in",
				label, w.Name, domains)
			return
		}
		c.warn("organization %s: the enterprise connection %s (%s) adds members at sign-in, also people without a rule: turn off just-in-time provisioning in Clerk",
			label, w.Name, domains)
	case writers.InstanceConnection:
	}
}

func (c *findings) enrolling(label, domain, mode string) {
	c.warn("organization %s: the verified domain %s adds people by itself (%s), also people without a rule: set it to manual_invitation in Clerk", label, domain, mode)
}

// instanceWide reports on the connections of the whole instance. They lead to the
// organizations with a domain in the mode enterprise_sso, each of which has its own
// warning.
func instanceWide(c *Checkup, p *plan.Plan) {
	if len(p.Organizations) == 0 {
		return
	}
	known := !slices.ContainsFunc(p.Writers.Unread, func(u writers.Unread) bool { return u.List == writers.ListDomains })
	for i := range p.Writers.Instance {
		w := &p.Writers.Instance[i]
		switch {
		case w.Kind != writers.InstanceConnection || w.NoAccounts || len(w.Domains) == 0:
		case known:
			c.ok("%s: it adds members where an organization has a verified domain in the mode enterprise_sso", w.Text())
		default:
			c.warn("%s: it adds members where an organization has a verified domain in the mode enterprise_sso: check that no organization of the rules has such a domain", w.Text())
		}
	}
}

// unread reports the lists that Clerk did not give. A plan that lacks the feature,
// or a key without the permission, is no problem of the configuration.
func (c *findings) unread(list []writers.Unread) {
	for _, u := range list {
		if u.Refused {
			c.ok("Clerk: could not read the %s (status %d): check them in Clerk's dashboard", u.List, u.Status)
			continue
		}
		c.warn("Clerk: could not read the %s: %s", u.List, u.Text)
	}
}
