package guard

import (
	"cmp"
	"fmt"

	"rollcall/source"
	"rollcall/sync/diff"
	"rollcall/sync/exception"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// rule is one row of the table: a reason to keep a change from being sent.
type rule struct {
	// reasons are what the changes carry for it: each has a name and the number
	// of its safety rule.
	reasons []plan.Reason
	lift    lift
	// undo says that the rule judges undo too, which differs from the
	// directory on purpose (S25).
	undo bool
	// One of the three: skips leaves single changes out (the values complete the
	// reason's sentence), finds says which changes of an organization wait,
	// marks does both and says more.
	skips func(*organization, *plan.Change) (values []any, skipped bool)
	finds func(*organization) []finding
	marks func(*organization)
}

// lift is the event that ends a hold or a skip.
type lift string

const (
	byApproval lift = "an approval (S23), or a wider limit"
	byData     lift = "what the source, Clerk or the clock says in a later run"
	byConfig   lift = "a change of the configuration"
	byDecision lift = "rollcall rebind, or a change of the data"
	byResume   lift = "rollcall resume"
)

// finding is the result of a rule for an organization: the changes that wait.
type finding struct {
	reason   plan.Reason
	concerns func(*plan.Change) bool
	// hold has what the report shows beside the reason: text, figures, conflict.
	// Its Changes is 0 where all that wait are counted.
	hold plan.Hold
	// unmatched says what becomes of a finding that concerns no change today.
	unmatched unmatched
}

type unmatched uint8

const (
	drop     unmatched = iota // nothing waits, nothing is said
	note                      // it is said, and holds nothing
	keepHold                  // the hold is shown all the same
)

// rules in the order in which they speak of an organization. A later rule adds
// its reason to a change that waits already; a change goes only when all of
// its reasons are lifted. What is skipped is out of the reach of the rules below.
//
//	what is skipped alone      protected banned denied managed_by_clerk role_set metadata_size, and what
//	                           Clerk refused to the whole organization
//	what no approval lifts     unknown_role paused, then what the data says, clock, failed_source, lost_source
//	what an approval lifts     the limits of S17, then what earlier runs remember
//
// The limits of the whole run come after those of every organization
// (run.go), then what depends on what is left: seats, last admins, renewals
// (seats.go), the hour's invitations (quota.go) and a saved plan (saved.go).
var rules = []rule{
	{reasons: []plan.Reason{plan.Protected}, lift: byConfig, undo: true, skips: protected},
	{reasons: []plan.Reason{plan.BannedUser}, lift: byData, undo: true, skips: banned},
	{reasons: []plan.Reason{plan.DeniedUser}, lift: byConfig, undo: true, skips: denied},
	{reasons: []plan.Reason{plan.ManagedByClerk}, lift: byData, undo: true, skips: managedByClerk},
	{reasons: []plan.Reason{plan.RoleNotInSet}, lift: byData, undo: true, skips: roleNotInSet},
	{reasons: []plan.Reason{plan.MetadataSize}, lift: byConfig, undo: true, skips: oversize},
	refusedBefore(plan.SeatRefused),
	refusedBefore(plan.UserQuota),
	refusedBefore(plan.MailRefused),
	refusedBefore(plan.QuotaRefused),
	refusedBefore(plan.PlanRefused),
	{reasons: []plan.Reason{plan.RoleMigration}, lift: byData, undo: true, marks: (*organization).leaveMigrating},

	{reasons: []plan.Reason{plan.UnknownRole}, lift: byConfig, finds: unknownRoles},
	{reasons: []plan.Reason{plan.Paused}, lift: byResume, marks: pause},
	{reasons: []plan.Reason{plan.UnreadableMembers, plan.IncompleteSource, plan.OlderReplica, plan.Canaries, plan.MissingGroup, plan.UnlistedRole,
		plan.MovedSlug, plan.RefusedByUndo}, lift: byData, undo: true, finds: blocked},
	{reasons: []plan.Reason{plan.IdentityConflict, plan.AmbiguousPerson}, lift: byDecision, undo: true, finds: conflicts},
	{reasons: []plan.Reason{plan.BorrowedAddress}, lift: byData, undo: true, finds: borrowedAddresses},
	{reasons: []plan.Reason{plan.WrongClock}, lift: byData, undo: true, finds: wrongClock},
	{reasons: []plan.Reason{plan.FailedSource}, lift: byData, finds: failedSources},
	{reasons: []plan.Reason{plan.LostSource}, lift: byConfig, finds: lostSources},
	{reasons: []plan.Reason{plan.OutdatedReview}, lift: byData, finds: outdatedReviews},

	{reasons: []plan.Reason{plan.Removals, plan.AdminLosses, plan.AdminGrants, plan.Adds, plan.RoleChanges, plan.MetadataNulls},
		lift: byApproval, undo: true, finds: limits},
	{reasons: []plan.Reason{plan.SourceShrink}, lift: byApproval, finds: shrunkSources},
	{reasons: []plan.Reason{plan.ChangedRules}, lift: byApproval, finds: changedRules},
	{reasons: []plan.Reason{plan.NewState}, lift: byApproval, finds: newState},
	{reasons: []plan.Reason{plan.FirstMapping}, lift: byApproval, finds: firstMapping},
	{reasons: []plan.Reason{plan.FirstAdmins}, lift: byApproval, finds: firstAdmins},
	{reasons: []plan.Reason{plan.Reverted}, lift: byApproval, finds: reverted},
	{reasons: []plan.Reason{plan.RevokedAdmin}, lift: byApproval, finds: revokedAdmins},
}

// evidence is the input of the rules that all organizations share.
type evidence struct {
	*Judge
	compared   *diff.Comparison
	asked      Request
	exclusions *Exclusions
	// configured are the sources by name, failed those that could not be read.
	configured, failed map[string]bool
	clockFault         string
	instance           string // its id
}

// organization is the input of the rules for one organization.
type organization struct {
	*evidence
	plan     *plan.Organization
	proposal *diff.Proposal
}

func (r *Judge) newEvidence(p *plan.Plan, by *diff.Comparison, asked Request) *evidence {
	t := &evidence{Judge: r, compared: by, asked: asked, exclusions: NewExclusions(r.Config, by.People),
		configured: names(r.Sources), failed: map[string]bool{}, clockFault: memory.ClockFault(r.Clerk, by.Memory), instance: p.Instance.ID}
	if by.Memory != nil { // without a history nobody knows whose grant has ended
		t.configured[exception.Source] = true
	}
	for _, f := range p.Failures {
		if f.Source != "" { // an organization that cannot be listed is no source (S40)
			t.failed[f.Source] = true
		}
	}
	return t
}

func names(sources []source.Source) map[string]bool {
	out := map[string]bool{}
	for _, s := range sources {
		out[s.Name()] = true
	}
	return out
}

// judge asks every rule about one organization, in order.
func (o *organization) judge() []plan.Hold {
	var holds, approvable []plan.Hold
	for i := range rules {
		r := &rules[i]
		switch {
		case o.asked.Undoing && !r.undo:
		case r.skips != nil:
			o.skip(r)
		case r.marks != nil:
			r.marks(o)
		case r.lift == byApproval:
			approvable = append(approvable, o.wait(o.namingAdmins(r.finds(o)))...)
		default:
			holds = append(holds, o.wait(r.finds(o))...)
		}
	}
	return append(holds, approve(o.instance, o.plan, approvable, o.asked.Approved)...)
}

// skip leaves out the changes that a rule of single changes concerns. If
// several rules concern a change, the first one is named.
func (o *organization) skip(r *rule) {
	for i := range o.plan.Changes {
		c := &o.plan.Changes[i]
		if c.State == plan.Skipped && c.SkippedFor() != plan.Grace {
			continue
		}
		if values, skipped := r.skips(o, c); skipped {
			c.Skip(r.reasons[0], values...)
		}
	}
}

// namingAdmins adds to what somebody may approve how many of the changes make an
// admin: they are few among many, and matter most (S43).
func (o *organization) namingAdmins(found []finding) []finding {
	for i := range found {
		f := &found[i]
		all := o.plan.Waiting(f.concerns)
		admins := o.plan.Waiting(func(c *plan.Change) bool { return c.Admin == plan.AdminGained && f.concerns(c) })
		if admins < all {
			f.hold.Text += adminsAmong(admins)
		}
	}
	return found
}

func adminsAmong(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "; 1 of them becomes admin"
	}
	return fmt.Sprintf("; %d of them become admin", n)
}

// wait marks and counts the changes that the findings of one rule concern.
func (o *organization) wait(found []finding) []plan.Hold {
	var holds []plan.Hold
	for i := range found {
		f := &found[i]
		n := cmp.Or(f.hold.Changes, o.plan.Waiting(f.concerns))
		if n == 0 && f.unmatched == note {
			o.plan.Notes = append(o.plan.Notes, plan.Note{Rule: f.reason.Rule(), Organization: o.plan.ID, Text: f.hold.Text})
		}
		if n == 0 && f.unmatched != keepHold {
			continue
		}
		h := plan.NewHold(f.reason, o.plan.ID, f.hold.Text)
		h.Limit, h.Figure, h.Conflict, h.Changes = f.hold.Limit, f.hold.Figure, f.hold.Conflict, n
		h.Missing, h.People = f.hold.Missing, f.hold.People
		holds = append(holds, h)
	}
	for i := range found { // after all have counted
		o.plan.Hold(found[i].concerns, found[i].reason)
	}
	return holds
}
