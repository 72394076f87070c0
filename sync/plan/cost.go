package plan

import (
	"fmt"
	"time"

	"rollcall/clerkapi"
)

// Cost is what applying the ready changes takes.
type Cost struct {
	Reads  int     `json:"reads"`  // sent while planning
	Writes []Calls `json:"writes"` // to be sent, by kind
	// Seconds is the least time that the writes take at the configured budget.
	Seconds int `json:"seconds"`
	// Road is how memberships were listed.
	Road clerkapi.ListingStrategy `json:"road,omitempty"`
}

// Calls is a number of calls of one kind, such as "POST /organizations/{organization_id}/memberships".
type Calls struct {
	Kind  string `json:"kind"`
	Calls int    `json:"calls"`
}

// Queue is a wave of invitations that Clerk does not take in one hour.
type Queue struct {
	// Now go out with this plan, Later with the runs after it.
	Now   int `json:"now"`
	Later int `json:"later"`
	// Last is when the last one can go out, to the minute (rounded up): Clerk's
	// hour allows it no earlier, and a run has to come then.
	Last time.Time `json:"last"`
}

// The kinds of requests that apply sends, as the client counts them.
const (
	kindCreate     = "POST /organizations/{organization_id}/memberships"
	kindRole       = "PATCH /organizations/{organization_id}/memberships/{user_id}"
	kindMetadata   = "PATCH /organizations/{organization_id}/memberships/{user_id}/metadata"
	kindDelete     = "DELETE /organizations/{organization_id}/memberships/{user_id}"
	kindInvite     = "POST /organizations/{organization_id}/invitations"
	kindBulk       = "POST /organizations/{organization_id}/invitations/bulk"
	kindRevoke     = "POST /organizations/{organization_id}/invitations/{invitation_id}/revoke"
	kindCreateUser = "POST /users"
	kindAccount    = "POST /users/{user_id}/" // and the action
	kindSessions   = "GET /sessions"          // and one for each that the list shows
	kindKeys       = "GET /api_keys"
)

// Requests lists the kinds of requests that a change takes.
func (c *Change) Requests() []string {
	switch c.Action {
	case Add:
		return []string{kindCreate}
	case Invite:
		if c.Bulk != 0 {
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
	case Lock, Ban, Unlock, Unban:
		return []string{kindAccount + c.Action.String()}
	case EndSessions:
		return []string{kindSessions}
	case RevokeAPIKeys:
		return []string{kindKeys}
	}
	return nil
}

// SharedRequest identifies the request that a change shares with others; it is
// empty for a request of its own.
func (c *Change) SharedRequest(kind string) string {
	switch kind {
	case kindBulk:
		return fmt.Sprint(kind, c.Bulk)
	case kindCreateUser:
		return kind + c.Email
	}
	return ""
}
