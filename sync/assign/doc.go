// Package assign applies the rules, and the rows of sources, to people: who should
// be in which organization, with which role and metadata, and from when to when.
// It knows nothing of what Clerk holds.
//
// Of our own packages it imports directory, for the people; memory, for what
// earlier runs know of a source; policy, for the rules; exception, for
// what admins have granted; plan, for blocks, notes and metadata; and source, for
// groups, rows and dates.
//
// Read the files in this order:
//
//   - assign.go: Assigner and Assignments: rules applied to groups
//   - target.go: where a rule leads a group (S21)
//   - rows.go: rows, which each assign one person
//   - grants.go: what each group and the rows give, counted
//   - assignment.go: one assignment, its reason, and which assignment wins
//   - dates.go: assignments that hold for a period (S28)
//   - entitlement.go: all assignments of a person in one organization, merged
//   - doubts.go: blocks where a source or a group cannot be trusted (S10 to S15)
//   - history.go: blocks that need the memory of earlier runs (S11, S12, S15)
//   - exceptions.go: what admins have granted and denied for a time
//   - decisions.go: access reviews that have come back
//   - groupsizes.go: how many members each group has, for baselines (S17, S18)
//   - mistyped.go: values that are not of the type that a template asks for
package assign
