package plan

import (
	"fmt"
	"math/bits"
)

// Reason is why one rule holds or skips a change. Decisions use reasons. The
// text in [Change.Why] is made from them and never parsed (S42).
type Reason uint8

// The reasons. First come the guards of an organization, which only an approval
// lifts (S23).
const (
	_ Reason = iota
	Removals
	AdminLosses
	AdminGrants
	Adds
	RoleChanges
	MetadataNulls
	// The same guards over the whole run; see [Reason.OfRun].
	runRemovals
	runAdminLosses
	runAdminGrants
	runAdds
	runRoleChanges
	runMetadataNulls
	// Guards that need the memory of earlier runs.
	SourceShrink
	ChangedRules
	NewState
	FirstMapping
	FirstAdmins
	Reverted
	RevokedAdmin

	// Holds that end when their cause ends. No approval lifts them.
	IdentityConflict
	BorrowedAddress
	AmbiguousPerson
	UnreadableMembers
	IncompleteSource
	OlderReplica
	Canaries
	FailedSource
	MissingGroup
	LostSource
	UnlistedRole
	MovedSlug
	UnknownRole
	UnknownOrganization
	RefusedByUndo
	WrongClock
	OutdatedReview
	OutdatedPlan

	// Skips, which leave out one change and hold nothing else (S08, S19).
	Protected
	BannedUser
	DeniedUser
	ManagedByClerk
	RoleNotInSet
	MetadataSize
	LastAdmin
	NoSeat
	SeatRefused
	UserQuota
	MailRefused
	QuotaRefused
	PlanRefused
	RoleMigration
	InvitationLimit
	NotInSavedPlan
	Renewal
	Grace
	Paused

	// Steps of the leaver ladder: the guards of each kind over the whole run, and why a
	// step is left out.
	EndedSessions
	RevokedAPIKeys
	LockedOrBanned
	LeaverWaits
	LeaverUnproven
	LeaverClaimed
	LeaverStays

	reasonCount
)

// kind is what a reason does to a change.
type kind uint8

const (
	guard kind = iota + 1
	runGuard
	hold
	skip
)

