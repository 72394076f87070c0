package sync

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/clerkapi"
)

// The kinds of calls that apply sends, as the client counts them.
const (
	kindCreate     = "POST /organizations/{organization_id}/memberships"
	kindRole       = "PATCH /organizations/{organization_id}/memberships/{user_id}"
	kindMetadata   = "PATCH /organizations/{organization_id}/memberships/{user_id}/metadata"
	kindDelete     = "DELETE /organizations/{organization_id}/memberships/{user_id}"
	kindInvite     = "POST /organizations/{organization_id}/invitations"
	kindBulk       = "POST /organizations/{organization_id}/invitations/bulk"
	kindRevoke     = "POST /organizations/{organization_id}/invitations/{invitation_id}/revoke"
	kindCreateUser = "POST /users"
)

// calls lists the calls that a change takes.
func (c *Change) calls() []string {
	switch c.Action {
	case Add:
		return []string{kindCreate}
	case Invite:
		if c.request != 0 {
			return []string{kindBulk}
		}
		return []string{kindInvite}
	case CreateUser:
		return []string{kindCreateUser, kindCreate}
	case SetRole:
		return []string{kindRole}
	case SetMetadata, Adopt:
		return []string{kindMetadata}
	case Remove:
		return []string{kindDelete}
	case RevokeInvitation:
		return []string{kindRevoke}
	}
	return nil
}

// shares names the call that a change has together with others; empty for one
// of its own.
func (c *Change) shares(kind string) string {
	switch kind {
	case kindBulk:
		return fmt.Sprint(kind, c.request)
	case kindCreateUser:
		return kind + c.Email
	}
	return ""
}

// price fills in what the plan costs: the reads that were sent, retries
// apart, and the writes that its ready changes take.
func (r *Reconciler) price(p *Plan, before clerkapi.Stats) {
	used := spent(before, r.clerk.Stats())
	p.Cost.Reads = -used.Retries
	for _, n := range used.Requests {
		p.Cost.Reads += n
	}
	kinds := map[string]int{}
	total := 0
	shared := map[string]bool{}
	for _, c := range p.Changes() {
		if c.State != Ready {
			continue
		}
		for _, kind := range c.calls() {
			if key := c.shares(kind); key != "" && shared[key] {
				continue
			} else if key != "" {
				shared[key] = true
			}
			kinds[kind]++
			total++
		}
	}
	p.Cost.Writes = []Calls{} // JSON has a list, if an empty one
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		p.Cost.Writes = append(p.Cost.Writes, Calls{kind, kinds[kind]})
	}
	p.Cost.Seconds = int(r.config.Rate.floor(total) / time.Second)
}

// floor is the least time that n requests take: with N allowed per window
// they cannot end before window × ⌊(n − 1) / N⌋.
func (r Rate) floor(n int) time.Duration {
	if n == 0 || r.Requests <= 0 {
		return 0
	}
	return r.Window * time.Duration((n-1)/r.Requests)
}
