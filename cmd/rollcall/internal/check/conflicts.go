package check

import (
	"context"
	"errors"
	"strings"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/plan"
)

// conflicts warns about whatever else makes members of the organizations that
// the rules name: it would bring back the members that rollcall removes.
func (c *Checkup) conflicts(ctx context.Context, plan *plan.Plan) {
	if c.keyProblem != nil {
		return
	}
	labels := map[string]string{}
	for i := range plan.Organizations {
		o := &plan.Organizations[i]
		labels[o.ID] = o.Label()
		c.foreign(o)
	}
	c.domains(ctx, labels)
	c.connections(ctx, labels)
}

func (c *Checkup) foreign(o *plan.Organization) {
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

func (c *Checkup) domains(ctx context.Context, labels map[string]string) {
	domains, err := c.session.Clerk.EnrollingDomains(ctx)
	if err != nil {
		c.refused("verified domains that add people", err)
		return
	}
	for _, d := range domains {
		if label, ok := labels[d.OrganizationID]; ok {
			c.warn("organization %s: the verified domain %s adds people by itself (%s), also people without a rule: set it to manual_invitation in Clerk",
				label, d.Name, d.Mode)
		}
	}
}

func (c *Checkup) connections(ctx context.Context, labels map[string]string) {
	connections, err := c.session.Clerk.ActiveConnections(ctx)
	if err != nil {
		c.refused("enterprise connections", err)
		return
	}
	for i := range connections {
		n := &connections[i]
		label, mapped := labels[n.OrganizationID]
		switch {
		case n.NoJIT && mapped:
			c.ok("organization %s: the enterprise connection %s (%s) creates no accounts at sign-in, but Clerk does not say whether it adds existing accounts as members: check whether removed people come back after signing in",
				label, n.Name, strings.Join(n.Domains, ", "))
		case n.NoJIT:
		case mapped:
			c.warn("organization %s: the enterprise connection %s (%s) adds members at sign-in, also people without a rule: turn off just-in-time provisioning in Clerk",
				label, n.Name, strings.Join(n.Domains, ", "))
		case n.OrganizationID == "" && len(n.Domains) > 0 && len(labels) > 0:
			c.warn("the enterprise connection %s (%s) of the whole instance creates accounts at sign-in, and adds members where a domain of an organization has the mode enterprise_sso: check that no organization of the rules has such a domain",
				n.Name, strings.Join(n.Domains, ", "))
		}
	}
}

// refused reports that Clerk did not answer a question. A plan that lacks the
// feature, or a key without the permission, is no problem of the configuration.
func (c *Checkup) refused(what string, err error) {
	var e *clerkapi.Error
	if errors.As(err, &e) && (e.Status == 401 || e.Status == 402 || e.Status == 403) {
		c.ok("Clerk: could not read the %s (status %d): check them in Clerk's dashboard", what, e.Status)
		return
	}
	c.warn("Clerk: could not read the %s: %v", what, err)
}
