// Package plan holds the values of a run: a plan with its organizations, changes,
// holds, notes and failures, and the values that the plan is made of, such as
// metadata and markers. It computes on these values only: it reads nothing and
// sends nothing.
//
// Of our own packages it imports three, for their types and helpers: source, whose
// addresses it folds; clerkapi, whose memberships it makes snapshots of; and writers,
// for what else in Clerk makes members.
//
// Read the files in this order:
//
//   - plan.go: the plan, which is shown, guarded, approved and applied as one value
//   - organization.go, change.go: what a plan does in one organization, change by change
//   - state.go, reason.go: whether a change is ready, held or skipped, and the
//     reasons for it as typed values (S42)
//   - cause.go, risks.go, refusal.go: why somebody loses access, what Clerk may do about
//     a change, and what it refuses to a whole organization
//   - accounts.go: the section about accounts, which the leaver ladder fills
//   - notes.go: notes, holds, failures, and blocks that keep changes waiting
//   - headcount.go: how many people leave, join and change
//   - first.go: which changes a list has that is cut (S43)
//   - cost.go, quota.go: how many requests a plan takes, and the hourly quota
//     that Clerk has for invitations
//   - upcoming.go: what start and end dates will bring in the next 14 days (S28)
//   - part.go: the part of a plan that belongs to one organization or one address
//   - approval.go: the hash that approves a set of held changes (S23)
//   - identity.go, marker.go: ids of people in sources, and the marker in the
//     private metadata of a membership (S01)
//   - metadata.go, json.go: merge patches (RFC 7396), canonical JSON, snapshots
//   - progress.go: the progress of a run, stage by stage
//   - text.go: names and counts as words
package plan