// reasonTable has the word of each reason for reports and metrics, and its
// safety rule. It has the sentence of each skip, and of the holds that need one
// of their own.
var reasonTable = [reasonCount]struct {
	kind       kind
	word, rule string
	sentence   string
}{
	Removals: {kind: guard, word: "removals", rule: "S17"}, AdminLosses: {kind: guard, word: "admin_losses", rule: "S17"},
	AdminGrants: {kind: guard, word: "admin_grants", rule: "S17"}, Adds: {kind: guard, word: "adds", rule: "S17"},
	RoleChanges: {kind: guard, word: "role_changes", rule: "S17"}, MetadataNulls: {kind: guard, word: "metadata_nulls", rule: "S17"},
	runRemovals: {kind: runGuard, word: "removals", rule: "S17"}, runAdminLosses: {kind: runGuard, word: "admin_losses", rule: "S17"},
	runAdminGrants: {kind: runGuard, word: "admin_grants", rule: "S17"}, runAdds: {kind: runGuard, word: "adds", rule: "S17"},
	runRoleChanges: {kind: runGuard, word: "role_changes", rule: "S17"}, runMetadataNulls: {kind: runGuard, word: "metadata_nulls", rule: "S17"},
	SourceShrink: {kind: guard, word: "source_shrink", rule: "S17"}, ChangedRules: {kind: guard, word: "changed_rules", rule: "S20"},
	NewState: {kind: guard, word: "new_state", rule: "S31"}, FirstMapping: {kind: guard, word: "first_mapping", rule: "S21"}, FirstAdmins: {kind: guard, word: "first_admins", rule: "S21"},
	Reverted: {kind: guard, word: "reverted", rule: "S30"}, RevokedAdmin: {kind: guard, word: "revoked_admin", rule: "S30"},

	IdentityConflict: {kind: hold, word: "identity_conflict", rule: "S02"}, BorrowedAddress: {kind: hold, word: "borrowed_address", rule: "S04"}, AmbiguousPerson: {kind: hold, word: "ambiguous", rule: "S06"},
	UnreadableMembers: {kind: hold, word: "unreadable_members", rule: "S10"}, IncompleteSource: {kind: hold, word: "incomplete_source", rule: "S11"},
	OlderReplica: {kind: hold, word: "older_replica", rule: "S12"}, Canaries: {kind: hold, word: "canaries", rule: "S13"},
	FailedSource: {kind: hold, word: "failed_source", rule: "S14"}, MissingGroup: {kind: hold, word: "missing_group", rule: "S15"},
	LostSource: {kind: hold, word: "lost_source", rule: "S15"}, UnlistedRole: {kind: hold, word: "unlisted_role", rule: "S21"},
	MovedSlug: {kind: hold, word: "moved_slug", rule: "S22"}, UnknownRole: {kind: hold, word: "unknown_role", rule: "S22"},
	UnknownOrganization: {kind: hold, word: "unknown_organization", rule: "S22"},
	RefusedByUndo:       {kind: hold, word: "undo", rule: "S25"}, WrongClock: {kind: hold, word: "clock", rule: "S28"},
	OutdatedReview: {kind: hold, word: "outdated_review", rule: "S30"},
	OutdatedPlan:   {kind: hold, word: "saved_plan", rule: "S24", sentence: "the saved plan is out of date (S24)"},

	Protected:       {kind: skip, word: "protected", rule: "S19", sentence: "protected (S19)"},
	BannedUser:      {kind: skip, word: "banned", rule: "S08", sentence: "the Clerk account is banned or deprovisioned (S08)"},
	DeniedUser:      {kind: skip, word: "denied", rule: "S08", sentence: "on the deny list (S08)"},
	ManagedByClerk:  {kind: skip, word: "managed_by_clerk", rule: "S19", sentence: "Clerk's own directory sync manages the membership (S19)"},
	RoleNotInSet:    {kind: skip, word: "role_set", rule: "S19", sentence: "role %q is not in the organization's role set (S19)"},
	MetadataSize:    {kind: skip, word: "metadata_size", sentence: "metadata would be %d bytes, Clerk allows %d"},
	LastAdmin:       {kind: skip, word: "last_admin", rule: "S19", sentence: "the organization would have fewer than %s left (S19)"},
	NoSeat:          {kind: skip, word: "no_seat", rule: "S19", sentence: "%s (S19)"},
	SeatRefused:     {kind: skip, word: "seat_refused", rule: "S39", sentence: "Clerk has no seat left for the organization (S39)"},
	UserQuota:       {kind: skip, word: "user_quota", rule: "S39", sentence: "the Clerk instance has reached its limit of users (S39)"},
	MailRefused:     {kind: skip, word: "mail_refused", rule: "S39", sentence: "Clerk does not send invitations for the organization (S39)"},
	QuotaRefused:    {kind: skip, word: "quota_refused", rule: "S39", sentence: "a Clerk quota is used up (S39)"},
	PlanRefused:     {kind: skip, word: "plan_refused", rule: "S39", sentence: "the plan or the settings of the Clerk instance do not allow it (S39)"},
	RoleMigration:   {kind: skip, word: "role_migration", rule: "S39", sentence: "Clerk is migrating the roles of the organization (S39)"},
	InvitationLimit: {kind: skip, word: "invitation_limit", sentence: "Clerk's hourly limit of invitations is reached; a later run sends it, at about %s"},
	NotInSavedPlan:  {kind: skip, word: "saved_plan", rule: "S24", sentence: "not in the saved plan (S24)"},
	Renewal:         {kind: skip, word: "renewal", sentence: "waits for the %s invitation"},
	Grace:           {kind: skip, word: "grace", rule: "S29", sentence: "in the grace period%s"},
	Paused:          {kind: skip, word: "paused", rule: "S25", sentence: "paused (S25)"},

	EndedSessions: {kind: runGuard, word: "end_sessions", rule: "S17"}, RevokedAPIKeys: {kind: runGuard, word: "revoke_api_keys", rule: "S17"},
	LockedOrBanned: {kind: runGuard, word: "lock_or_ban", rule: "S17"},
	LeaverWaits:    {kind: skip, word: "leaver_waits", sentence: "waits for the removal from %s"},
	LeaverUnproven: {kind: skip, word: "leaver_unproven", rule: "S09", sentence: "%s"},
	LeaverClaimed:  {kind: skip, word: "leaver_claimed", rule: "S04", sentence: "%s (S04)"},
	LeaverStays:    {kind: skip, word: "leaver_stays", rule: "S26", sentence: "still a member of %s (S26)"},
}

