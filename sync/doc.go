// Package sync keeps Clerk organization memberships in step with directories.
// It is not the standard library's sync: it reads as synchronisation.
//
// # The story
//
// [Reconciler.RunOnce] tells it: read the sources, apply the rules (assign),
// read Clerk, join people to users (resolve), say what each organization
// should have (desire), compare with what it has ([Diff]), look at everybody
// who would lose something (confirm), mark what is skipped or held (judge),
// and send the rest (apply). One [Plan] value is shown, guarded, approved and
// applied.
//
//	sources ─► assign ─► resolve ─► desire ─► Diff ─► confirm ─► judge ─► apply
//	             ▲          ▲                              │
//	           rules   Clerk (whole listings, look-ups) ◄──┘
//
// Read reconcile.go, assign.go, resolve.go, desire.go, diff.go, guard.go and
// apply.go in this order; plan.go has the words.
//
// # The rules that keep people safe
//
// Each rule has a number, and a test with that number in its name. To hold is
// to let changes wait (exit status 3); to skip is to leave one change out (exit
// status 0). Rules that need the memory of earlier runs say so; without
// it every plan lists them as off.
//
// Who is who:
//
//   - S01: the stable id is the identity. A person is joined by our marker in
//     the membership's private metadata, then by external_id, then by a
//     verified address. Whatever rollcall adds carries the marker. One id in
//     several sources is one person only where the configuration says so. Of
//     somebody who moves from one organization to another the state remembers
//     the user, so that no marker is lost between the two.
//   - S02: when ids contradict each other, nobody concerned is changed, and
//     the hold names both origins.
//   - S03: only verified addresses join; anybody can write down an address.
//   - S04: look before you cut. Whoever would be removed or demoted is read
//     first, and left alone when they turn out to be somebody wanted there.
//   - S05: addresses fold by ASCII lower case and IDNA, by nothing else.
//   - S06: where several people claim one user, or one person matches
//     several, nobody concerned gains or loses.
//   - S07: inviting and creating need a list of domains; one column or
//     attribute is the address unless the configuration names more.
//   - S08: who is banned, deprovisioned or denied is never let in or up.
//
// What counts as read:
//
//   - S09: a read is whole or an error; nothing is taken from anybody on the
//     strength of less.
//   - S10: a member who is listed but unusable is unknown, not gone; one whom
//     an earlier run could read keeps what they have.
//   - S11: a file that is still being written, or ends in the middle, takes
//     nothing from anybody; neither does standard input without an end marker.
//   - S12: one run reads one server; an older replica takes nothing.
//   - S13: canaries must be seen.
//   - S14: a failed source holds what it feeds; the rest goes on.
//   - S15: a rule's group that is missing or empty holds its organization, and
//     so does a member whose source the configuration no longer has.
//   - S16: a listing of memberships whose count does not agree is read again,
//     and then held.
//
// Guards:
//
//   - S17: limits on removals, admins lost and made, adds, role changes and
//     metadata keys removed, for each organization and for the run.
//   - S18: the baselines that shrinkage is measured against advance only
//     after a run without holds.
//   - S19: single changes are skipped: protected users, the last admins,
//     missing seats, roles outside the role set, memberships that Clerk's own
//     directory sync manages.
//   - S20: the first plan under changed rules that takes anything waits.
//   - S21: patterns match whole names, and a role from a group's name must be
//     listed.
//   - S22: everything is keyed by organization id; an unknown slug is held, and
//     so is what needs a role that Clerk does not have at all.
//
// Approval, plan files, undo:
//
//   - S23: what is approved is a set of changes, by its hash, and nothing else.
//   - S24: a saved plan applies only what a fresh plan wants too.
//   - S25: undo never lets somebody in again who has left or not begun, leaves
//     alone what has changed since, and pauses what it touched.
//   - S26: members who are not ours are left alone, unless adopted.
//   - S27: a rule says whether roles set by hand stand.
//
// Time and other writers:
//
//   - S28: a start only delays: nobody is added or invited before it, and who is
//     a member stays. An end that is a day includes that day, in the zone that
//     the source declares. While the clock is wrong, nothing happens because
//     time has passed.
//   - S29: grace counts only while runs succeed.
//   - S30: a change that somebody else reverts is repeated once, then held; an
//     admin role that somebody took away by hand is given back only when approved.
//
// Journal and machine:
//
//   - S31: a journal belongs to one instance; a new one, where members carry
//     our markers already, removes nobody until somebody has looked.
//   - S32: intent is written before effect.
//   - S33: an add that exists already is ours only with our marker.
//   - S34: run as root, rollcall works as the owner of its state.
//
// Text and network:
//
//   - S35: control characters and bidirectional overrides are refused in ids,
//     addresses and roles, and escaped wherever else they are shown.
//   - S36: the environment expands only in paths, files and URLs; rules have
//     templates of their own.
//   - S37: LDAP is encrypted before the bind, or fails.
//   - S38: the Clerk key goes to the configured host over https, nowhere else;
//     so does what a file on a server asks for.
package sync
