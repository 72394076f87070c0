// Package forget takes one person out of the state directory: addresses, names, ids,
// metadata and links. What runs are counted by stays.
//
// Of our own packages it imports journal, where everything is stored; memory, which
// knows what each kind of fact means; exception, for grants and denies; source, to fold
// addresses; and plan, for ids.
//
// Read the files in this order:
//
//   - person.go: what the journal calls a person, and how it is found
//   - waited.go: the same in what waits and what was approved
//   - text.go: a text without the person, at the keys that are known to have people
//   - words.go: which words of a sentence name the person, and no other thing
//   - forget.go: what keeps a person from being forgotten, and the forgetting
package forget
