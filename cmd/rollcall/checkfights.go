package main

import (
	"context"
	"errors"
	"strings"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
)

// fights warns about what else makes members of the organizations that the
// rules lead to: what one side removes, the other would bring back.
func (c *checkup) fights(ctx context.Context, plan *sync.Plan) {
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

func (c *checkup) foreign(o *sync.OrganizationPlan) {
	switch {
	case o.Foreign == 0:
	case c.config.Sync.Takeover:
		c.warn("organization %s: %s with another owner's marker; sync.takeover lets rollcall change them: stop the other owner first (S26)",
			o.Label(), report.Count(o.Foreign, "member"))
	default:
		c.warn("organization %s: %s with another owner's marker, left alone; two owners in one organization fight: give it to one, or set sync.takeover once the other is gone (S26)",
			o.Label(), report.Count(o.Foreign, "member"))
	}
}

func (c *checkup) domains(ctx context.Context, labels map[string]string) {
	domains, err := c.clerk.EnrollingDomains(ctx)
	if err != nil {
		c.unasked("verified domains that enrol people", err)
		return
	}
	for _, d := range domains {
		if label, ok := labels[d.OrganizationID]; ok {
			c.warn("organization %s: the verified domain %s enrols people by itself (%s), whom no rule may want: set it to manual_invitation in Clerk",
				label, d.Name, d.Mode)
		}
	}
}

func (c *checkup) connections(ctx context.Context, labels map[string]string) {
	connections, err := c.clerk.ActiveConnections(ctx)
	if err != nil {
		c.unasked("enterprise connections", err)
		return
	}
	for i := range connections {
		n := &connections[i]
		label, ours := labels[n.OrganizationID]
		switch {
		case n.NoJIT:
		case ours:
			c.warn("organization %s: the enterprise connection %s (%s) makes members at sign-in, whom no rule may want: turn off just-in-time provisioning in Clerk",
				label, n.Name, strings.Join(n.Domains, ", "))
		case n.OrganizationID == "" && len(n.Domains) > 0 && len(labels) > 0:
			c.warn("the enterprise connection %s (%s) of the whole instance makes users at sign-in, and members where a domain of an organization has the mode enterprise_sso: see that none of the rules' organizations has one",
				n.Name, strings.Join(n.Domains, ", "))
		}
	}
}

// unasked says what Clerk did not answer. A plan that lacks a feature, or a
// key that may not see it, is no fault of anybody's.
func (c *checkup) unasked(what string, err error) {
	var e *clerkapi.Error
	if errors.As(err, &e) && (e.Status == 401 || e.Status == 402 || e.Status == 403) {
		c.ok("Clerk: %s could not be asked about (status %d): look at them in Clerk's dashboard", what, e.Status)
		return
	}
	c.warn("Clerk: %s could not be asked about: %v", what, err)
}
