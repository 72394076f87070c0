// Package state reads what the state directory knows beyond single runs: names of
// organizations, the past of a person or an organization, what two runs do not have in
// common, and the words that shells complete.
//
// organizations.go finds organizations, past.go the changes of earlier runs,
// difference.go compares two runs, links.go shows the links of a run, and words.go lists
// the words for shells. The package
// imports journal, memory and plan for the facts, history for its nouns, and escape for
// values.
package state
