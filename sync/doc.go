// Package sync keeps the members of Clerk organizations in step with directories.
// The name means synchronisation; it is not the standard library's sync.
//
// # The story
//
// [Reconciler.RunOnce] is one run, in seven steps. Each step is a package, and
// each value holds the one before it:
//
//  1. directory reads the sources and makes one person of the entries that mean
//     the same person.
//  2. assign applies the rules: which people belong to which organization, with
//     which role and attributes.
//  3. roster reads from Clerk the organizations, their members and the markers
//     that rollcall left in the metadata.
//  4. identity joins each person to a Clerk user.
//  5. diff compares, for each organization, what the rules want with what Clerk
//     has, and proposes changes. It reads every user who would lose something.
//     If the configuration asks for it, leavers adds what happens to the accounts of
//     people who have left.
//  6. guard marks the changes that are skipped or wait for approval.
//  7. apply sends the changes that are left. The journal has each change before
//     Clerk does, and the result afterwards.
//
// The same [plan.Plan] value is printed, guarded, approved and applied.
// [Reconciler.Undo] is the second story: it takes earlier runs back with the same
// steps.
//
// # The packages
//
// The packages are listed in the order of their imports: each one imports only
// packages above it. A test of the command keeps that order.
//
//	exception   what an admin has granted or denied for a time
//	journal     the database on disk: runs, changes, facts, approvals
//	writers     what else in Clerk makes members or sets roles
//	plan        the values of a run: changes, holds, markers, metadata
//	policy      the configuration, checked and compiled: settings, limits, rules
//	directory   step 1: the people and groups of all sources
//	roster      step 3: organizations, members, roles and markers in Clerk
//	memory      what earlier runs left for this one
//	assign      step 2: the people whom the rules place in each organization
//	hints       names that were most likely meant
//	identity    step 4: the Clerk user of each person
//	diff        step 5: the proposed changes of each organization
//	leavers     step 5: the accounts of people who have left for good
//	guard       step 6: what is skipped, and what waits for approval
//	apply       step 7: the calls to Clerk
//	explain     two more questions: why one person has access, and an access review
//	forget      one person out of the state directory
//	undo        the changes that take earlier runs back
//	recent      the members that earlier runs of a process have listed, for a run for one person
//	sync        this package: the order of the steps, and what a run remembers
//
// directory and assign know nothing of Clerk, and roster knows no people: the two
// sides meet in identity. apply knows neither rules nor people nor guards. No
// package below this one knows the Reconciler.
//
// # Where to begin
//
// Read reconcile.go for the story and stages.go for what each step is given.
// exceptions.go reads the grants and denies of admins before the sources, and ends them.
// recall.go reads what earlier runs left. marked.go searches Clerk for organizations
// that only our markers lead to, seats.go reads the seats that are paid for, and
// unknownpart.go refuses a part of the plan that nobody knows. narrow.go says what a run
// for one person reads of Clerk. remember.go writes down
// what later runs must know; fed.go, admins.go, missing.go, invitations.go,
// leavers.go and refusals.go are its parts. undo.go is the second story. report.go, cost.go and
// grants.go count what a run did. After that, read the packages in the order of the
// steps; each doc.go says where to begin there.
//
// # The rules that keep people safe
//
// Each rule has a number, and a test with that number in its name. What each one
// says, what it protects from, and what an admin sees of it, is in
// cmd/rollcall/internal/help/topics/safety.md, which rollcall help S17 prints. A
// test keeps this list of their titles equal to the one there.
//
// Who is who:
//
//   - S01: Stable id
//   - S02: Id conflict
//   - S03: Verified addresses
//   - S04: Look before you cut
//   - S05: Letter case in addresses
//   - S06: Ambiguity
//   - S07: Domains
//   - S08: Banned and denied people
//
// What counts as read:
//
//   - S09: Complete or failed
//   - S10: Members that cannot be read
//   - S11: Half a file
//   - S12: One server
//   - S13: Canaries
//   - S14: Failed source
//   - S15: Missing group
//   - S16: Counts of Clerk
//
// Guards:
//
//   - S17: Limits on one run
//   - S18: Baselines
//   - S19: Skipped changes
//   - S20: Changed rules
//   - S21: Patterns
//   - S22: Slugs
//
// Approval, plan files, undo:
//
//   - S23: What an approval covers
//   - S24: Saved plans
//   - S25: Undo
//   - S26: Members of others
//   - S27: Roles set by hand
//
// Time and other writers:
//
//   - S28: Dates and clocks
//   - S29: Grace
//   - S30: Other writers
//
// State and machine:
//
//   - S31: One state, one instance
//   - S32: Intent before effect
//   - S33: Already a member
//   - S34: Rights
//
// Text and network:
//
//   - S35: Control characters
//   - S36: Variables
//   - S37: Encrypted LDAP
//   - S38: Where the key goes
//
// Progress:
//
//   - S39: Losses first
//   - S40: One organization's trouble
//   - S41: Named instance
//   - S42: Decisions are values
//   - S43: Names in plain sight
package sync
