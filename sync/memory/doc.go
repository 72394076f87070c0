// Package memory is what earlier runs left for this one: facts in the journal,
// the decisions of admins, and whether the clock can be trusted. It knows people
// and organizations only by their ids.
//
// Of our own packages it imports journal, where the facts are stored; source, for
// references and versions of servers; policy, for settings that decide what a fact
// means; plan, for ids, conflicts and changes; exception and writers, for two of the
// things that it keeps.
//
// Read the files in this order:
//
//   - memory.go: Store, which loads a Memory
//   - facts.go: the kinds of facts, and what each kind tells
//   - references.go: group members that could be read once and cannot be read now (S10)
//   - clock.go: whether changes may happen because time has passed (S28, S29)
//   - removals.go: members and invitations that runs removed (S26)
//   - refusals.go: what Clerk refused to whole organizations (S39)
//   - seen.go: when each organization was last compared with its sources
//   - forget.go: the facts without one person
//   - renamed.go: facts of a source that has another name now
//   - update.go: new facts, written in one commit
//   - entries.go: changes as the journal stores them
//   - summary.go, waited.go: what the journal keeps of a run beside its changes
//   - journal.go: what this package needs of the journal and of Clerk
package memory
