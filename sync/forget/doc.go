// Package forget takes one person out of the state directory: addresses, names, ids,
// metadata and links. What runs are counted by stays.
//
// Of our own packages it imports journal, where everything is stored; memory, which
// knows what each kind of fact means; source, to fold addresses; and plan, for ids.
//
// Read the files in this order:
//
//   - person.go: what the journal calls a person, and how it is found
//   - text.go: a text without the person
//   - forget.go: what keeps a person from being forgotten, and the forgetting
package forget
