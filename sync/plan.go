package sync

import (
	"fmt"
	"iter"
	"time"

	"rollcall/clerkapi"
)

// PlanVersion is the version of the plan's JSON. It changes when a reader of
// an older version would misread a newer one.
const PlanVersion = 1

// Action is what a change does. The zero value is invalid.
type Action uint8

// The actions. All exist in the plan's JSON, whether a configuration uses them or not.
const (
	Add              Action = iota + 1 // create a membership
	Invite                             // invite an address to an organization
	CreateUser                         // create a Clerk user, then the membership
	SetRole                            // change a membership's role
	SetMetadata                        // merge into a membership's metadata
	Adopt                              // write our marker on a membership that somebody else made (S26)
	Remove                             // delete a membership
	RevokeInvitation                   // revoke a pending invitation
)

var actionWords = [...]string{
	Add: "add", Invite: "invite", CreateUser: "create_user", SetRole: "set_role",
	SetMetadata: "set_metadata", Adopt: "adopt", Remove: "remove", RevokeInvitation: "revoke_invitation",
}

// String is the action's word in JSON and in logs.
func (a Action) String() string {
	if a == 0 || int(a) >= len(actionWords) {
		return fmt.Sprintf("action(%d)", uint8(a))
	}
	return actionWords[a]
}

// Symbol is + for what gives access, - for what takes it, ~ for the rest.
func (a Action) Symbol() string {
	switch a {
	case Add, Invite, CreateUser:
		return "+"
	case Remove, RevokeInvitation:
		return "-"
	case SetRole, SetMetadata, Adopt:
	}
	return "~"
}

// MarshalText writes the action's word.
func (a Action) MarshalText() ([]byte, error) {
	if a == 0 || int(a) >= len(actionWords) {
		return nil, fmt.Errorf("no such action: %d", uint8(a))
	}
	return []byte(actionWords[a]), nil
}

// UnmarshalText reads the action's word.
func (a *Action) UnmarshalText(text []byte) error {
	for i, w := range actionWords {
		if i > 0 && w == string(text) {
			*a = Action(i)
			return nil
		}
	}
	return fmt.Errorf("no such action: %q", text)
}

// State says what becomes of a change.
type State string

// The states. A ready change is applied; a held one waits for approval or for
// its reason to end (exit 3); a skipped one is left out with a note (exit 0).
const (
	Ready   State = "ready"
	Held    State = "held"
	Skipped State = "skipped"
)

// AdminEffect says whether a change gives or takes the right to manage
// memberships (org:sys_memberships:manage).
type AdminEffect string

// The effects; the zero value is neutral.
const (
	AdminGained AdminEffect = "gained"
	AdminLost   AdminEffect = "lost"
)

// Change is one effect on Clerk. It is plain data: comparable with ==.
type Change struct {
	Action       Action `json:"action"`
	Organization string `json:"organization"` // org_ id
	UserID       string `json:"user_id,omitempty"`
	// InvitationID is that of a pending invitation.
	InvitationID string `json:"invitation_id,omitempty"`
	// Email is the person's folded address, or what Clerk shows as the identifier.
	Email string `json:"email,omitempty"`
	Name  string `json:"name,omitempty"`
	// FirstName, LastName and ExternalID are those of a user to be created.
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
	// Source and ID name the person in the directory, as in the marker (S01).
	Source string `json:"source,omitempty"`
	ID     string `json:"id,omitempty"`
	// From and To are roles. An add has only To, a removal only From.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Admin is the change's effect on the right to manage memberships.
	Admin AdminEffect `json:"admin,omitempty"`
	// Public and Private are RFC 7396 merge patches; on an add the whole objects.
	Public  JSON `json:"public_metadata,omitempty"`
	Private JSON `json:"private_metadata,omitempty"`
	// PublicBefore and PrivateBefore are the present values of the keys that
	// the patches touch, so that a report can show both.
	PublicBefore  JSON `json:"public_metadata_before,omitempty"`
	PrivateBefore JSON `json:"private_metadata_before,omitempty"`
	// Nulls counts the metadata keys that the patches remove (S17).
	Nulls int `json:"nulls,omitempty"`
	// Because names the rule and the path that lead here.
	Because string `json:"because"`
	State   State  `json:"state"`
	// Why says why the change is held or skipped, with the rule's number.
	Why string `json:"why,omitempty"`
	// rank orders invitations when there are more than the hour takes. request
	// numbers the request that carries the invitation together with others; 0
	// is one of its own.
	rank    rank
	request int
}

// Note is something to say that changes nothing.
type Note struct {
	// Rule is the number of the safety rule that speaks, such as "S10"; may be empty.
	Rule         string `json:"rule,omitempty"`
	Organization string `json:"organization,omitempty"` // org_ id or the name in the configuration
	Email        string `json:"email,omitempty"`
	Text         string `json:"text"`
}