// AllReasons lists every reason in the order of declaration.
func AllReasons() []Reason {
	out := make([]Reason, 0, reasonCount-1)
	for r := Reason(1); r < reasonCount; r++ {
		out = append(out, r)
	}
	return out
}

// HoldOf is the reason of a safety rule that holds because of the data, such as
// "S02"; 0 if the rule holds nothing by itself.
func HoldOf(rule string) Reason {
	switch rule {
	case "S15":
		return MissingGroup
	case "S22":
		return MovedSlug
	case "S24":
		return 0
	}
	for r := IdentityConflict; r <= OutdatedPlan; r++ {
		if r.Rule() == rule {
			return r
		}
	}
	return 0
}

// kind is what the reason does to a change.
func (r Reason) kind() kind { return reasonTable[r].kind }

// MarshalText writes the word of the reason.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the word of a reason.
func (r *Reason) UnmarshalText(text []byte) error {
	for _, known := range AllReasons() {
		if known.String() == string(text) {
			*r = known
			return nil
		}
	}
	return fmt.Errorf("no such reason: %q", text)
}

// String is the word of the reason in reports and metrics.
func (r Reason) String() string { return reasonTable[r].word }

// Rule is the number of the safety rule; a few skips have none.
func (r Reason) Rule() string { return reasonTable[r].rule }

// OfRun is the same guard over the whole run (S17).
func (r Reason) OfRun() Reason {
	if r.kind() == runGuard {
		return r
	}
	return r + runRemovals - Removals
}

// Sentence is the text of a change that is held for this reason alone.
func (r Reason) Sentence() string {
	row := reasonTable[r]
	switch {
	case row.sentence != "":
		return row.sentence
	case row.kind == guard:
		return "guard " + row.word + InParentheses(row.rule)
	case row.kind == runGuard:
		return "guard " + row.word + " of the whole run" + InParentheses(row.rule)
	}
	return row.word + InParentheses(row.rule)
}

// Reasons is a set of reasons.
type Reasons uint64

// With returns the set with one more reason.
func (s Reasons) With(r Reason) Reasons { return s | 1<<r }

// Has reports whether the reason is in the set.
func (s Reasons) Has(r Reason) bool { return s&(1<<r) != 0 }

// First is the first reason in the order of declaration; 0 if the set is empty.
func (s Reasons) First() Reason {
	if s == 0 {
		return 0
	}
	return Reason(bits.TrailingZeros64(uint64(s)))
}

// guardReasons are the reasons that an approval lifts.
var guardReasons = func() (s Reasons) {
	for _, r := range AllReasons() {
		if r.kind() == guard || r.kind() == runGuard {
			s = s.With(r)
		}
	}
	return s
}()

// All reports whether the set has all of the others.
func (s Reasons) All(of Reasons) bool { return s&of == of }

// needSomebody are skips that stay until somebody acts.
var needSomebody = Reasons(0).With(RoleNotInSet).With(MetadataSize).With(LastAdmin).With(NoSeat).With(SeatRefused).
	With(UserQuota).With(MailRefused).With(QuotaRefused).With(PlanRefused)

// NeedSomebody reports whether a change is skipped until somebody acts: frees a
// seat, names another admin, changes a setting. Skips that end by themselves, or
// that somebody has decided, need nobody.
func (s Reasons) NeedSomebody() bool { return s.Any(needSomebody) }

// Any reports whether the sets have a reason in common.
func (s Reasons) Any(of Reasons) bool { return s&of != 0 }