// Hold says that changes wait, and what to do about it.
type Hold struct {
	// Guard is the guard's name in the configuration ("removals"), or the
	// rule's number where there is no guard ("S02").
	Guard string `json:"guard"`
	Rule  string `json:"rule"`
	// Organization is the org_ id, or the configured name of one that does
	// not exist; empty for a hold of the whole run.
	Organization string `json:"organization,omitempty"`
	// Limit and Figure are the guard's, in people; both 0 where nothing was counted.
	Limit   int    `json:"limit,omitempty"`
	Figure  int    `json:"figure,omitempty"`
	Text    string `json:"text"`
	Changes int    `json:"changes"` // how many changes wait
	// Conflict says who contradicts whom where an admin can decide it with
	// rollcall rebind (S02).
	Conflict *Conflict `json:"conflict,omitempty"`
	// Approval is the hash that approves the held set (S23); empty where
	// nothing but the data or the configuration can lift the hold.
	Approval string `json:"approval,omitempty"`
}

// Failure is a read that failed, and with it what it feeds.
type Failure struct {
	Source       string `json:"source,omitempty"`
	Organization string `json:"organization,omitempty"`
	Text         string `json:"text"`
}

// Seats are an organization's places; pending invitations take places.
type Seats struct {
	Before int `json:"before"`
	After  int `json:"after"`
	Limit  int `json:"limit"` // 0: none
}

// OrganizationPlan is what a plan does in one organization.
type OrganizationPlan struct {
	ID   string `json:"id"`
	Slug string `json:"slug,omitempty"`
	Name string `json:"name,omitempty"`
	// Members is how many there are now, Ours how many carry our marker.
	Members int `json:"members"`
	Ours    int `json:"ours"`
	// Foreign is how many carry another owner's marker (S26). It is for who
	// made the plan; a plan that was saved and read again says 0.
	Foreign int `json:"-"`
	// AdminsBefore and AdminsAfter count those who may manage memberships,
	// today and when all ready changes are applied.
	AdminsBefore int   `json:"admins_before"`
	AdminsAfter  int   `json:"admins_after"`
	Seats        Seats `json:"seats"`
	// Changes are in the order in which they are applied.
	Changes []Change `json:"changes,omitempty"`
	Notes   []Note   `json:"notes,omitempty"`
}

// Label is what an organization is called in reports: the slug, else the id.
func (o *OrganizationPlan) Label() string {
	if o.Slug != "" {
		return o.Slug
	}
	return o.ID
}

// Calls is a number of calls of one kind, such as "POST /organizations/{organization_id}/memberships".
type Calls struct {
	Kind  string `json:"kind"`
	Calls int    `json:"calls"`
}

// Cost is what applying the ready changes takes.
type Cost struct {
	Reads  int     `json:"reads"`  // sent while planning
	Writes []Calls `json:"writes"` // to be sent, by kind
	// Seconds is the least time that the writes take at the configured budget.
	Seconds int `json:"seconds"`
	// Road is how memberships were listed.
	Road clerkapi.Road `json:"road,omitempty"`
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

// SourceSummary is what one source held.
type SourceSummary struct {
	Name   string `json:"name"`
	People int    `json:"people"`
	Groups int    `json:"groups"`
	Rows   int    `json:"rows,omitempty"`
	// Decisions are those of an access review.
	Decisions int    `json:"decisions,omitempty"`
	Server    string `json:"server,omitempty"`
}

// Plan is all that a run would do: shown, guarded, approved and applied as
// this one value. It marshals to the same bytes for the same input.
type Plan struct {
	Version       int                `json:"version"`
	Sources       []SourceSummary    `json:"sources"`
	Organizations []OrganizationPlan `json:"organizations"`
	Holds         []Hold             `json:"holds,omitempty"`
	Notes         []Note             `json:"notes,omitempty"`
	Failures      []Failure          `json:"failures,omitempty"`
	Cost          Cost               `json:"cost"`
	// Upcoming is what dates will bring; absent where no source has any (S28).
	Upcoming *Upcoming `json:"upcoming,omitempty"`
	// Invitations says when those go out that Clerk's hour has no room for;
	// absent when none waits for that.
	Invitations *Queue `json:"invitations,omitempty"`
	// Undoes are the runs that the plan takes back (S25); empty for any other.
	Undoes []int64 `json:"undoes,omitempty"`
	// Unresolved counts the people whom a rule wants and nobody knows the Clerk
	// user of, by reason: "no_user", or the name of the hold that it would be.
	Unresolved map[string]int `json:"-"`
	// HistoryOff lists the safety rules that need a history this run has not.
	HistoryOff []string `json:"history_off,omitempty"`
}

// Changes walks all changes, organization by organization, in the order of application.
func (p *Plan) Changes() iter.Seq2[*OrganizationPlan, *Change] {
	return func(yield func(*OrganizationPlan, *Change) bool) {
		for i := range p.Organizations {
			o := &p.Organizations[i]
			for j := range o.Changes {
				if !yield(o, &o.Changes[j]) {
					return
				}
			}
		}
	}
}

// Count is how many changes are in the state.
func (p *Plan) Count(s State) int {
	n := 0
	for _, c := range p.Changes() {
		if c.State == s {
			n++
		}
	}
	return n
}
